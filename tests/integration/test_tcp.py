"""DNS over TCP: RFC 7766, RFC 9210."""

import contextlib
import resource
import socket
import struct
import time

import dns.edns
import dns.flags
import dns.message
import dns.name
import pytest

from harness.daemon import HOSTS, summary
from harness.wait import wait_for

HOST = HOSTS[0]
MESSAGE_MAX_BYTES = 65535
RECORD_BYTES = 12  # before the rdata, the owner's name being a pointer
STRING_BYTES = 255
SERVER_ID = "i" * 64  # as long as it may be
OPTIONS = [(3, b""), (8, b"\0\2\x80\0" + bytes(16)), (10, b"clientck"), (11, b"")]  # NSID, subnet, cookie, keepalive
IDLE_S, SWEEP_S, LATE_S = 10, 1, 1.5  # src/serve/tcp.h, and what a busy machine may take more
WORKER_MAX = 1000  # connections of one worker
PER_CLIENT = ("--tcp-per-client", WORKER_MAX)  # as all here come from one address
OTHER_HOST = "127.0.0.2"
DESCRIPTORS = 8192
PIPELINED = 100
WWW, ADDRESS = "www.example.com", ["192.0.2.10"]


def room_for(name):
    """What a message has for the records of a name, beside header, question, and OPT with all options."""
    options = (4 + len(SERVER_ID)) + (4 + 20) + (4 + 24) + (4 + 2)
    return MESSAGE_MAX_BYTES - 12 - len(dns.name.from_text(name).to_wire()) - 4 - 11 - options


def big_records(owner, size):
    """TXT records that together take exactly so many bytes; their lines, and how many they are."""
    whole, left = divmod(size, RECORD_BYTES + 1 + STRING_BYTES)
    lengths = [STRING_BYTES] * whole + [left - RECORD_BYTES - 1]
    assert lengths[-1] > 3
    lines = [f'{owner} IN TXT "{number:03}{"x" * (length - 3)}"\n' for number, length in enumerate(lengths)]
    return "".join(lines), len(lines)


BIG, BIG_RECORDS = big_records("big", room_for("big.example.com"))


def wire(name=WWW, rdtype="A", identifier=0, **how):
    """A query as it goes over the connection."""
    message = dns.message.make_query(name, rdtype, id=identifier, **how).to_wire()
    return struct.pack("!H", len(message)) + message


def read(file):
    """The next response, or None at the end of the stream."""
    length = file.read(2)
    if len(length) < 2:
        return None
    return dns.message.from_wire(file.read(struct.unpack("!H", length)[0]))


def is_reset(sock):
    try:
        sock.sendall(wire())
    except OSError:
        return True
    return False


@contextlib.contextmanager
def connected(daemon, timeout_s=5, source=HOST):
    with socket.create_connection((HOST, daemon.port), timeout_s, (source, 0)) as sock, sock.makefile("rb") as file:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield sock, file


@pytest.fixture
def one_worker(daemon):
    """All connections and datagrams in one loop."""
    daemon.write_zone("example.com", f"www IN A {ADDRESS[0]}\n" + BIG)
    return daemon.start("-w", "1", *PER_CLIENT)


@pytest.fixture
def many_files():
    """Room for thousands of sockets, here and in what is started from here."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < DESCRIPTORS:
        pytest.skip(f"a process may have only {hard} descriptors here, {DESCRIPTORS} are needed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, DESCRIPTORS), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def crowd(many_files, daemon):
    """Makes connections to the daemon, in order; all are closed in the end. To be named before what starts it."""
    with contextlib.ExitStack() as stack:
        yield lambda count, **how: [stack.enter_context(connected(daemon, **how)) for _ in range(count)]


def test_a_hundred_queries_in_one_segment(one_worker):
    """RFC 7766 section 6.2.1.1: pipelining."""
    with connected(one_worker) as (sock, file):
        names = [WWW if number % 3 else f"absent{number}.example.com" for number in range(PIPELINED)]
        sock.sendall(b"".join(wire(name, identifier=number) for number, name in enumerate(names)))
        for _ in names:
            response = read(file)
            name = names[response.id]
            assert response.question[0].name.to_text() == name + "."
            assert summary(response) == (ADDRESS if name == WWW else "NXDOMAIN")
            names[response.id] = None
        assert not any(names), "each is answered once"


def test_messages_split_at_every_byte(one_worker):
    """RFC 7766 section 8. Two datagrams answered in between: by then the first part has been read."""
    stream = wire(identifier=1) + wire("absent.example.com", identifier=2)
    for cut in range(1, len(stream)):
        with connected(one_worker) as (sock, file):
            sock.sendall(stream[:cut])
            for _ in range(2):
                assert one_worker.answer(WWW) == ADDRESS
            sock.sendall(stream[cut:])
            assert [read(file).id for _ in range(2)] == [1, 2], cut


def test_the_end_of_the_stream_after_a_query_loses_no_answer(one_worker):
    with connected(one_worker) as (sock, file):
        sock.sendall(wire() * PIPELINED)
        sock.shutdown(socket.SHUT_WR)
        assert [summary(read(file)) for _ in range(PIPELINED)] == [ADDRESS] * PIPELINED
        assert read(file) is None


def test_the_largest_answers(one_worker):
    """Ten of them at once: more than any socket's buffer holds."""
    with connected(one_worker) as (sock, file):
        sock.sendall(wire("big.example.com", "TXT") * 10)
        for _ in range(10):
            response = read(file)
            assert not response.flags & dns.flags.TC
            assert len(response.answer[0]) == BIG_RECORDS

def test_who_asks_on_while_answers_wait_gets_all_of_them_in_order(one_worker):
    """Nothing is read from a connection while its answers do not leave; what was sent meanwhile is answered after."""
    with connected(one_worker) as (sock, file):
        sock.sendall(b"".join(wire("big.example.com", "TXT", identifier=number) for number in range(100)))
        for _ in range(3):
            assert one_worker.answer(WWW) == ADDRESS  # the loop has turned, and answers have filled the buffers
        sock.sendall(b"".join(wire(identifier=number) for number in range(100, 100 + PIPELINED)))
        assert one_worker.answer(WWW) == ADDRESS
        assert [read(file).id for _ in range(100 + PIPELINED)] == list(range(100 + PIPELINED))


def test_an_answer_of_64_kib(daemon):
    """The largest RRset there is fills the message beside all options; over UDP it is TC. One that is a byte
    larger is refused when it is loaded, and what was served stays."""
    daemon.write_zone("example.com", "link IN CNAME big\n" + BIG)
    daemon.start("--server-id", SERVER_ID)
    options = [dns.edns.GenericOption(code, data) for code, data in OPTIONS]
    query = dns.message.make_query("big.example.com", "TXT", use_edns=0, options=options)
    for host in HOSTS:
        with socket.create_connection((host, daemon.port), 5) as sock, sock.makefile("rb") as file:
            sock.sendall(struct.pack("!H", len(query.to_wire())) + query.to_wire())
            length, = struct.unpack("!H", file.read(2))
            response = dns.message.from_wire(file.read(length))
        assert length == MESSAGE_MAX_BYTES
        assert not response.flags & dns.flags.TC
        assert len(response.answer[0]) == BIG_RECORDS
        assert sorted(option.otype for option in response.options) == [3, 8, 10, 11]
    short = daemon.ask("big.example.com", "TXT")
    assert short.flags & dns.flags.TC and not short.answer
    chain = daemon.ask("link.example.com", "TXT", tcp=True, use_edns=0, options=options)
    assert not chain.flags & dns.flags.TC and summary(chain) == ["big.example.com."], "the client goes on from there"

    daemon.write_zone("example.com", big_records("big", room_for("big.example.com") + 1)[0])
    told = daemon.ctl("reload", status=None)
    assert "take 65366 bytes; one answer has room for 65365" in told
    assert len(daemon.ask("big.example.com", "TXT", tcp=True).answer[0]) == BIG_RECORDS


def test_who_is_idle_or_does_not_read_is_left_and_holds_up_nobody(one_worker):
    """RFC 7766 section 6.2.3; one has said nothing, one half a query, one reads none of its answers."""
    with connected(one_worker, 2 * IDLE_S) as (idle, idle_file), connected(one_worker) as (half, half_file), \
            connected(one_worker) as (slow, _), connected(one_worker) as (busy, busy_file):
        start = time.monotonic()
        half.sendall(wire()[:-1])
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.sendall(wire("big.example.com", "TXT") * 200)
        slowest_s = 0
        idle.settimeout(0.1)
        while True:
            asked = time.monotonic()
            busy.sendall(wire())
            assert summary(read(busy_file)) == ADDRESS
            assert one_worker.answer(WWW) == ADDRESS
            slowest_s = max(slowest_s, time.monotonic() - asked)
            try:
                assert idle.recv(1) == b""
                break
            except TimeoutError:
                assert time.monotonic() - start < IDLE_S + SWEEP_S + LATE_S, "idle and still open"
        took = time.monotonic() - start
        print(f"closed after {took:.1f} s; the slowest answer beside it took {slowest_s * 1000:.1f} ms")
        assert took >= IDLE_S - 0.1
        assert slowest_s < 1
        assert half_file.read() == b""
        wait_for(lambda: is_reset(slow), SWEEP_S + LATE_S, "who does not read is left")
        busy.sendall(wire())
        assert summary(read(busy_file)) == ADDRESS, "who asks stays connected"


def test_two_thousand_connections(daemon, crowd):
    daemon.write_zone("example.com", f"www IN A {ADDRESS[0]}\n")
    daemon.start("-w", "4", *PER_CLIENT)
    connections = crowd(2 * WORKER_MAX)
    for number, (sock, _) in enumerate(connections):
        sock.sendall(wire(identifier=number))
    for number, (_, file) in enumerate(connections):
        response = read(file)
        assert response is not None and response.id == number and summary(response) == ADDRESS
    assert daemon.answer(WWW, tcp=True) == ADDRESS


def test_the_one_idle_for_longest_makes_room(crowd, one_worker):
    """RFC 7766 section 6.2.2: too many connections; who has just asked is not the one to go."""
    extra = 20
    connections = crowd(WORKER_MAX)
    first, first_file = connections[0]
    first.sendall(wire())
    assert summary(read(first_file)) == ADDRESS
    newer = crowd(extra)
    for _, file in connections[1:extra + 1]:
        assert file.read() == b"", "the oldest of the idle ones goes"
    for sock, file in [connections[0], *connections[extra + 1:], *newer]:
        sock.sendall(wire())
        assert summary(read(file)) == ADDRESS


def test_a_client_at_its_bound_makes_room_for_itself(crowd, daemon):
    """RFC 7766 section 6.2.2: it gets in, by the connection it has not used for longest; nobody else loses one."""
    bound, extra = 20, 5
    daemon.write_zone("example.com", f"www IN A {ADDRESS[0]}\n")
    daemon.start("-w", "1", "--tcp-per-client", bound)
    others = crowd(bound, source=OTHER_HOST)  # the oldest of all, and as many as they may be
    own = crowd(bound)
    first, first_file = own[0]
    first.sendall(wire())
    assert summary(read(first_file)) == ADDRESS
    newer = crowd(extra)
    for _, file in own[1:extra + 1]:
        assert file.read() == b"", "the client's oldest idle ones go"
    for sock, file in [*others, own[0], *own[extra + 1:], *newer]:
        sock.sendall(wire())
        assert summary(read(file)) == ADDRESS
    assert daemon.ctl_json("stats")["tcp_evicted"] == extra


def test_an_operator_says_how_many_and_for_how_long(crowd, daemon):
    """RFC 9210 section 4.2. The time is told too (RFC 7828), in tenths of a second."""
    most, idle_s = 5, 2
    daemon.write_zone("example.com", f"www IN A {ADDRESS[0]}\n")
    daemon.start("-w", "1", "--tcp-connections", most, "--tcp-idle", idle_s)
    first, first_file = crowd(1)[0]
    first.sendall(wire(use_edns=0, options=[dns.edns.GenericOption(11, b"")]))
    told, = read(first_file).options
    assert (told.otype, told.to_wire()) == (11, struct.pack("!H", 10 * idle_s))
    start = time.monotonic()
    others = crowd(most)
    assert first_file.read() == b"", "one too many: the one idle for longest goes"
    assert time.monotonic() - start < idle_s
    for _, file in others:
        assert file.read() == b"", "all have been idle for too long"
    assert time.monotonic() - start >= idle_s - 0.1


def test_one_client_does_not_take_all_there_is(crowd, daemon):
    """By default a client has a tenth of what a worker may hold, of each worker: others are not pushed out."""
    daemon.write_zone("example.com", f"www IN A {ADDRESS[0]}\n")
    daemon.start("-w", "1")
    (sock, file), = crowd(1, source=OTHER_HOST)
    hoard = crowd(WORKER_MAX + 50)
    sock.sendall(wire())
    assert summary(read(file)) == ADDRESS, "it has been idle for longer than all of the others"
    still = 0
    for other, other_file in hoard:
        with contextlib.suppress(OSError):
            other.sendall(wire())
            still += read(other_file) is not None
    assert still == WORKER_MAX // 10
