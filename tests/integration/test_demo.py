"""contrib/demo runs through, and leaves nothing behind, not even when it is interrupted."""

import os
import pathlib
import signal
import subprocess
import tempfile

from harness import processes
from harness.daemon import BUILD, TREE
from harness.wait import wait_for

DEMO = TREE / "contrib/demo"


def start(directory):
    environment = dict(os.environ, HOLDFAST_BUILD=str(BUILD), TMPDIR=str(directory))
    return subprocess.Popen([str(DEMO)], env=environment, text=True, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            start_new_session=True)


def test_the_demo_runs_through_and_leaves_nothing():
    with tempfile.TemporaryDirectory() as directory:
        demo = start(directory)
        output, _ = demo.communicate(timeout=60)
        assert demo.returncode == 0, output
        assert output.count("after 0.") >= 4, output
        assert not os.listdir(directory)


def test_an_interrupted_demo_leaves_nothing():
    for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 128 + signal.SIGTERM)):
        with tempfile.TemporaryDirectory() as directory:
            demo = start(directory)
            wait_for(lambda: len(processes.children(demo.pid)) >= 4, 20, "all its processes run")
            assert any(pathlib.Path(directory).iterdir())
            os.killpg(demo.pid, number)  # as a terminal sends it
            output, _ = demo.communicate(timeout=20)
            assert demo.returncode == status, output
            assert "Traceback" not in output
            assert not os.listdir(directory)
