"""The rule: what NSD and Knot agree on, the product says too; where they differ, it says one of the two.

It holds for each part of a response by itself (wire.PARTS). What else may differ is a row of JUSTIFIED,
each with its RFC; docs/decisions/0005-oracle-differences.md tells why. A response with TC is not compared by
its sections, which nobody may use (RFC 2181 section 9), but asked again over TCP.
"""

import dataclasses

from . import wire

AA, TC = 0x0400, 0x0200
NS, SVCB, HTTPS, ANY = 2, 64, 65, 255
# Types whose rdata name a host: the bytes before the name. Their addresses are additional data.
HOST_AT = {NS: 0, 15: 2, 33: 6, SVCB: 2, HTTPS: 2}
SECTIONS = ("answer", "authority", "additional")


@dataclasses.dataclass(frozen=True)
class Parts:
    """A decoded response."""
    question: str  # "ok", or why it is none
    rcode: int = None
    flags: int = None
    answer: list = None
    authority: list = None
    additional: list = None
    edns: tuple = None

    @property
    def truncated(self):
        return self.flags is not None and bool(self.flags & TC)


@dataclasses.dataclass(frozen=True)
class Case:
    """One question and what the three said."""
    question: object
    oracles: tuple
    product: Parts


def is_referral(parts):
    return not parts.flags & AA and any(record[1] == NS for record in parts.authority)


def host_of(record):
    """The name whose addresses a record wants beside it, or None."""
    at = HOST_AT.get(record[1])
    if at is None:
        return None
    name, _ = wire.read_name(record[4], at, {})
    if name == b"\0" and record[1] in (SVCB, HTTPS):
        return record[0]  # RFC 9460 section 2.5: "." is the owner itself
    return name


def without_courtesies(parts, apexes):
    """A positive answer without the apex's NS set that NSD adds to it, and without what only that brings.

    RFC 1034 section 4.3.2 does not ask for it; Knot leaves it out. NSD can leave it out too, but then
    it leaves out all additional data, and less could be compared."""
    if parts.question != "ok" or not parts.flags & AA or not parts.answer:
        return parts
    kept = [record for record in parts.authority if record[1] != NS or record[0] not in apexes]
    if len(kept) == len(parts.authority):
        return parts
    wanted = {host_of(record) for record in parts.answer}
    additional = [record for record in parts.additional if record[0] in wanted]
    return dataclasses.replace(parts, authority=kept, additional=additional)


# Justified differences: name of the row -> (part, whether it explains the case). See docs/decisions/0005.

def any_subset(case):
    """RFC 8482 section 4.1: ANY may be answered with one or more whole RRsets instead of all."""
    if case.question.type != ANY or not case.product.answer or case.product.truncated:
        return False
    full = max((oracle.answer for oracle in case.oracles if not oracle.truncated), key=len, default=None)
    if full is None:
        return True
    chosen = {record[:2] for record in case.product.answer}
    return case.product.answer == [record for record in full if record[:2] in chosen]


def any_untruncated(case):
    """RFC 8482: what is answered instead of everything may fit where everything does not."""
    product = case.product
    return case.question.type == ANY and not product.truncated and all(
        oracle.truncated and oracle.flags == product.flags | TC for oracle in case.oracles)


def any_additional(case):
    """RFC 8482: fewer records in the answer want fewer additional ones."""
    return case.question.type == ANY and bool(case.product.answer)


JUSTIFIED = {
    "ANY is answered with one RRset (RFC 8482)": ("answer", any_subset),
    "ANY with one RRset is not truncated (RFC 8482)": ("flags", any_untruncated),
    "ANY with one RRset has its additional data only (RFC 8482)": ("additional", any_additional),
}


def judge(case, tally):
    """The parts in which the product is wrong; counts in `tally` what was not plain agreement."""
    wrong = []
    truncated = case.product.truncated or all(oracle.truncated for oracle in case.oracles)
    for part in wire.PARTS:
        if truncated and part in SECTIONS:
            continue
        expected = [getattr(oracle, part) for oracle in case.oracles if not (oracle.truncated and part in SECTIONS)]
        actual = getattr(case.product, part)
        if any(value != expected[0] for value in expected):
            tally[f"oracles differ: {part}"] += 1
        if actual in expected:
            continue
        row = next((name for name, (of, explains) in JUSTIFIED.items() if of == part and explains(case)), None)
        if row is None:
            wrong.append(part)
        else:
            tally[row] += 1
    return wrong
