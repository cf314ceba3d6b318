"""Checks of type GRPC and GRPCS: what the service says of itself, and each way in which it does not."""

import re

from harness import grpc
from harness.checks import PRIMARY, SECONDARY, check, pair
from harness.endpoints import Nginx, TcpServer
from harness.wait import wait_for


def start(daemon, *checks, flags=()):
    daemon.write_checks(checks)
    daemon.write_zone("example.com", "".join(pair(entry["Id"], entry["Id"]) for entry in checks))
    daemon.start(*flags)


def reason(daemon, check_id):
    return daemon.check(check_id)["reason"]


def test_a_service_flips_and_recovers(daemon, endpoints):
    health = grpc.Health(**{"": grpc.SERVING, "shop.Cart": grpc.SERVING})
    server = endpoints(TcpServer, grpc.calls(health))
    start(daemon, check("all", "GRPC", server), check("cart", "GRPC", server, Service="shop.Cart"),
          check("none", "GRPC", server, Service="shop.Wheel"))
    daemon.wait_answer("none.example.com", SECONDARY, 5)
    assert reason(daemon, "none") == "grpc-status 5 NOT_FOUND: unknown service"
    wait_for(lambda: all(daemon.check(name)["passes"] > 1 for name in ("all", "cart")), 5, "both pass")
    assert daemon.answer("cart.example.com") == PRIMARY and reason(daemon, "cart") == "SERVING"

    health.services["shop.Cart"] = grpc.NOT_SERVING
    daemon.wait_answer("cart.example.com", SECONDARY, 5)
    daemon.log.wait(r"check cart \(grpc://127\.0\.0\.\d+:\d+/shop\.Cart\): up -> down: NOT_SERVING \(", 5)
    assert daemon.answer("all.example.com") == PRIMARY
    health.services["shop.Cart"] = grpc.SERVING
    daemon.wait_answer("cart.example.com", PRIMARY, 5)


def test_the_request_is_as_grpc_wants_it(daemon, endpoints):
    health = grpc.Health(**{"": grpc.SERVING})
    server = endpoints(TcpServer, grpc.calls(health))
    start(daemon, check("www", "GRPC", server, FullyQualifiedDomainName="shop.example.com",
                        ResponseTimeout=1.5))
    seen = wait_for(lambda: health.seen, 5, "a call")[0]
    assert seen[":method"] == "POST" and seen[":path"] == grpc.PATH and seen[":scheme"] == "http"
    assert seen[":authority"] == f"shop.example.com:{server.port}"
    assert seen["content-type"] == "application/grpc" and seen["te"] == "trailers"
    assert seen["grpc-timeout"] == "1500m"
    assert re.match(r"Holdfast-Health-Check/\S+ \(ref www\)$", seen["user-agent"])
    assert "accept-encoding" not in seen and "connection" not in seen


def test_over_tls(daemon, endpoints, authority):
    """The certificate is looked at as for HTTPS; HTTP/2 is agreed on in the handshake."""
    health = grpc.Health(**{"": grpc.SERVING})
    certificate = authority.certificate("shop.example.com")
    server = endpoints(TcpServer, grpc.calls(health), certificate=certificate, alpn=grpc.ALPN)
    old = endpoints(Nginx, certificate=certificate)  # speaks HTTP/1.1 only
    name = {"FullyQualifiedDomainName": "shop.example.com", "TLSVerify": "on"}
    start(daemon, check("good", "GRPCS", server, **name),
          check("wrong", "GRPCS", server, TLSVerify="on", FullyQualifiedDomainName="cart.example.com"),
          check("lax", "GRPCS", server, FullyQualifiedDomainName="cart.example.com"),
          check("old", "GRPCS", old, **name), flags=("--ca-file", authority.ca))
    for check_id in ("wrong", "old"):
        daemon.wait_state(check_id, "down")
    assert reason(daemon, "wrong") == "certificate: does not name the endpoint"
    assert reason(daemon, "old") == "the answer is not HTTP/2"
    wait_for(lambda: all(daemon.check(name)["passes"] > 1 for name in ("good", "lax")), 5, "both pass")
    assert reason(daemon, "good") == "SERVING"
    assert reason(daemon, "lax") == "SERVING; certificate: does not name the endpoint"
    health.services[""] = grpc.NOT_SERVING
    daemon.wait_answer("good.example.com", SECONDARY, 5)
    health.services[""] = grpc.SERVING
    daemon.wait_answer("good.example.com", PRIMARY, 5)


def replies(headers=grpc.OK, body=grpc.frame(grpc.health(grpc.SERVING)), trailers=grpc.DONE):
    def behave(call):
        call.send_headers(headers)
        call.send_body(body)
        if trailers is not None:
            call.send_trailers(trailers)
        else:
            call.send_body(b"", end=True)
    return behave


def resets_before_anything(call):
    call.h2.reset_stream(call.stream, 2)
    call.flush()


def resets_within(call):
    call.send_headers()
    call.h2.reset_stream(call.stream, 8)
    call.flush()


def resets_before_the_trailers(call):
    call.send_headers()
    call.send_body(grpc.frame(grpc.health(grpc.SERVING)))
    call.h2.reset_stream(call.stream, 2)
    call.flush()


def goes_away(call):
    call.h2.close_connection(11, last_stream_id=0)
    call.flush()


def goes_away_within(call):
    call.send_headers()
    call.h2.close_connection(2)
    call.flush()
    call.socket.close()


def hangs_up_within(call):
    call.send_headers()
    call.send_body(grpc.frame(grpc.health(grpc.SERVING))[:6])
    call.socket.close()


def endless_headers(call):
    for number in range(100000):
        call.h2.send_headers(call.stream, [(":status", "100"), ("x-n", str(number) * 50)])
        call.flush()


def long_headers(call):
    call.send_headers((*grpc.OK, *((f"x-{number}", "y" * 1000) for number in range(40))))


def long_trailers(call):
    call.send_headers()
    call.send_body(grpc.frame(grpc.health(grpc.SERVING)))
    call.send_trailers((*grpc.DONE, *((f"x-{number}", "y" * 1000) for number in range(40))))


def endless_body(call):
    call.send_headers()
    call.send_body(grpc.frame(b"x" * 4096))
    call.send_body(b"x" * (64 << 20))


def endless_pings(call):
    for _ in range(10_000_000):
        call.h2.ping(b"12345678")
        call.flush()


def wrong_frames(call):
    call.socket.sendall(b"\0\0\4\xff\0\0\0\0\1junk" * 10)  # of no known type: to be passed over
    call.socket.sendall(b"\0\0\1\1\4\0\0\0\1\xff")          # a header block that ends too soon


def not_asked_for(call):
    call.socket.sendall(b"\0\0\1\0\1\0\0\0\7x")  # DATA of a stream that nobody opened


def late(call):
    call.wait_end()


def late_trailers(call):
    call.send_headers()
    call.send_body(grpc.frame(grpc.health(grpc.SERVING)))
    call.wait_end()


# What was answered before a connection ended is seen or not, depending on when its end is.
ENDED = r"^connection (closed before the end of the call|ended without an answer in HTTP/2)$"

# check's id, what the server does, what the reason says
CASES = [
    ("unknown", replies(body=grpc.frame(b"")), r"^UNKNOWN$"),
    ("not-serving", replies(body=grpc.frame(b"\x08\x02")), r"^NOT_SERVING$"),
    ("service-unknown", replies(body=grpc.frame(b"\x08\x03")), r"^SERVICE_UNKNOWN$"),
    ("beyond", replies(body=grpc.frame(b"\x08\x90\x03")), r"^serving status 400$"),
    ("unimplemented", lambda call: call.fail(12, "no health here"),
     r"^grpc-status 12 UNIMPLEMENTED: no health here$"),
    ("fails-in-trailers", replies(trailers=(("grpc-status", "14"), ("grpc-message", "busy"))),
     r"^grpc-status 14 UNAVAILABLE: busy$"),
    ("code-unheard-of", lambda call: call.fail(77, ""), r"^grpc-status 77$"),
    ("code-no-number", replies(trailers=(("grpc-status", "fine"),)), r"^grpc-status is no number$"),
    ("http-503", replies(headers=((":status", "503"),)), r"^HTTP status 503, expected 200$"),
    ("html", replies(headers=((":status", "200"), ("content-type", "text/html"))),
     r"^content-type text/html, expected application/grpc$"),
    ("no-type", replies(headers=((":status", "200"),)), r"^no content-type, expected application/grpc$"),
    ("no-trailers", replies(trailers=None), r"^no grpc-status: the trailers are missing$"),
    ("empty-trailers", replies(trailers=(("x-other", "y"),)), r"^no grpc-status"),
    ("no-message", replies(body=b""), r"^grpc-status 0, but no message$"),
    ("cut-message", replies(body=grpc.frame(b"\x08\x01")[:6]), r"^message cut off after 1 of 2 bytes$"),
    ("compressed", replies(body=grpc.frame(b"\x08\x01", 1)), r"^message is compressed$"),
    ("huge", replies(body=b"\0\x7f\xff\xff\xff" + b"x" * 100000), r"^message of 2147483647 bytes, at most 4096 are read$"),
    ("two", replies(body=2 * grpc.frame(b"\x08\x01")), r"^more than one message$"),
    ("no-protobuf", replies(body=grpc.frame(b"\xff" * 20)), r"^message is no HealthCheckResponse$"),
    ("reset-first", resets_before_anything, r"^stream reset by the endpoint: INTERNAL_ERROR"),
    ("reset-within", resets_within, r"^stream reset by the endpoint: CANCEL"),
    ("reset-late", resets_before_the_trailers, r"^stream reset by the endpoint: INTERNAL_ERROR"),
    ("goaway", goes_away, r"^response is not proper HTTP: Error in the HTTP2 framing layer$"),
    ("goaway-within", goes_away_within, ENDED),
    ("hang-up", hangs_up_within, ENDED),
    ("endless-headers", endless_headers, r"^response headers larger than 16384 bytes$"),
    ("long-headers", long_headers, r"^response headers larger than 16384 bytes$"),
    ("long-trailers", long_trailers, r"^response headers larger than 16384 bytes$"),
    ("endless-body", endless_body, r"^more than one message$"),
    ("endless-pings", endless_pings, rf"^more than 1048576 bytes came$|{ENDED}"),
    ("wrong-frames", wrong_frames, r"^connection ended without an answer in HTTP/2$"),
    ("not-asked-for", not_asked_for, r"^connection ended without an answer in HTTP/2$"),
    ("late", late, r"^no status line within 500ms of the connection$"),
    ("late-trailers", late_trailers, r"^call not ended within 500ms of the status line$"),
]
GOOD = [
    ("unknown-fields", replies(body=grpc.frame(b"\x12\x03abc\x08\x01\x1d1234"))),
    ("more-of-type", replies(headers=((":status", "200"), ("content-type", "application/grpc+proto")))),
    ("overlong", replies(body=grpc.frame(b"\x08\x81\x80\x00"))),
]
LATE = {"late": 0.5, "late-trailers": 0.5}


def test_each_fault_has_its_reason(daemon, endpoints):
    """Each is probed seldom: what servers do without end takes this process's time from the others."""
    seldom = {"RequestInterval": 5, "FailureThreshold": 1}
    checks = [check(name, "GRPC", endpoints(TcpServer, grpc.calls(behave)), **seldom,
                    ResponseTimeout=LATE.get(name, 20)) for name, behave, _ in CASES]
    good = [check(name, "GRPC", endpoints(TcpServer, grpc.calls(behave)), **seldom, ResponseTimeout=20)
            for name, behave in GOOD]
    old = check("old", "GRPC", endpoints(Nginx), **seldom)
    start(daemon, *checks, *good, old)
    for entry in (*checks, old):
        daemon.wait_state(entry["Id"], "down", 30)
    told = [(name, pattern, reason(daemon, name)) for name, _, pattern in CASES]
    assert [case for case in told if not re.search(case[1], case[2])] == []
    assert reason(daemon, "old") == "connection ended without an answer in HTTP/2"
    for entry in good:
        wait_for(lambda: daemon.check(entry["Id"])["passes"] > 0, 10, f"{entry['Id']} passes")
        assert reason(daemon, entry["Id"]) == "SERVING"
