"""holdfastctl metrics: in Prometheus' format, as Prometheus' own library reads it, and true."""

import pathlib
import re
import signal

from harness.checks import check, pair
from harness.wait import wait_for
from prometheus_client.parser import text_string_to_metric_families

DOCUMENT = pathlib.Path(__file__).parents[2] / "docs" / "formats" / "metrics.md"


def families(daemon):
    return list(text_string_to_metric_families(daemon.ctl("metrics")))


def value(daemon, name, **labels):
    found = [
        sample.value
        for family in families(daemon)
        for sample in family.samples
        if sample.name == f"holdfast_{name}" and sample.labels == labels
    ]
    assert len(found) <= 1
    return found[0] if found else None


def start(daemon, endpoint, other, *flags):
    patient = {"ConnectTimeout": 0.3, "ResponseTimeout": 0.3}
    daemon.write_checks([check("www", "HTTP", endpoint, **patient), check("api", "HTTP", other, **patient)])
    daemon.write_zone("example.com", pair("www", "www") + pair("api", "api"))
    daemon.start(*flags)
    wait_for(lambda: all(daemon.check(name)["passes"] > 1 for name in ("www", "api")), 10, "both have passed")


def signal_all(endpoints, number):
    for endpoint in endpoints:
        endpoint.process.send_signal(number)


def test_what_is_counted(daemon, nginx):
    endpoint = nginx()
    start(daemon, endpoint, nginx(), "--max-down", "example.com=50% in 1h")
    for name, tcp in (("www.example.com", False), ("www.example.com", True), ("no.example.com", False)):
        daemon.ask(name, tcp=tcp)
    wait_for(lambda: value(daemon, "guard_checks", guard="example.com") == 2, 10, "the guard is known")
    assert value(daemon, "queries_total", transport="udp") == 2
    assert value(daemon, "queries_total", transport="tcp") == 1
    assert value(daemon, "responses_total", rcode="NXDOMAIN") == 1
    assert value(daemon, "check_up", check="www") == 1
    assert value(daemon, "check_probes_total", check="www", outcome="pass") > 1
    assert 0 < value(daemon, "check_latency_seconds", check="www", quantile="0.5") < 0.5
    assert value(daemon, "zone_serial", zone="example.com.") == daemon.ctl_json("zones")["zones"][0]["serial"]
    assert value(daemon, "role_up", role="responder") == value(daemon, "role_up", role="checker") == 1
    assert value(daemon, "cut_off", cause="share") == 0

    endpoint.break_pages()
    daemon.wait_state("www", "down")
    assert value(daemon, "check_up", check="www") == 0 and value(daemon, "checks", state="down") == 1
    daemon.ctl("force", "www", "up")
    assert value(daemon, "check_up", check="www") == 1 and value(daemon, "check_found_up", check="www") == 0


def test_a_host_that_is_cut_off(daemon, nginx):
    endpoints = nginx(), nginx()
    start(daemon, *endpoints)
    signal_all(endpoints, signal.SIGSTOP)
    wait_for(lambda: value(daemon, "cut_off", cause="share") == 1, 10, "every endpoint is silent")
    wait_for(lambda: value(daemon, "cut_off_seconds") > 0, 10, "for how long is told")
    assert value(daemon, "cut_off", cause="canaries-ipv4") == 0 and value(daemon, "check_up", check="www") == 1
    signal_all(endpoints, signal.SIGCONT)
    wait_for(lambda: value(daemon, "cut_off", cause="share") == 0, 10, "they answer again")


def test_a_faulty_zone_and_a_dead_role(daemon, nginx):
    start(daemon, nginx(), nginx())
    daemon.write_zone("example.com", "www IN A nonsense\n")
    daemon.ctl("reload", status=1)
    assert value(daemon, "zone_good", zone="example.com.") == 0 and value(daemon, "zones_failed") == 1
    assert value(daemon, "reload_good") == 0 and value(daemon, "role_files_good", role="responder") == 0
    daemon.kill("responder")
    daemon.wait_running("responder")
    assert value(daemon, "role_restarts_total", role="responder") == 1


def test_no_daemon(daemon):
    assert "no daemon answers" in daemon.ctl("metrics", status=2)


def test_is_not_told_as_json(daemon, nginx):
    start(daemon, nginx(), nginx())
    assert "not told as JSON" in daemon.ctl("metrics", "--json", status=2)


def test_the_document_has_every_metric(daemon, nginx):
    start(daemon, nginx(), nginx(), "--max-down", "50% in 1h", "--safety-rule", "site: 1 of www")
    documented = set(re.findall(r"`(holdfast_\w+)`", DOCUMENT.read_text().partition("Worth an alert")[0]))
    text = daemon.ctl("metrics")
    told = re.findall(r"^# TYPE (\w+)", text, re.MULTILINE)
    assert len(told) == len(set(told)) and documented == set(told)
    assert re.findall(r"^# HELP (\w+) \w", text, re.MULTILINE) == told
