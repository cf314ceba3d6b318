"""Draws that repeat themselves: over restarts, over types, and by whoever counts as the client."""

import dns.edns

CLIENTS = [f"10.{i}.7.0" for i in range(40)]
CHECKS = [{"Id": f"{site}-{family}", "HealthCheckConfig": {
    "Type": "TCP", "IPAddress": "127.0.0.1", "Port": 9, "Disabled": True}}
    for site in ("eu", "us") for family in ("v4", "v6")]
SITES = """\
game IN A    192.0.2.1   ; @weighted 1 sticky=24/56
game IN A    192.0.2.2   ; @weighted 1 sticky=24/56
game IN A    192.0.2.3   ; @weighted 2 sticky=24/56
two  IN A    192.0.2.1   ; @weighted 1 set=eu check=eu-v4 couple=site
two  IN A    192.0.2.2   ; @weighted 1 set=us check=us-v4 couple=site
two  IN AAAA 2001:db8::1 ; @weighted 1 set=eu check=eu-v6 couple=site
two  IN AAAA 2001:db8::2 ; @weighted 1 set=us check=us-v6 couple=site
app  IN A    192.0.2.1   ; @latency eu-west-1
app  IN A    192.0.2.2   ; @latency us-east-1
"""
TABLE = "10.0.0.0/8,us-east-1,1\n127.0.0.0/8,eu-west-1,1\n"


def ask(daemon, name, client, rdtype="A"):
    """The last digit of the one address that a client gets, and the scope."""
    response = daemon.ask(name, rdtype, use_edns=0, options=[dns.edns.ECSOption(client, 24)])
    scope = next(option.scopelen for option in response.options if option.otype == 8)
    return response.answer[0][0].to_text()[-1], scope


def start(daemon, *flags):
    daemon.write_zone("example.com", SITES)
    daemon.write_checks(CHECKS)
    (daemon.dir / "latency.csv").write_text(TABLE)
    return daemon.start("--latency", daemon.dir / "latency.csv", *flags)


def draws(daemon, name, rdtype="A"):
    return [ask(daemon, name, client, rdtype) for client in CLIENTS]


def test_a_draw_outlives_the_daemon_and_a_shared_secret_gives_the_same(daemons):
    first = start(daemons())
    before = draws(first, "game.example.com")
    assert {site for site, _ in before} == {"1", "2", "3"} and {scope for _, scope in before} == {24}
    first.stop()
    first.start("--latency", first.dir / "latency.csv")
    assert draws(first, "game.example.com") == before
    secret = (first.state / "sticky-secret").read_bytes().hex()
    assert draws(start(daemons(), "--sticky-secret", secret), "game.example.com") == before
    assert draws(start(daemons()), "game.example.com") != before


def test_a_damaged_secret_costs_the_draws_and_not_the_start(daemon):
    start(daemon).stop()
    secret = daemon.state / "sticky-secret"
    secret.write_bytes(secret.read_bytes()[:7])
    daemon.start("--latency", daemon.dir / "latency.csv")
    assert daemon.log.find(r"error: .*sticky-secret is not read: cut off before its end; another is")
    assert len(secret.read_bytes()) == 16
    assert len((daemon.state / "sticky-secret.bad").read_bytes()) == 7


def test_a_couple_never_points_to_two_sites(daemon):
    start(daemon)
    for down in (None, "eu-v4", "us-v6"):
        if down:
            daemon.ctl("force", down, "down")
        pairs = list(zip(draws(daemon, "two.example.com"), draws(daemon, "two.example.com", "AAAA")))
        assert all(a == b for a, b in pairs), (down, pairs)
        sites = {site for (site, _), _ in pairs}
        # The second force leaves no site whole: all are opened, and still drawn as one.
        assert sites == ({"2"} if down == "eu-v4" else {"1", "2"}), (down, sites)


def test_a_zone_may_ignore_the_client_subnet(daemons):
    assert ask(start(daemons()), "app.example.com", "10.1.2.0") == ("2", 8)
    assert ask(start(daemons(), "--ignore-ecs", "example.com"), "app.example.com", "10.1.2.0") == ("1", 0)


def test_a_subnet_that_is_malformed_is_formerr(daemon):
    start(daemon)
    for data in (b"\0\3\10\0\300", b"\0\1\x21\0\300\0\2\1\0", b"\0\1\x17\0\300\0\1", b"\0\1\x18\x18\300\0\2"):
        response = daemon.ask("app.example.com", use_edns=0, options=[dns.edns.GenericOption(8, data)])
        assert response.rcode() == 1 and not response.answer, data
