"""An endpoint that speaks gRPC's health protocol, well or as badly as a test wants: HTTP/2 by python3-h2.

A behaviour gets a Call, whose request has been read, and answers it. `calls(behave)` makes of it what a
TcpServer does with each connection.
"""

import struct

import h2.config
import h2.connection
import h2.events
import h2.settings

UNKNOWN, SERVING, NOT_SERVING, SERVICE_UNKNOWN = range(4)
ALPN = ["h2"]
PATH = "/grpc.health.v1.Health/Check"
OK = ((":status", "200"), ("content-type", "application/grpc"))
DONE = (("grpc-status", "0"),)


def frame(message, compressed=0):
    return struct.pack(">BI", compressed, len(message)) + message


def health(status):
    """A HealthCheckResponse; the default is not written."""
    return bytes([0x08, status]) if status else b""


class Call:
    """One call of one connection."""

    def __init__(self, connection):
        self.socket = connection
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=False, header_encoding="utf-8", validate_outbound_headers=False,
            normalize_outbound_headers=False))
        self.headers, self.body, self.stream = {}, b"", None
        self.h2.initiate_connection()
        self.flush()

    def flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def take(self):
        """Takes what has arrived; whether the request has ended. At the end of stream an EOFError."""
        data = self.socket.recv(65536)
        if not data:
            raise EOFError
        ended = False
        for event in self.h2.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                self.headers, self.stream = dict(event.headers), event.stream_id
            elif isinstance(event, h2.events.DataReceived):
                self.body += event.data
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            ended |= isinstance(event, h2.events.StreamEnded)
        self.flush()
        return ended

    @property
    def service(self):
        """The service asked for: one field of at most 127 bytes, or none."""
        message = self.body[5:]
        assert self.body[:5] == struct.pack(">BI", 0, len(message)), self.body
        if not message:
            return ""
        assert message[0] == 0x0a and message[1] == len(message) - 2, message
        return message[2:].decode()

    def send_headers(self, pairs=OK, end=False):
        self.h2.send_headers(self.stream, list(pairs), end_stream=end)
        self.flush()

    def send_body(self, data, end=False):
        """As the window allows; what the client is to make room for, it is waited for."""
        while data:
            room = min(self.h2.local_flow_control_window(self.stream), self.h2.max_outbound_frame_size)
            if room == 0:
                self.take()
                continue
            self.h2.send_data(self.stream, data[:room])
            data = data[room:]
            self.flush()
        if end:
            self.h2.end_stream(self.stream)
            self.flush()

    def send_trailers(self, pairs=DONE):
        self.send_headers(pairs, end=True)

    def answer(self, status):
        self.send_headers()
        self.send_body(frame(health(status)))
        self.send_trailers()

    def fail(self, code, message):
        """An outcome without a message stands in the headers: gRPC's Trailers-Only."""
        self.send_headers((*OK, ("grpc-status", str(code)), ("grpc-message", message)), end=True)

    def wait_end(self):
        """Until the client hangs up."""
        try:
            while True:
                self.take()
        except (EOFError, h2.exceptions.ProtocolError):
            pass


def calls(behave):
    def serve(connection):
        call = Call(connection)
        try:
            while not call.take():
                pass
            behave(call)
            call.wait_end()
        except (EOFError, h2.exceptions.ProtocolError):
            pass  # the prober may leave whenever it likes
    return serve


class Health:
    """A server whose services are well or not, as the test says meanwhile."""

    def __init__(self, **services):
        self.services = services
        self.seen = []  # the headers of each call

    def __call__(self, call):
        self.seen.append(call.headers)
        if call.headers[":path"] != PATH:
            call.fail(12, "no such method")
        elif call.service in self.services:
            call.answer(self.services[call.service])
        else:
            call.fail(5, "unknown service")
