"""Random small zones, each a function of (seed, number).

A unit is what is compared as a whole: one zone, sometimes with a child zone of it served by the same
server. Its names are relative to an origin that is chosen when it is written, so that hundreds of
units are served at once and the candidates of a shrinking unit stand side by side.

What is made is legal: nothing that RFC 1034, 2181, 4592 or 6672 forbids or leaves undefined, because
servers may do what they like with that. So: nothing beside a CNAME; one CNAME and one DNAME at a
name; no DNAME at a wildcard or beside NS below the apex; nothing below a DNAME; no NS at a wildcard;
DS at cuts only; one TTL in an RRset.
"""

import dataclasses
import random

from . import names

CHILD = (b"child",)
OUTSIDE = [names.from_text(text) for text in ("host.outside.example", "outside.example", "ns.outside.example", "a.b")]
TTLS = [0, 1, 5, 60, 300, 300, 3600, 3600, 86400, 604800, 2147483647]
PLAIN_LABELS = [b"a", b"b", b"c", b"d", b"www", b"mail", b"x"]
ODD_LABELS = [b"UPPER", b"MiXeD", b"a.b", b"a b", b"\\", b'"', b"@", b"$", b";", b"(", b")", b"\x00", b"\x01\x7f",
              b"\xc3\xa4", b"\xff", b"_tcp", b"-", b"0", b"**", b"a*", b"*a", b"[", b"`", b"{", b"A" * 63, b"\xff" * 63,
              b"z" * 62, b"=", b"'", b"/26", b"xn--e1afmkfd"]


@dataclasses.dataclass(frozen=True)
class Target:
    """A name in rdata: relative to the unit's origin, or absolute."""
    labels: tuple
    absolute: bool = False


@dataclasses.dataclass(frozen=True)
class Record:
    owner: tuple  # relative to the unit's origin
    ttl: int
    type: str
    form: str  # presentation form of the rdata, {} for each target
    targets: tuple = ()


@dataclasses.dataclass(frozen=True)
class Zone:
    apex: tuple  # relative to the unit's origin
    records: tuple


@dataclasses.dataclass(frozen=True)
class Unit:
    number: int
    root: bool  # its origin is the root, so it is served alone
    zones: tuple

    def record_count(self):
        return sum(len(zone.records) for zone in self.zones)


class Builder:
    """Collects the records of one zone and refuses those that would make it illegal."""

    def __init__(self, rng, apex, origin_bytes):
        self.rng = rng
        self.apex = apex
        self.room = names.NAME_MAX_BYTES - origin_bytes  # for the labels of a name below the origin
        self.records = {}  # (owner key, type) -> list of records
        self.types = {}  # owner key -> set of types
        self.labels = rng.sample(PLAIN_LABELS, rng.randint(3, 5)) + rng.sample(ODD_LABELS, rng.choice([0, 0, 1, 1, 2, 4]))

    # names

    def label(self):
        return self.rng.choice(self.labels)

    def name(self, depth=None):
        depth = depth or self.rng.choice([1, 1, 1, 2, 2, 3, 4])
        return tuple(self.label() for _ in range(depth)) + self.apex

    def owner_name(self):
        """A new name, or one that is there already, or one below it."""
        owners = [records[0].owner for records in self.records.values()]
        choice = self.rng.random()
        if choice < 0.35:
            return self.name()
        if choice < 0.6:
            return self.rng.choice(owners)
        return (self.label(),) + self.rng.choice(owners)

    def target(self):
        """What rdata may point to: something in the zone, something that is not there, or outside."""
        choice = self.rng.random()
        if choice < 0.2:
            return Target(self.rng.choice(OUTSIDE), True)
        if choice < 0.45:
            return Target(self.name())
        if choice < 0.5:
            return Target(self.apex)
        owners = [records[0].owner for records in self.records.values()]
        owner = self.rng.choice(owners)
        if owner[:1] == (b"*",) and self.rng.random() < 0.8:
            owner = (self.label(),) + owner[1:]
        if self.rng.random() < 0.1:
            owner = tuple(label.swapcase() for label in owner)
        return Target(owner)

    # records

    def legal(self, owner, type_):
        if names.wire_bytes(owner) > self.room or not names.is_within(owner, self.apex):
            return False
        here = self.types.get(names.key(owner), set())
        at_apex = names.key(owner) == names.key(self.apex)
        wildcard = owner[:1] == (b"*",)
        if type_ == "CNAME" and here:
            return False
        if "CNAME" in here or (type_ == "DNAME" and "DNAME" in here):
            return False
        if not at_apex and (("DNAME" in here and type_ == "NS") or ("NS" in here and type_ == "DNAME")):
            return False
        if type_ in ("NS", "DNAME") and wildcard and not at_apex:
            return False
        if type_ == "DS" and (at_apex or "NS" not in here):
            return False
        return not self.below_dname(owner) and not (type_ == "DNAME" and self.has_descendants(owner))

    def below_dname(self, owner):
        above = (names.key(owner[skip:]) for skip in range(1, len(owner) - len(self.apex) + 1))
        return any("DNAME" in self.types.get(ancestor, ()) for ancestor in above)

    def has_descendants(self, owner):
        own = names.key(owner)
        return any(len(other) > len(own) and other[len(other) - len(own):] == own for other in self.types)

    def add(self, owner, type_, form, *targets):
        """Adds a record if the zone stays legal; whether it did."""
        too_long = any(names.wire_bytes(t.labels) > (255 if t.absolute else self.room) for t in targets)
        if too_long or not self.legal(owner, type_):
            return False
        rrset = self.records.setdefault((names.key(owner), type_), [])
        ttl = rrset[0].ttl if rrset else self.rng.choice(TTLS)
        record = Record(owner, ttl, type_, form, targets)
        if any(same_data(record, other) for other in rrset):
            return False
        rrset.append(record)
        self.types.setdefault(names.key(owner), set()).add(type_)
        return True

    def has(self, owner, type_):
        return (names.key(owner), type_) in self.records

    def zone(self):
        return Zone(self.apex, tuple(record for rrset in self.records.values() for record in rrset))


def same_data(record, other):
    def data(r):
        return r.form.lower(), tuple((names.key(t.labels), t.absolute) for t in r.targets)
    return data(record) == data(other)


# Rdata: type -> a function of the builder that gives the presentation form and its targets.

def address4(b):
    return (f"192.0.2.{b.rng.randint(0, 255)}",)


def address6(b):
    return (b.rng.choice(["2001:db8::{:x}", "2001:DB8:0:0::{:x}", "::ffff:192.0.2.{}"]).format(b.rng.randint(1, 9)),)


def text(b):
    strings = b.rng.sample(['"plain"', '""', 'bare', r'"quote\" and \\ back"', r'"\000\255\065"', '"; no comment"',
                            '"' + "x" * 255 + '"', '"a"', r'"\;"', '"(not a group)"'], b.rng.randint(1, 3))
    return (" ".join(strings),)


def service_binding(b):
    if b.rng.random() < 0.3:
        return "0 {}", b.target()
    parameters = b.rng.choice(["", "alpn=h2", "alpn=h2,h3 port=8443", "ipv4hint=192.0.2.1,192.0.2.2", "mandatory=port port=53",
                               "no-default-alpn alpn=h3", "key65400=opaque", "ipv6hint=2001:db8::1 key7=x"])
    if b.rng.random() < 0.3:
        return (f"{b.rng.randint(1, 9)} . {parameters}",)
    return f"{b.rng.randint(1, 9)} {{}} {parameters}", b.target()


def unknown(b):
    size = b.rng.choice([0, 1, 4, 40])
    return (f"\\# {size} " + b.rng.randbytes(size).hex(),)


def naptr(b):
    flags = b.rng.choice(['"U" "E2U+sip" "!^.*$!sip:a@b!"', '"" "" ""', '"s" "SIP+D2U" ""'])
    return f"{b.rng.randint(0, 99)} 10 {flags} {{}}", b.target()


RDATA = {
    "A": address4,
    "AAAA": address6,
    "TXT": text,
    "MX": lambda b: (f"{b.rng.choice([0, 10, 20])} {{}}", b.target()),
    "SRV": lambda b: (f"{b.rng.randint(0, 9)} {b.rng.randint(0, 9)} {b.rng.randint(0, 65535)} {{}}", b.target()),
    "PTR": lambda b: ("{}", b.target()),
    "NAPTR": naptr,
    "SVCB": service_binding,
    "HTTPS": service_binding,
    "CAA": lambda b: (b.rng.choice(['0 issue "ca.example"', '128 iodef "mailto:a@b"', '0 issuewild ";"']),),
    "HINFO": lambda b: ('"cpu" "os"',),
    "RP": lambda b: ("{} {}", b.target(), b.target()),
    "AFSDB": lambda b: ("1 {}", b.target()),
    "TLSA": lambda b: ("3 1 1 " + b.rng.randbytes(32).hex(),),
    "SSHFP": lambda b: ("4 2 " + b.rng.randbytes(32).hex().upper(),),
    "LOC": lambda b: ("52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m",),
    "TYPE65280": unknown,
    "TYPE1": lambda b: ("\\# 4 c00002" + b.rng.randbytes(1).hex(),),
}
COMMON = ["A"] * 6 + ["AAAA"] * 3 + ["TXT"] * 2 + ["MX"] * 3 + ["SRV"] * 2 + ["HTTPS"] * 2 + ["SVCB", "PTR", "TYPE65280"]


def add_data(b, owner, type_, values=None):
    for _ in range(values or b.rng.choice([1, 1, 1, 2, 3])):
        written = "A" if type_ == "TYPE1" and b.has(owner, "A") else type_
        b.add(owner, {"TYPE1": "A"}.get(written, written), *RDATA[written](b))


def add_plain(b, owner=None):
    owner = owner or b.owner_name()
    for _ in range(b.rng.choice([1, 1, 2, 3])):
        add_data(b, owner, b.rng.choice(COMMON) if b.rng.random() < 0.85 else b.rng.choice(list(RDATA)))


def add_many(b):
    """An RRset too large for 512 bytes, perhaps for 1232 too."""
    add_data(b, b.owner_name(), b.rng.choice(["A", "AAAA", "MX", "TXT"]), b.rng.choice([20, 40, 60]))


def add_cname(b):
    """A chain, which may end well, end in nothing, leave the zone, or run in a circle."""
    first = name = b.owner_name()
    for _ in range(b.rng.choice([1, 1, 2, 3, 5])):
        following = b.target()
        b.add(name, "CNAME", "{}", following)
        if following.absolute:
            return
        name = following.labels
    if b.rng.random() < 0.3:
        b.add(name, "CNAME", "{}", Target(first))
    elif b.rng.random() < 0.6:
        add_plain(b, name)


def add_wildcard(b):
    parent = b.apex if b.rng.random() < 0.3 else b.owner_name()
    wildcard = (b"*",) + parent
    if b.rng.random() < 0.15:
        wildcard = (b"*",) + wildcard
    if b.rng.random() < 0.25:
        b.add(wildcard, "CNAME", "{}", b.target())
    else:
        add_plain(b, wildcard)
    if b.rng.random() < 0.3:  # a name that keeps the wildcard away from what is below it
        add_plain(b, (b.label(),) * b.rng.choice([1, 2]) + parent)
    if b.rng.random() < 0.1:
        add_plain(b, (b.label(),) + wildcard)


def add_dname(b):
    choice = b.rng.random()
    owner = b.apex if choice < 0.15 else b.owner_name()
    if b.rng.random() < 0.1:  # long enough that substitution runs over (RFC 6672 2.2)
        target = Target(tuple(b"%03d" % i * 20 for i in range(3)) + (b"outside", b"example"), True)
    else:
        target = b.target()
    b.add(owner, "DNAME", "{}", target)
    if b.rng.random() < 0.3:
        add_plain(b, owner)


def name_server(b, cut):
    """Where a delegation points: below itself, to a sibling, to another cut, to itself, or away."""
    cuts = [records[0].owner for (_, type_), records in b.records.items() if type_ == "NS"]
    places = [(b"ns",) + cut, (b.rng.choice([b"ns1", b"ns2", b"NS"]),) + cut, cut, (b"ns",) + b.rng.choice(cuts), (b"ns",) + b.apex]
    return b.rng.choice(places)


def add_cut(b, cut=None):
    cut = cut or b.owner_name()
    for _ in range(b.rng.choice([1, 2, 2, 3])):
        if b.rng.random() < 0.2:
            b.add(cut, "NS", "{}", Target(b.rng.choice(OUTSIDE), True))
            continue
        server = name_server(b, cut)
        if not b.add(cut, "NS", "{}", Target(server)):
            continue
        if b.rng.random() < 0.8:  # else the glue is missing
            add_data(b, server, "A")
        if b.rng.random() < 0.4:
            add_data(b, server, "AAAA")
    for _ in range(b.rng.choice([0, 0, 1, 2])):
        b.add(cut, "DS", f"{b.rng.randint(1, 65535)} 13 2 " + b.rng.randbytes(32).hex())
    if b.rng.random() < 0.5:
        add_below_cut(b, cut)


def add_below_cut(b, cut):
    """What a cut hides: data at it and below it, wildcards, CNAMEs, another cut."""
    below = (b.label(),) + cut
    choice = b.rng.random()
    if choice < 0.3:
        add_plain(b, below)
    elif choice < 0.45:
        add_plain(b, cut)
    elif choice < 0.6:
        add_plain(b, (b"*",) + cut)
    elif choice < 0.75:
        b.add(below, "CNAME", "{}", b.target())
    elif choice < 0.85:
        b.add(below, "DNAME", "{}", b.target())
    else:
        b.add(below, "NS", "{}", Target((b"ns",) + below))
        add_data(b, (b"ns",) + below, "A")


def add_deep(b):
    """A name far below the next, so that empty non-terminals lie between."""
    add_plain(b, tuple(b.label() for _ in range(b.rng.randint(3, 6))) + b.rng.choice([b.apex, b.owner_name()]))


def add_long(b):
    """A name that fills, or nearly fills, 255 bytes."""
    owner = b.owner_name()
    while names.wire_bytes(owner) < b.room - 1:
        spare = b.room - names.wire_bytes(owner) - 1
        owner = (b.rng.choice([b"l", b"L"]) * min(63, spare),) + owner
        if b.rng.random() < 0.15:
            break
    if b.rng.random() < 0.3:
        b.add(b.owner_name(), b.rng.choice(["CNAME", "PTR"]), "{}", Target(owner))
    add_plain(b, owner)


FEATURES = [(add_plain, 8), (add_cname, 5), (add_wildcard, 5), (add_cut, 5), (add_dname, 3), (add_deep, 2), (add_long, 1),
            (add_many, 0.4)]


def add_apex(b):
    numbers = [b.rng.choice([1, 2026112201, 4294967295]), 7200, 900, 1209600, b.rng.choice([0, 1, 60, 3600, 4294967295 >> 1])]
    b.add(b.apex, "SOA", "{} {} " + " ".join(map(str, numbers)), b.rng.choice([Target((b"ns",) + b.apex), Target(OUTSIDE[0], True)]),
          Target((b"host.master",) + b.apex))
    for _ in range(b.rng.choice([1, 2, 2])):
        server = b.rng.choice([(b"ns",) + b.apex, (b"ns2",) + b.apex, b.apex, (b"ns", b"c") + b.apex, None])
        if server is None:
            b.add(b.apex, "NS", "{}", Target(b.rng.choice(OUTSIDE), True))
        elif b.add(b.apex, "NS", "{}", Target(server)) and b.rng.random() < 0.85:
            b.server_addresses.append(server)


def fill(b):
    """The apex, then features in random order; addresses of the apex's servers last."""
    b.server_addresses = []
    add_apex(b)
    if b.rng.random() < 0.06:
        b.add(b.apex, "DNAME", "{}", b.target())
    features, weights = zip(*FEATURES)
    for feature in b.rng.choices(features, weights, k=b.rng.randint(2, 7)):
        feature(b)
    for server in b.server_addresses:
        add_data(b, server, "A")
        if b.rng.random() < 0.5:
            add_data(b, server, "AAAA")


def names_used(builder):
    records = [record for rrset in builder.records.values() for record in rrset]
    return [record.owner for record in records] + [t.labels for record in records for t in record.targets]


def collide(child, parent):
    """Whether a DNAME of one zone stands over a name that the other uses below the cut. NSD, which keeps the
    names of all zones in one tree, takes that for data below a DNAME and refuses the zone."""
    return any(one.has(name, "DNAME") or one.below_dname(name)
               for one, other in ((child, parent), (parent, child))
               for name in names_used(other) if names.is_within(name, CHILD))


def unit(seed, number, origin_bytes=16):
    """The unit of this number; `origin_bytes` is how much of a name its origin may take."""
    rng = random.Random(f"{seed}/{number}")
    root = rng.random() < 0.01
    parent = Builder(rng, (), origin_bytes)
    fill(parent)
    zones = []
    if rng.random() < 0.15 and not parent.has((), "DNAME"):
        add_cut(parent, CHILD)
        child = Builder(rng, CHILD, origin_bytes)
        fill(child)
        if parent.has(CHILD, "NS") and not collide(child, parent):
            zones = [child.zone()]
    return Unit(number, root, (parent.zone(), *zones))


# Writing

def origin_of(slot):
    """The origin of the unit in this slot of a batch; always of one length."""
    return (b"z%04d" % slot, b"test")


def zone_text(zone, origin):
    """The zone as a master file. The forms of owner, TTL and class vary with the record's place."""
    lines = [f"$ORIGIN {names.to_text(zone.apex + origin)}", "$TTL 7"]
    previous = None
    for place, record in enumerate(zone.records):
        targets = [names.to_text(t.labels + (() if t.absolute else origin)) for t in record.targets]
        relative = record.owner[: len(record.owner) - len(zone.apex)]
        if record.owner == previous and place % 3 == 0:
            owner = ""
        elif place % 2 == 0 and not relative:
            owner = "@"
        elif place % 2 == 0:
            owner = ".".join(map(names.label_to_text, relative))
        else:
            owner = names.to_text(record.owner + origin)
        middle = [f"{record.ttl} IN", f"IN {record.ttl}", f"{record.ttl}"][place % 3]
        lines.append(f"{owner} {middle} {record.type} {record.form.format(*targets)}")
        previous = record.owner
    return "\n".join(lines) + "\n"
