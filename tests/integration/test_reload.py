"""A reload publishes what is right, keeps what was, and says which is which."""

import json
import re
import signal

from harness.checks import pair
from harness.daemon import APEX
from harness.load import Load

ZONES = [f"zone{number}.example" for number in range(10)]
BROKEN = ZONES[4]
OLD, NEW = "192.0.2.1", "192.0.2.2"
RELOADS = 200
RATE = 1000


def write_all(daemon, address, zones=tuple(ZONES)):
    for zone in zones:
        daemon.write_zone(zone, f"www IN A {address}\n")


def test_nine_of_ten_zones_change_and_the_broken_one_stays(daemon):
    write_all(daemon, OLD)
    daemon.start()
    write_all(daemon, NEW)
    daemon.write_zone(BROKEN, f"www IN A {NEW}\napi IN A 192.0.2.300\n")

    output = daemon.ctl("reload", status=1)

    line = APEX.count("\n") + 2
    assert re.search(rf"{re.escape(BROKEN)}\.zone:{line}:\d+: error: .+", output), output
    assert re.search(rf"{re.escape(BROKEN)}\b.*(kept|last good|stays|in force)", output), output
    for zone in ZONES:
        assert daemon.answer(f"www.{zone}") == [OLD if zone == BROKEN else NEW]
    daemon.log.wait(rf"{re.escape(BROKEN)}\.zone:{line}:\d+: error: ", 5)
    rows = {row["origin"].rstrip("."): row for row in daemon.ctl_json("zones")["zones"]}
    assert rows[BROKEN]["state"] == "kept"
    assert {row["state"] for origin, row in rows.items() if origin != BROKEN} == {"loaded"}

    write_all(daemon, NEW)
    daemon.ctl("reload")
    assert daemon.answer(f"www.{BROKEN}") == [NEW]


def test_two_hundred_reloads_under_load_lose_no_query(daemon):
    names = [f"www.{zone}" for zone in ZONES]
    write_all(daemon, OLD)
    daemon.start()
    with Load(daemon, RATE, names) as load:
        for number in range(RELOADS):
            write_all(daemon, NEW if number % 2 == 0 else OLD)
            daemon.ctl("reload")
    assert load.report.lost == 0 and load.report.unexpected == 0
    for name in names:
        assert set(load.report.answers[name]) == {(OLD,), (NEW,)}, name


def test_a_zone_comes_and_another_goes(daemon):
    write_all(daemon, OLD, ZONES[:2])
    daemon.start()
    (daemon.zones / f"{ZONES[0]}.zone").unlink()
    write_all(daemon, OLD, ZONES[2:3])
    daemon.ctl("reload")
    assert daemon.answer(f"www.{ZONES[0]}") == "REFUSED"
    assert daemon.answer(f"www.{ZONES[1]}") == [OLD]
    assert daemon.answer(f"www.{ZONES[2]}") == [OLD]


def test_a_folder_without_zones_ends_no_service(daemon):
    write_all(daemon, OLD, ZONES[:2])
    daemon.start()
    aside = daemon.dir / "aside"
    daemon.zones.rename(aside)
    for _ in range(2):  # first there is no folder, then an empty one, as where nothing is mounted
        output = daemon.ctl("reload", status=1)
        assert f"{daemon.zones}: error: " in output and "all 2 zones served before stay" in output
        assert daemon.answer(f"www.{ZONES[0]}") == [OLD]
        daemon.zones.mkdir(exist_ok=True)
    daemon.zones.rmdir()
    aside.rename(daemon.zones)
    daemon.ctl("reload")


def test_a_misspelt_word_is_shown_with_the_nearest_one(daemon):
    daemon.write_checks([])
    write_all(daemon, OLD, ZONES[:1])
    daemon.start()
    for line, nearest in ((pair("www", "x").replace("@failover", "@falover"), "failover"),
                          ("www IN A 192.0.2.1 ; @weighted 10 chek=x\n", "check"),
                          ("www IN A 192.0.2.1 ; @multivalue evaluate=yess\n", "yes")):
        daemon.write_zone(ZONES[0], line)
        output = daemon.ctl("reload", status=1)
        assert re.search(rf"{ZONES[0]}\.zone:\d+:\d+: error: .*\b{nearest}\b", output), output


def test_sighup_reloads_too(daemon):
    write_all(daemon, OLD, ZONES[:1])
    daemon.start()
    write_all(daemon, NEW, ZONES[:1])
    daemon.process.send_signal(1)
    daemon.wait_answer(f"www.{ZONES[0]}", [NEW], 5)


def test_what_has_not_changed_is_not_read_again(daemon):
    write_all(daemon, OLD)
    daemon.start()
    daemon.ctl("reload")  # what was written just before the start is read again once
    copies = {path.name: path.stat().st_mtime_ns for path in (daemon.state / "last-good").glob("*.zone")}
    assert len(copies) == len(ZONES)

    daemon.ctl("reload")
    assert daemon.ctl_json("zones")["unchanged"] == len(ZONES)
    daemon.write_zone(ZONES[2], f"www IN A {NEW}\n")
    daemon.ctl("reload")

    report = daemon.ctl_json("zones")
    assert report["unchanged"] == len(ZONES) - 1
    assert {row["state"] for row in report["zones"]} == {"loaded"}
    assert daemon.answer(f"www.{ZONES[2]}") == [NEW]
    assert daemon.answer(f"www.{ZONES[3]}") == [OLD]
    written = {path.name for path in (daemon.state / "last-good").glob("*.zone")
               if path.stat().st_mtime_ns != copies[path.name]}
    assert written == {f"{ZONES[2]}..zone"}


def test_who_asked_for_a_reload_is_in_the_audit_log(daemon):
    write_all(daemon, OLD, ZONES[:2])
    daemon.start()
    daemon.ctl("reload")
    daemon.write_zone(ZONES[1], "www IN A 192.0.2.300\n")
    daemon.ctl("reload", status=1)
    daemon.ctl("diff", status=2)
    daemon.process.send_signal(signal.SIGHUP)
    daemon.log.wait("SIGHUP: reloading", 5)
    path = daemon.state / "audit.log"
    good, faulty = [json.loads(line) for line in path.read_text().splitlines()]
    for entry in (good, faulty):
        assert (entry["verb"], entry["arguments"], entry["refused"]) == ("reload", "", False)
        assert (entry["uid"], entry["old"], entry["new"]) == (path.stat().st_uid, None, None)
    assert (good["result"], faulty["result"]) == ("ok", "not all is served as the files say")

    path.unlink()
    path.mkdir()
    write_all(daemon, NEW, ZONES[:2])
    output = daemon.ctl("reload", status=1)
    assert "audit.log is not written: Is a directory" in output
    assert daemon.answer(f"www.{ZONES[0]}") == [NEW]
    told = daemon.ctl_json("reload", status=1)
    assert told["zones"]["errors"] == 0 and len(told["notes"]) == 1
