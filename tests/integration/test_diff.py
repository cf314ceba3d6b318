"""holdfastctl diff: what a reload would change is told before it is done, and nothing changes by asking."""

import concurrent.futures
import json
import os

import pytest

from harness import processes
from harness.checks import check, pair
from harness.load import Load
from harness.wait import wait_for

ZONE = "example.com"
OLD_APEX = """\
$TTL 60
@    IN SOA ns1 hostmaster 1 7200 900 1209600 60
     IN NS  ns1
ns1  IN A   192.0.2.53
"""
NEW_APEX = OLD_APEX.replace(" 1 7200", " 2 7200")
SOA = """\
-example.com. 60 IN SOA ns1.example.com. hostmaster.example.com. 1 7200 900 1209600 60
+example.com. 60 IN SOA ns1.example.com. hostmaster.example.com. 2 7200 900 1209600 60
"""
NAMES = 100_000


def write_old(daemon, endpoint):
    daemon.write_checks([check("www-eu", "TCP", endpoint)])
    daemon.write_zone(ZONE, pair("www", "www-eu") + "same IN A 192.0.2.1\n", OLD_APEX)


def write_new(daemon, endpoint):
    """The zone names a check that comes with it, and the old one goes."""
    daemon.write_checks([check("www-new", "TCP", endpoint)])
    daemon.write_zone(ZONE, pair("www", "www-new", primary="192.0.2.11") + "same IN A 192.0.2.1\n", NEW_APEX)


def copies(daemon):
    """What the last good copies are, to see whether anybody touches them."""
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
            for path in (daemon.state / "last-good").iterdir()}


def ids(daemon):
    return sorted(row["id"] for row in daemon.ctl_json("checks")["checks"])


@pytest.fixture
def served(daemon, nginx):
    daemon.endpoint = nginx()
    write_old(daemon, daemon.endpoint)
    daemon.start()
    wait_for(lambda: daemon.check("www-eu")["passes"] > 0, 5, "www-eu was probed")
    return daemon


def test_an_edit_is_told_and_nothing_changes_by_asking(served):
    assert served.ctl("diff") == ""
    write_new(served, served.endpoint)
    kept = copies(served)
    target = f"tcp://{served.endpoint.host}:{served.endpoint.port}"
    for _ in range(3):
        assert served.ctl("diff", status=1) == f"""\
-check www-eu TCP {target}
+check www-new TCP {target}
zone example.com.: serial 1 -> 2; names: 2 changed
{SOA}-www.example.com. 60 IN A 192.0.2.10 ; @failover primary check=www-eu
+www.example.com. 60 IN A 192.0.2.11 ; @failover primary check=www-new
 A answers: 192.0.2.10 100 % -> 192.0.2.11 100 %
"""
        assert served.answer("www.example.com") == ["192.0.2.10"]
        assert ids(served) == ["www-eu"]
    assert copies(served) == kept
    assert served.ctl_json("zones")["zones"][0]["serial"] == 1
    assert not served.log.find("reload"), "nothing was reloaded"

    served.ctl("reload")
    assert served.ctl("diff") == ""
    assert served.answer("www.example.com") == ["192.0.2.11"]
    assert ids(served) == ["www-new"]


def test_answers_go_by_the_verdicts_as_they_are(served):
    served.endpoint.kill()
    served.wait_state("www-eu", "down")
    served.write_zone(ZONE, pair("www", "www-eu", secondary="198.51.100.11"), NEW_APEX)
    assert " A answers: 198.51.100.10 100 % -> 198.51.100.11 100 %\n" in served.ctl("diff", status=1)
    served.write_zone(ZONE, pair("www", "www-eu", primary="192.0.2.11"), NEW_APEX)
    assert " A answers: as now, with the checks as they are\n" in served.ctl("diff", status=1)


def test_a_field_of_a_check(served):
    served.write_checks([check("www-eu", "TCP", served.endpoint, FailureThreshold=5)])
    assert served.ctl("diff", status=1) == "check www-eu\n-FailureThreshold 2\n+FailureThreshold 5\n" \
        "-SuccessThreshold 2\n+SuccessThreshold 5\n"
    changed, = served.ctl_json("diff", status=1)["checks"]["changed"]
    assert changed["fields"][0] == {"field": "FailureThreshold", "old": "2", "new": "5"}


def faults(report):
    return [(fault["file"], fault["line"], fault["column"], fault["message"])
            for part in ("checks", "zones") for fault in report[part]["faults"]]


@pytest.mark.parametrize("kind", ["zone", "gone", "checks"])
def test_the_faults_are_those_that_a_reload_meets(served, kind):
    if kind == "zone":  # a fault of its own
        served.write_zone(ZONE, "www IN A 192.0.2.300\n", NEW_APEX)
    elif kind == "gone":  # a check goes, and the zone still names it
        served.write_checks([check("www-new", "TCP", served.endpoint)])
    else:  # no check comes or goes, so the zone names one that is not there
        write_new(served, served.endpoint)
        (served.checks / "more.json").write_text("[")
    told = served.ctl_json("diff", status=2)
    text = served.ctl("diff", status=2)
    assert "zone example.com.: faulty, serial 1 would stay in force\n" in text
    assert ("checks: faulty, those read before would stay in force\n" in text) == (kind == "checks")
    assert ("check www-eu: would still be probed" in text) == (kind == "gone")
    for role in ("responder", "checker"):
        assert served.role(role)["files"] == "good", "only a question was asked"

    done = served.ctl_json("reload", status=1)
    assert faults(told) and faults(told) == faults(done)
    assert told["zones"]["zones"][0]["state"] == done["zones"]["zones"][0]["state"] == "kept"
    assert served.answer("www.example.com") == ["192.0.2.10"]


def test_one_zone(served):
    served.write_zone("example.net", "www IN A 192.0.2.1\n", OLD_APEX)
    served.ctl("reload")
    write_new(served, served.endpoint)
    served.write_zone("example.net", "www IN A 192.0.2.2\n", OLD_APEX)
    served.write_zone("example.org", "www IN A 192.0.2.3\n", OLD_APEX)
    assert served.ctl("diff", "example.net.", status=1) == """\
zone example.net.: serial 1; names: 1 changed
warning: the data changes and the serial does not, so no secondary would take it
-www.example.net. 60 IN A 192.0.2.1
+www.example.net. 60 IN A 192.0.2.2
"""
    assert served.ctl("diff", "Example.ORG", status=1) == "+zone example.org.: serial 1, 4 records\n"
    assert "www-new" in served.ctl("diff", ZONE, status=1), "and no check is missed"
    (served.zones / "example.net.zone").unlink()
    assert served.ctl("diff", "example.net", status=1) == "-zone example.net.: serial 1, 4 records\n"
    assert 'did you mean "example.com."' in served.ctl("diff", "example.con", status=2)
    assert "no name" in served.ctl("diff", "a..b", status=2)
    assert "too many words" in served.ctl("diff", "a", "b", status=2)


def test_clients_who_would_be_elsewhere(daemon):
    collection = daemon.zones / "isps.cidr.json"
    collection.write_text('[{"LocationName": "a", "CidrList": ["198.51.100.0/25"]}]')
    daemon.write_zone(ZONE, "www IN A 192.0.2.1 ; @cidr isps/a\nwww IN A 192.0.2.2 ; @cidr isps/*\n"
                            "to IN A 192.0.2.9 ; @simple alias=www\n")
    daemon.start()
    assert daemon.ctl("diff") == ""
    collection.write_text('[{"LocationName": "a", "CidrList": ["198.51.100.0/24"]}]')
    assert daemon.ctl("diff", status=1) == """\
zone example.com.: serial 1; names: 2 leading elsewhere
 to.example.com. leads to what changes
 A answers for some clients, such as 198.51.100.128/25: 192.0.2.2 100 % -> 192.0.2.1 100 %
 www.example.com. leads to what changes
 A answers for some clients, such as 198.51.100.128/25: 192.0.2.2 100 % -> 192.0.2.1 100 %
"""
    daemon.ctl("reload")
    assert daemon.ctl("diff") == ""


def test_a_reload_beside_it_is_seen_whole_or_not_at_all(served):
    """The checks and the zones that one diff tells of are of one state, whatever comes between."""
    for number in range(300):
        served.write_zone(f"z{number}.example", "www IN A 192.0.2.1\n")
    served.ctl("reload")
    for turn in range(4):
        (write_new if turn % 2 == 0 else write_old)(served, served.endpoint)
        with concurrent.futures.ThreadPoolExecutor(13) as pool:
            reloads = [pool.submit(served.ctl, "reload") for _ in range(3)]
            diffs = [pool.submit(served.ctl, "diff", "--json", status=None) for _ in range(10)]
            told = [json.loads(diff.result()) for diff in diffs]
            for reload in reloads:
                reload.result()
        for report in told:
            comes = [row["id"] for row in report["checks"]["added"]]
            names = [row["name"] for zone in report["zones"]["zones"] for row in zone["names"]]
            assert bool(comes) == bool(names), report
            assert report["zones"]["errors"] == 0 and report["notes"] == [], report
        assert served.ctl("diff") == ""


def test_it_loses_no_query(daemon):
    old = "".join(f"h{number} IN A 10.0.{number // 250 % 250}.{number % 250}\n" for number in range(NAMES))
    daemon.write_zone(ZONE, old)
    daemon.start()
    daemon.write_zone(ZONE, old.replace(" 10.0.", " 10.1."))
    with Load(daemon, 500, [f"h1.{ZONE}", f"h2.{ZONE}"]) as load:
        for _ in range(5):
            output = daemon.ctl("diff", status=1)
    assert f"names: {NAMES} changed" in output and "... and 99000 more names" in output
    assert load.report.lost == 0 and load.report.unexpected == 0
    assert set(load.report.answers[f"h1.{ZONE}"]) == {("10.0.0.1",)}


def test_without_a_checker_a_process_of_its_own_compares(daemon, nginx):
    endpoint = nginx()
    write_old(daemon, endpoint)
    daemon.start("--no-checker")
    assert daemon.ctl("diff") == ""
    write_new(daemon, endpoint)
    for _ in range(3):
        text = daemon.ctl("diff", status=1)
        assert "-check www-eu " in text and "+check www-new " in text
        assert " A answers: 192.0.2.10 100 % -> 192.0.2.11 100 %\n" in text
    assert ids(daemon) == ["www-eu"]
    wait_for(lambda: len(processes.children(daemon.process.pid)) == 1, 5, "only the responder is left")
    daemon.ctl("reload")
    assert daemon.ctl("diff") == ""
    daemon.stop()


def test_roles_that_do_not_answer(served):
    """A checker that is stopped: zones are compared all the same, and it is said."""
    served.write_zone(ZONE, pair("www", "www-eu", primary="192.0.2.11"), NEW_APEX)
    pid = served.pid("checker")
    os.kill(pid, 19)
    try:
        text = served.ctl("diff", status=2)
    finally:
        os.kill(pid, 18)
    assert "the checker does not answer; checks were not compared\n" in text
    assert "+www.example.com. 60 IN A 192.0.2.11 " in text
    served.ctl("diff", status=1)
