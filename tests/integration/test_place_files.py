"""The geo database, the latency table and CIDR collections are loaded with the zones: their faults are told as
those of zones, and the last good version stays in force."""

import re

import pytest

from harness.geo import write_database

LATENCY = "prefix,region,rtt_ms\n10.0.0.0/8,eu-west-1,20\n"
CIDR = '[{"LocationName": "isp-a", "CidrList": ["198.51.100.0/24"]}]\n'
GEO = [("192.0.2.0/24", "EU", "DE", None, 51.3, 9.5), ("2001:db8::/32", "NA", "US", "CA")]
KEPT = "the last good version stays in force"


@pytest.fixture
def placed(daemon):
    """A daemon, not yet started, with a zone and files of all three kinds."""
    daemon.geoip = daemon.dir / "geo.mmdb"
    daemon.latency = daemon.dir / "rtt.csv"
    daemon.cidr = daemon.zones / "isps.cidr.json"
    daemon.place_flags = ["--geoip", daemon.geoip, "--latency", daemon.latency]
    daemon.write_zone("example.com", "www IN A 192.0.2.1\n")
    write_database(daemon.geoip, GEO)
    daemon.latency.write_text(LATENCY)
    daemon.cidr.write_text(CIDR)
    return daemon


def test_the_test_run_shows_every_fault(placed):
    placed.spawn("-t", *placed.flags(), *placed.place_flags)
    assert placed.exits() == 0, placed.log.text()
    assert placed.log.find("1 zones, 0 checks: 0 errors, 0 warnings")

    placed.geoip.write_bytes(placed.geoip.read_bytes()[:100])
    placed.latency.write_text(LATENCY + "10.0.0.1/8,eu-west-1,20\n")
    placed.cidr.write_text(CIDR.replace("/24", "/33"))
    placed.spawn("-t", *placed.flags(), *placed.place_flags)
    assert placed.exits() == 1
    for fault in (r"geo\.mmdb: error: is no database in MaxMind's form: ",
                  r"rtt\.csv:3:1: error: \"10\.0\.0\.1/8\" has bits set behind its prefix",
                  r"zones/isps\.cidr\.json:1:41: error: \[0\]\.CidrList\[0\]: \"198\.51\.100\.0/33\" "):
        assert placed.log.find(fault), placed.log.text()


@pytest.mark.parametrize("kind", ["geoip", "latency", "cidr"])
def test_a_reload_keeps_the_last_good_version(placed, kind):
    placed.start(*placed.place_flags)
    path = getattr(placed, kind)
    good = path.read_bytes()
    path.write_text("not what it was\n")
    placed.write_zone("example.com", "www IN A 192.0.2.2\n")
    for _ in range(2):  # it is told each time
        output = placed.ctl("reload", status=1)
        assert f"{path}: error: 1 error; {KEPT}" in output
        assert len(re.findall(rf"{re.escape(str(path))}.*: error: ", output)) == 2, output
        placed.log.wait(re.escape(f"{path}: error: 1 error; {KEPT}"), 5)
        assert placed.answer("www.example.com") == ["192.0.2.2"]

    path.unlink()
    if kind == "cidr":  # a collection may go; the files that flags name may not
        placed.ctl("reload")
        return
    assert KEPT in placed.ctl("reload", status=1)
    path.write_bytes(good)
    placed.ctl("reload")


def test_the_last_good_version_outlives_the_responder(placed):
    placed.start(*placed.place_flags)
    copies = sorted(path.name for path in (placed.state / "last-good").iterdir())
    assert {"geoip.mmdb", "isps.cidr.json", "latency.csv"} <= set(copies)
    for path in (placed.geoip, placed.latency, placed.cidr):
        path.write_text("not what it was\n")
    placed.kill("responder")
    placed.wait_running("responder")
    for path in (placed.geoip, placed.latency, placed.cidr):
        placed.log.wait(re.escape(f"{path}: error: 1 error; {KEPT}"), 5)


def test_a_faulty_file_at_the_start_does_not_stop_the_zones(placed):
    placed.latency.write_text("")
    placed.start(*placed.place_flags)
    assert placed.log.find(r"rtt\.csv:1:1: error: no time is in this file")
    assert placed.answer("www.example.com") == ["192.0.2.1"]
    placed.latency.write_text(LATENCY)
    placed.ctl("reload")


def test_collections_lie_beside_every_zone_file(placed):
    elsewhere = placed.dir / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "other").write_text((placed.zones / "example.com.zone").read_text())
    (elsewhere / "isps.cidr.json").write_text(CIDR)
    placed.spawn("-t", *placed.flags(), "--zone", f"example.org={elsewhere}/other")
    assert placed.exits() == 1
    assert placed.log.find(rf"{elsewhere}/isps\.cidr\.json: error: the collection \"isps\" comes from "
                           rf"{placed.cidr} already"), placed.log.text()


def test_the_files_may_stand_in_the_configuration(placed):
    config = placed.dir / "holdfast.conf"
    config.write_text(f"geoip = {placed.geoip}\nlatency = \"{placed.dir}/none.csv\"\n")
    placed.spawn("-t", "-c", config, *placed.flags())
    assert placed.exits() == 1
    assert placed.log.find(r"none\.csv: error: cannot be read: No such file or directory")
    placed.spawn("-t", "-c", config, *placed.flags(), "--latency", placed.latency)
    assert placed.exits() == 0, placed.log.text()
