"""A TCP endpoint on one port of every address in 127.0.0.0/8, so that one process is thousands of
targets. A program of its own: it dies by SIGKILL and all its targets with it.
"""

import pathlib
import signal
import socket
import subprocess
import sys


class Crowd:
    def __init__(self, port):
        self.port = port
        self._process = subprocess.Popen(
            [sys.executable, str(pathlib.Path(__file__).resolve()), str(port)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout.readline() == "listening\n"

    @staticmethod
    def address(number):
        return f"127.{1 + number // 62500}.{number // 250 % 250}.{1 + number % 250}"

    def kill(self):
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._process.stdout.close()

    def destroy(self):
        if self._process.poll() is None:
            self.kill()


def main(port):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Any address, but only what comes over loopback.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
    listener.bind(("0.0.0.0", int(port)))
    listener.listen(4096)
    print("listening", flush=True)
    while True:
        listener.accept()[0].close()


if __name__ == "__main__":
    main(sys.argv[1])
