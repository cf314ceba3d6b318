"""The fixtures: each gives what a scenario needs and takes all of it away again."""

import itertools
import shutil
import signal
import tempfile

import pytest

from harness import daemon as daemon_module
from harness import processes
from harness.daemon import Daemon
from harness.endpoints import Authority, Nginx, TcpServer
from harness.ports import free_port


SHOWN_LINES = 100  # of a daemon's log, after a failure


def pytest_configure():
    processes.adopt_orphans()
    # Whoever runs the tests in a shell's background hands them SIGINT ignored, and so to what they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for program in (daemon_module.HOLDFASTD, daemon_module.HOLDFASTCTL):
        if not program.exists():
            pytest.exit(f"{program} is missing: build it, or set HOLDFAST_BUILD", 2)


@pytest.hookimpl(tryfirst=True, hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if call.when == "call":
        item.failed = outcome.get_result().failed


@pytest.fixture(autouse=True)
def nothing_left():
    """No test may leave a process behind, however it ended."""
    yield
    left = processes.end_children()
    assert not left, f"processes were left: {left}"


@pytest.fixture
def daemons(request):
    """Makes daemons, not yet started. Those still running at the end are held to a clean end."""
    made = []

    def make():
        made.append(Daemon())
        return made[-1]

    yield make
    failed = getattr(request.node, "failed", True)
    try:
        for daemon in made:
            if failed and daemon.log is not None:
                print(f"---- end of the log of {daemon.dir}\n{daemon.log.text(SHOWN_LINES)}")
            elif daemon.process is not None:
                daemon.stop()
    finally:
        for daemon in made:
            daemon.destroy()


@pytest.fixture
def daemon(daemons):
    """One daemon, not yet started."""
    return daemons()


@pytest.fixture
def endpoints():
    """Makes endpoints: endpoints(Nginx), endpoints(TcpServer, behave), each on an address of its own."""
    made = []
    hosts = (f"127.0.0.{last}" for last in itertools.count(11))

    def make(kind, *arguments, **options):
        host = next(hosts)
        made.append(kind(host, free_port(host), *arguments, **options))
        if kind is Nginx:
            made[-1].start()
        return made[-1]

    yield make
    for endpoint in made:
        endpoint.destroy()


@pytest.fixture
def nginx(endpoints):
    return lambda **options: endpoints(Nginx, **options)


@pytest.fixture
def tcp_server(endpoints):
    return lambda behave, **options: endpoints(TcpServer, behave, **options)


@pytest.fixture(scope="session")
def authority():
    """A certificate authority for the whole run."""
    directory = tempfile.mkdtemp(prefix="hf-ca-")
    yield Authority(directory)
    shutil.rmtree(directory)
