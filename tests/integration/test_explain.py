"""`holdfastctl explain` tells what happens: its chances are those of many answers, its scope theirs."""

import json
import math
import random
import socket

import dns.edns
import dns.message
import dns.rcode

from harness.daemon import HOSTS

GROUPS = 9
CHECKS = 10
QUERIES = 300
WORLDS = 4
REGIONS = ("eu-west-1", "us-east-1", "ap-south-1", "sa-east-1")
LOCATIONS = ("isp-a", "isp-b", "isp-c")
NETWORKS = ("192.0.2.0/25", "192.0.2.128/25", "198.51.100.0/24", "203.0.113.0/26", "2001:db8::/32",
            "2001:db8:77::/48")
CLIENTS = ("192.0.2.9/32", "192.0.2.200/24", "198.51.100.77/32", "203.0.113.1/24", "100.64.0.1/32",
           "2001:db8:77:1::/56", "2001:db8::/40")


def random_checks(rng):
    """Checks that nobody probes, each up or down for good (route53.md 3.5)."""
    return [{"Id": f"c{i}", "HealthCheckConfig": {
        "Type": "TCP", "IPAddress": "127.0.0.1", "Port": 9, "Disabled": True,
        "Inverted": rng.random() < 0.4}} for i in range(CHECKS)]


def arguments(rng, policy, count):
    """What stands behind the policy's word, for each set of a group."""
    if policy == "failover":
        return ["primary", "secondary", *map(str, range(3, 9))][:count]
    if policy == "weighted":
        return [str(rng.choice((0, 1, 7, 100, 255))) for _ in range(count)]
    if policy == "latency":
        return rng.sample(REGIONS, count)
    if policy == "cidr":
        return [f"isps/{location}" for location in rng.sample((*LOCATIONS, "*"), count)]
    return [""] * count


def random_group(rng, number):
    """Lines of g<number>, whose aliases point to groups of lower number."""
    policy = rng.choice(("failover", "weighted", "multivalue", "latency", "cidr"))
    count = rng.randint(1, 4 if policy in ("latency", "cidr") else 6)
    sticky = rng.choice(("", " sticky=24/56")) if policy in ("weighted", "multivalue") else ""
    for place, argument in enumerate(arguments(rng, policy, count)):
        keys = sticky
        alias = number > 0 and policy != "multivalue" and rng.random() < 0.5
        if alias:
            keys += f" alias=g{rng.randrange(number)} evaluate={rng.choice(('yes', 'no'))}"
        if rng.random() < 0.7 or (policy == "failover" and place == 0 and not alias):
            keys += f" check=c{rng.randrange(CHECKS)}"
        yield f"g{number} IN A 10.{number}.{place}.1 ; @{policy} {argument}{keys}"


def write_world(rng, daemon):
    zone = [line for number in range(GROUPS) for line in random_group(rng, number)]
    daemon.write_zone("example.com", "\n".join(zone) + "\n")
    daemon.write_checks(random_checks(rng))
    rows = [f"{network},{region},{rng.randint(1, 300)}" for network in NETWORKS
            for region in rng.sample(REGIONS, rng.randint(1, 4))]
    (daemon.dir / "latency.csv").write_text("\n".join(rows) + "\n")
    blocks = rng.sample(NETWORKS, 5)
    (daemon.zones / "isps.cidr.json").write_text(json.dumps(
        [{"LocationName": location, "CidrList": blocks[i::3]} for i, location in enumerate(LOCATIONS)]))
    return "\n".join(zone)


def exchange(daemon, name, client):
    """Many answers to one question: how often each address came, and the scopes."""
    address, bits = client.split("/")
    query = dns.message.make_query(name, "A", use_edns=0, options=[dns.edns.ECSOption(address, int(bits))])
    counts, scopes, rcodes = {}, set(), set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((HOSTS[0], daemon.port))
        sock.settimeout(5)
        wire = query.to_wire()
        for _ in range(QUERIES):
            sock.send(wire)
            response = dns.message.from_wire(sock.recv(4096))
            rcodes.add(dns.rcode.to_text(response.rcode()))
            scopes.add(next(o.scopelen for o in response.options if o.otype == 8))
            for rrset in response.answer:
                for rdata in rrset:
                    counts[rdata.to_text()] = counts.get(rdata.to_text(), 0) + 1
    return counts, scopes, rcodes


def expected_chances(explained):
    chances = {}
    for outcome in explained["outcomes"]:
        for record in outcome["records"]:
            chances[record] = chances.get(record, 0) + outcome["probability"]
    return chances


def check_chances(explained, counts, context):
    """Never and always are exact; what lies between may miss by six standard deviations."""
    chances = expected_chances(explained)
    assert set(counts) <= {record for record, chance in chances.items() if chance > 0}, context
    for record, chance in chances.items():
        count = counts.get(record, 0)
        spread = QUERIES * chance * max(0, 1 - chance)
        assert abs(count - QUERIES * chance) <= 6 * math.sqrt(spread) + 1e-6, (record, chance, count, context)


def test_chances_are_those_of_many_answers(daemons):
    for seed in range(WORLDS):
        rng = random.Random(seed)
        daemon = daemons()
        zone = write_world(rng, daemon)
        daemon.start("--latency", daemon.dir / "latency.csv")
        for number in range(GROUPS):
            name = f"g{number}.example.com"
            for client in CLIENTS:
                explained = daemon.ctl_json("explain", name, "A", "--client", client)
                counts, scopes, rcodes = exchange(daemon, name, client)
                context = (seed, name, client, explained, zone)
                assert rcodes == {explained["rcode"]}, context
                check_chances(explained, counts, context)
                if len(explained["outcomes"]) <= 1:
                    assert scopes == {explained["scope"]}, context
        daemon.stop()
