"""What is asked of a unit: every name in it, and every name that is almost in it, for a dozen types."""

import dataclasses
import random

from . import names

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33, "DNAME": 39, "DS": 43,
         "SVCB": 64, "HTTPS": 65, "ANY": 255, "TYPE65280": 65280}
TYPE_NAMES = {number: name for name, number in TYPES.items()}
# An existing name is asked every type, one that is almost there these.
FEWER = ["A", "DS", "NS", "MX", "ANY"]
RARE = ["CNAME", "SOA", "TXT", "DNAME", "TYPE65280", "HTTPS"]

RD, AD, CD = 0x0100, 0x0020, 0x0010


@dataclasses.dataclass(frozen=True)
class Question:
    name: tuple  # relative to the unit's origin unless absolute
    absolute: bool
    type: int
    flags: int
    edns: tuple  # None, or (UDP size, DO)

    def full_name(self, origin):
        return self.name if self.absolute else self.name + origin


def swap_case(rng, name):
    return tuple(bytes(byte ^ 0x20 if chr(byte).isalpha() and byte < 128 and rng.random() < 0.5 else byte for byte in label)
                 for label in name)


def names_there(unit):
    """Every owner, its ancestors down to the origin, and every name of the unit that rdata points to."""
    owners = [record.owner for zone in unit.zones for record in zone.records]
    pointed = [t.labels for zone in unit.zones for record in zone.records for t in record.targets if not t.absolute]
    found = {}
    for owner in owners + pointed:
        for skip in range(len(owner) + 1):
            found.setdefault(names.key(owner[skip:]), owner[skip:])
    return list(found.values())


def names_near(rng, there):
    """Children, siblings, expansions of wildcards, and names that sort right beside."""
    near = {}

    def offer(name):
        if names.wire_bytes(name) <= names.NAME_MAX_BYTES - 12:
            near.setdefault(names.key(name), name)
    for name in there:
        offer((b"new",) + name)
        if rng.random() < 0.3:
            offer((b"*",) + name)
        if rng.random() < 0.2:
            offer((b"deep", b"new") + name)
        if rng.random() < 0.05:
            offer((b"y" * 63,) * 3 + name)
        if not name:
            continue
        if rng.random() < 0.3:
            offer((name[0][:62] + rng.choice([b"0", b"\x00", b"\xff"]),) + name[1:])
        if name[0] == b"*":
            offer((b"new",) + name[1:])
            offer((b"deep", b"new") + name[1:])
            offer((b"deep", b"*") + name[1:])
    for present in there:
        near.pop(names.key(present), None)
    return list(near.values())


def of_unit(seed, unit):
    """All questions of a unit, always the same ones."""
    rng = random.Random(f"{seed}/{unit.number}/questions")
    there = names_there(unit)
    questions = []

    def ask(name, types, absolute=False):
        # One set of flags for a name: most of its negative responses are then the same bytes.
        flags = rng.choice([0, 0, RD, AD, CD, RD | AD | CD])
        edns = rng.choice([None, (1232, False), (1232, True), (512, False), (4096, False)])
        questions.extend(Question(name, absolute, TYPES[type_], flags, edns) for type_ in types)
    for name in there:
        ask(name, TYPES)
        if rng.random() < 0.2:
            ask(swap_case(rng, name), FEWER)
    for name in names_near(rng, there):
        ask(name, FEWER + rng.sample(RARE, 1))
    if not unit.root:
        ask((b"outside", b"example"), ["A", "DS"], True)
    return questions
