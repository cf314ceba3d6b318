"""A cold start serves what can be served, and refuses only what cannot."""

import os
import re
import shutil
import signal
import subprocess

from harness.checks import PRIMARY, SECONDARY, check, pair
from harness.daemon import APEX, HOSTS, READY, TREE
from harness.wait import wait_for

GOOD, BAD = "good.example", "bad.example"
FAULTY = "www IN A 192.0.2.1\nwww IN A no-address\n"


def test_a_faulty_zone_answers_servfail_and_the_others_are_served(daemon):
    daemon.write_zone(GOOD, "www IN A 192.0.2.10\n")
    daemon.write_zone(BAD, FAULTY)
    daemon.start()
    assert daemon.answer(f"www.{GOOD}") == PRIMARY
    assert daemon.answer(f"www.{BAD}") == "SERVFAIL"
    line = APEX.count("\n") + 2
    assert daemon.log.find(rf"{BAD}\.zone:{line}:\d+: error: .*no-address")
    assert "FAULTY as the responder" in daemon.ctl("status")

    daemon.write_zone(BAD, "www IN A 192.0.2.10\n")
    daemon.ctl("reload")
    assert "FAULTY" not in daemon.ctl("status")
    assert daemon.answer(f"www.{BAD}") == PRIMARY


def test_no_zone_at_all_is_refused(daemon):
    daemon.spawn(*daemon.flags())
    assert daemon.exits() == 1
    assert daemon.log.find(r"zone")


def test_a_checker_that_is_late_is_no_reason_to_refuse(daemon):
    """On a first start nothing knows the checks but the checker; here it stands still meanwhile."""
    count = 5000
    daemon.write_checks([check(f"c{number}", "TCP", IPAddress="127.0.0.1", Port=9, Disabled=True)
                         for number in range(count)])
    daemon.write_zone(GOOD, pair("www", f"c{count - 1}"))
    daemon.spawn(*daemon.flags())
    checker = daemon.kill("checker", signal.SIGSTOP)
    daemon.log.wait("no zone can be served before the checks are defined", 10)
    assert not daemon.log.find(READY)
    os.kill(checker, signal.SIGCONT)
    daemon.wait_ready()
    assert daemon.answer(f"www.{GOOD}") == PRIMARY


def test_only_faulty_zones_are_refused_with_their_faults(daemon):
    daemon.write_zone(BAD, FAULTY)
    daemon.spawn(*daemon.flags())
    assert daemon.exits() == 1
    assert daemon.log.find(rf"{BAD}\.zone:\d+:\d+: error: ")


def test_a_zone_given_by_name_and_file(daemon):
    path = daemon.dir / "any name at all"
    path.write_text(APEX + "www IN A 192.0.2.10\n")
    daemon.start("--zone", f"{GOOD}={path}")
    assert daemon.answer(f"www.{GOOD}") == PRIMARY


def test_a_bad_flag_is_refused(daemon):
    for flags in (["--listen", "300.1.1.1"], ["--no-such-flag"], ["--workers", "none"]):
        daemon.spawn(*flags)
        assert daemon.exits() != 0
        assert daemon.log.text(), flags


def test_an_address_in_use_is_refused_by_name(daemons):
    first, second = daemons(), daemons()
    for one in (first, second):
        one.write_zone(GOOD, "www IN A 192.0.2.10\n")
    first.start()
    second.port = first.port
    second.spawn(*second.flags())
    assert second.exits() == 1
    assert second.log.find(str(first.port))


def test_a_second_daemon_on_the_same_state_is_refused(daemons):
    first, second = daemons(), daemons()
    for one in (first, second):
        one.write_zone(GOOD, "www IN A 192.0.2.10\n")
    first.start()
    second.state = first.state
    second.spawn(*second.flags())
    assert second.exits() == 1
    assert second.log.find(r"state|already|another")
    assert not second.log.find(READY)
    assert first.answer(f"www.{GOOD}") == PRIMARY
    first.ctl("status")


def test_it_listens_on_ipv4_and_ipv6_over_udp_and_tcp(daemon):
    daemon.write_zone(GOOD, "www IN A 192.0.2.10\n")
    daemon.start()
    for host in HOSTS:
        for tcp in (False, True):
            assert daemon.answer(f"www.{GOOD}", host=host, tcp=tcp) == PRIMARY


def test_without_a_checker_the_last_verdicts_stand(daemon, nginx):
    endpoint = nginx()
    endpoint.kill()
    daemon.write_checks([check("www", "HTTP", endpoint)])
    daemon.write_zone(GOOD, pair("www", "www"))
    daemon.start()
    daemon.wait_answer(f"www.{GOOD}", SECONDARY, 5)
    daemon.stop()
    endpoint.start()
    daemon.start("--no-checker")
    assert daemon.answer(f"www.{GOOD}") == SECONDARY
    wait_for(lambda: not daemon.pids("checker"), 5, "the checker has done its work")


def test_test_mode_accepts_what_is_right(daemon, nginx):
    daemon.write_checks([check("www", "HTTP", nginx())])
    daemon.write_zone(GOOD, pair("www", "www"))
    daemon.spawn(*daemon.flags(), "-t")
    assert daemon.exits() == 0
    assert not daemon.state.exists() or not daemon.sockets()


def test_the_examples_of_the_tree_are_without_fault(daemon):
    zones = TREE / "zones"
    daemon.spawn("-t", "-z", zones, "-k", TREE / "checks", "--geoip", zones / "places.mmdb",
                 "--latency", zones / "latency.csv")
    assert daemon.exits() == 0
    assert daemon.log.find("0 errors, 0 warnings"), daemon.log.text()


def test_what_the_example_is_told(daemon):
    """The commands that stand in its comments, and what contrib/run names beside them."""
    shutil.copy(TREE / "checks/example.json", daemon.checks)
    daemon.start("-z", TREE / "zones", "--max-down", "60% in 10s", "--geoip", TREE / "zones/places.mmdb",
                 "--latency", TREE / "zones/latency.csv")
    daemon.ctl("heartbeat", "nightly")
    assert daemon.answer("batch.example.com") == ["127.0.0.22"]
    for switch, address in (("off", "127.0.0.25"), ("on", "127.0.0.24")):
        daemon.ctl("control", "cell-1", switch)
        assert daemon.answer("cell.example.com") == [address]


def test_other_software_reads_the_example():
    subprocess.run(["named-checkzone", "example.com", TREE / "zones/example.com.zone"], check=True,
                   stdout=subprocess.DEVNULL, timeout=20)


def test_test_mode_shows_every_fault_and_exits_1(daemon):
    daemon.write_checks([{"Id": "x", "HealthCheckConfig": {"Type": "HTPP"}}])
    daemon.write_zone(GOOD, "www IN A 192.0.2.10\n")
    daemon.write_zone(BAD, FAULTY + "api IN A 192.0.2.1 ; @wieghted 1\n")
    daemon.spawn(*daemon.flags(), "--test")
    assert daemon.exits() == 1
    text = daemon.log.text()
    line = APEX.count("\n") + 2
    assert re.search(rf"{BAD}\.zone:{line}:\d+: error: ", text), text
    assert re.search(rf"{BAD}\.zone:{line + 1}:\d+: error: .*wieghted.*weighted", text), text
    assert re.search(r"checks\.json:\d+:\d+: error: .*HTPP", text), text
