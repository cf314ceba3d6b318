"""Endpoints that can die: nginx, and a TCP server that misbehaves in ways nginx never does."""

import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading

from harness.wait import wait_for

NGINX = """\
{user}
daemon off;
master_process off;
pid nginx.pid;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    server {{
        listen {listen};
        {tls}
        root {dir}/www;
        location / {{
            if (-f {dir}/broken) {{ return 500 "broken\\n"; }}
        }}
    }}
}}
"""


class Nginx:
    """One nginx in one process on one address: /healthz says "ok"."""

    def __init__(self, host, port, certificate=None):
        self.host, self.port = host, port
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="hf-nginx-"))
        self.process = None
        (self.dir / "www").mkdir()
        self.page = self.dir / "www/healthz"
        self.page.write_text("ok\n")
        tls = ""
        if certificate is not None:
            tls = f"ssl_certificate {certificate}.pem; ssl_certificate_key {certificate}.key;"
        (self.dir / "nginx.conf").write_text(NGINX.format(
            dir=self.dir, tls=tls, user="user root;" if os.geteuid() == 0 else "",
            listen=f"{host}:{port}" + (" ssl" if tls else "")))

    def start(self):
        self.process = subprocess.Popen(
            ["nginx", "-e", "error.log", "-p", str(self.dir), "-c", "nginx.conf"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self._accepts, 10, f"nginx listens on {self.host}:{self.port}")
        return self

    def _accepts(self):
        assert self.process.poll() is None, (self.dir / "error.log").read_text()
        socket.create_connection((self.host, self.port), 1).close()
        return True

    def kill(self):
        """Dies at once, as in a power failure."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def break_pages(self):
        """Every request is answered 500 from now on."""
        (self.dir / "broken").touch()

    def mend_pages(self):
        (self.dir / "broken").unlink()

    def destroy(self):
        if self.process is not None:
            self.kill()
        shutil.rmtree(self.dir)


class TcpServer:
    """Accepts connections and lets `behave(socket)` do what it wants with each, one at a time."""

    def __init__(self, host, port, behave, certificate=None, alpn=None):
        self.host, self.port = host, port
        self.accepted = 0
        self._behave = behave
        self._connection = None
        self._tls = None
        if certificate is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(f"{certificate}.pem", f"{certificate}.key")
            if alpn is not None:
                self._tls.set_alpn_protocols(alpn)
        self.listener = socket.create_server((host, port), backlog=1024)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                self._connection, _ = self.listener.accept()
            except OSError:
                return
            self.accepted += 1
            try:
                with self._connection as connection:
                    connection.settimeout(10)
                    self._behave(self._secured(connection))
            except OSError:
                pass  # the prober may leave whenever it likes

    def _secured(self, connection):
        if self._tls is None:
            return connection
        return self._tls.wrap_socket(connection, server_side=True)

    def destroy(self):
        for sock in (self.listener, self._connection):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except (OSError, AttributeError):
                pass  # nobody is connected
        self.listener.close()
        self._thread.join(15)


def read_request(connection):
    """Reads up to the empty line that ends a request's headers."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(4096)
        if not chunk:
            break
        data += chunk
    return data


def reply(text):
    """A behaviour: reads the request, then sends these bytes and closes."""
    def behave(connection):
        read_request(connection)
        connection.sendall(text)
    return behave


def silent(connection):
    """Reads and never answers; leaves when the other side does."""
    while connection.recv(4096):
        pass


def hang_up(connection):
    """Closes after the request without a word."""
    read_request(connection)


class Authority:
    """A certificate authority of our own, made with the openssl command."""

    def __init__(self, directory):
        self.dir = pathlib.Path(directory)
        self.ca = self.dir / "ca.pem"
        self._openssl("req", "-x509", "-new", *self._key("ca"), "-out", "ca.pem", "-days", "2",
                      "-subj", "/CN=Holdfast test CA")

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.dir, check=True, capture_output=True)

    def _key(self, name):
        return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-keyout", f"{name}.key")

    def certificate(self, name):
        """Signs a certificate for a DNS name; the path of its .pem and .key without the suffix."""
        (self.dir / f"{name}.ext").write_text(f"subjectAltName=DNS:{name}\n")
        self._openssl("req", "-new", *self._key(name), "-out", f"{name}.csr", "-subj", f"/CN={name}")
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                      "-CAcreateserial", "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.pem")
        return self.dir / name
