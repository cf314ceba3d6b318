"""The configuration file has the flags' keys; its errors are shown by line."""

from harness.checks import PRIMARY
from harness.daemon import HOSTS

CONFIG = """\
# every flag is a key
listen = {{"{v4}:{port}", "[{v6}]:{port}"}}
zones = "{zones}"
checks = "{checks}"
state-dir = "{state}"
workers = 1
"""


def write_config(daemon, text=CONFIG):
    path = daemon.dir / "holdfast.conf"
    path.write_text(text.format(v4=HOSTS[0], v6=HOSTS[1], port=daemon.port, zones=daemon.zones,
                                checks=daemon.checks, state=daemon.state))
    return path


def test_a_daemon_runs_from_its_file_alone(daemon):
    daemon.write_zone("example.com", "www IN A 192.0.2.10\n")
    daemon.spawn("-c", write_config(daemon))
    daemon.wait_ready()
    for host in HOSTS:
        assert daemon.answer("www.example.com", host=host) == PRIMARY
    daemon.ctl("status")


def test_a_flag_overrides_the_file(daemon):
    daemon.write_zone("example.com", "www IN A 192.0.2.10\n")
    path = write_config(daemon, CONFIG.replace('"{zones}"', '"/nonexistent"'))
    daemon.spawn("-c", path, "-z", daemon.zones)
    daemon.wait_ready()
    assert daemon.answer("www.example.com") == PRIMARY


def test_errors_are_shown_by_line(daemon):
    daemon.write_zone("example.com", "www IN A 192.0.2.10\n")
    lines = CONFIG.count("\n")
    for bad in ("wrkers = 2\n", 'workers = "many"\n', "workers = 100000\n", 'listen = {"nowhere"}\n'):
        daemon.spawn("-c", write_config(daemon, CONFIG + bad.replace("{", "{{").replace("}", "}}")))
        assert daemon.exits() == 1, bad
        assert daemon.log.find(rf"holdfast\.conf:{lines + 1}(:\d+)?: "), (bad, daemon.log.text())


def test_a_missing_file_is_refused(daemon):
    daemon.spawn("-c", "no-such-file")
    assert daemon.exits() == 1
    assert daemon.log.find("no-such-file")
