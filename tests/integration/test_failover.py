"""An endpoint dies and the answer follows within a second; it revives and the answer returns."""

import pytest

from harness.checks import PRIMARY, SECONDARY, check, pair
from harness.endpoints import Nginx
from harness.log import flip

FAILOVER_S = 1.0
RETURN_S = 3.0
HOST = "www.example.com"


def http(endpoint):
    return [check("www", "HTTP", endpoint)]


def https(endpoint):
    return [check("www", "HTTPS", endpoint, FullyQualifiedDomainName=HOST, TLSVerify="on")]


def tcp(endpoint):
    return [check("www", "TCP", endpoint)]


def str_match(endpoint):
    return [check("www", "HTTP_STR_MATCH", endpoint, SearchString="ok")]


def https_str_match(endpoint):
    return [check("www", "HTTPS_STR_MATCH", endpoint, FullyQualifiedDomainName=HOST,
                  TLSVerify="on", SearchString="ok")]


def calculated(endpoint):
    return [check("child-1", "HTTP", endpoint), check("child-2", "TCP", endpoint),
            check("www", "CALCULATED", ChildHealthChecks=["child-1", "child-2"], HealthThreshold=2)]


def killed(endpoint):
    endpoint.kill()
    return endpoint.start


def answers_500(endpoint):
    endpoint.break_pages()
    return endpoint.mend_pages


def lacks_the_string(endpoint):
    endpoint.page.write_text("maintenance\n")
    return lambda: endpoint.page.write_text("ok\n")


CASES = [(http, killed), (http, answers_500), (https, killed), (https, answers_500), (tcp, killed),
         (str_match, killed), (str_match, answers_500), (str_match, lacks_the_string),
         (https_str_match, lacks_the_string), (calculated, killed), (calculated, answers_500)]


@pytest.mark.parametrize("kind, fault", CASES, ids=lambda part: part.__name__)
def test_the_answer_follows_the_endpoint(daemon, endpoints, authority, kind, fault):
    certificate = authority.certificate(HOST) if kind.__name__.startswith("https") else None
    endpoint = endpoints(Nginx, certificate=certificate)
    daemon.write_checks(kind(endpoint))
    daemon.write_zone("example.com", pair("www", "www"))
    daemon.start("--ca-file", authority.ca)
    daemon.wait_state("www", "up")
    assert daemon.answer(HOST) == PRIMARY

    revive = fault(endpoint)
    print(f"failed over after {daemon.wait_answer(HOST, SECONDARY, FAILOVER_S):.3f} s")
    daemon.log.wait(flip("www", "up", "down"), 5)

    revive()
    print(f"returned after {daemon.wait_answer(HOST, PRIMARY, RETURN_S):.3f} s")
    daemon.log.wait(flip("www", "down", "up"), 5)


def test_a_bad_certificate_is_fatal_only_with_tlsverify_on(daemon, endpoints, authority):
    """The certificate is signed by an authority that this daemon was not told of."""
    endpoint = endpoints(Nginx, certificate=authority.certificate(HOST))
    modes = ("on", "warn", "off")
    daemon.write_checks([check(f"tls-{mode}", "HTTPS", endpoint, TLSVerify=mode,
                               FullyQualifiedDomainName=HOST) for mode in modes])
    daemon.write_zone("example.com", "".join(pair(mode, f"tls-{mode}") for mode in modes))
    daemon.start()
    daemon.wait_answer("on.example.com", SECONDARY, 5)
    for mode in ("warn", "off"):
        daemon.wait_state(f"tls-{mode}", "up")
        assert daemon.answer(f"{mode}.example.com") == PRIMARY
    assert "certificate" in daemon.check("tls-on")["reason"].lower()
