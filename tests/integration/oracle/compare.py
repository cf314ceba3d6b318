"""The rule: what NSD and Knot agree on, the product says too; where they differ, it says one of the two.

It holds for each part of a response by itself (wire.PARTS). What else may differ is a row of JUSTIFIED,
each with its RFC; docs/decisions/0005-oracle-differences.md tells why. A response with TC is not compared by
its sections, which nobody may use (RFC 2181 section 9), but asked again over TCP; TC itself is judged by
whether it is true.
"""

import dataclasses

from . import wire

AA = 0x0400
NS, CNAME, SOA, DNAME, DS, SVCB, HTTPS, ANY = 2, 5, 6, 39, 43, 64, 65, 255
# Types whose rdata name a host: the bytes before the name. Their addresses are additional data.
HOST_AT = {NS: 0, 15: 2, 33: 6, SVCB: 2, HTTPS: 2}
ADDITIONAL_NAMES_MAX = 16  # src/serve/additional.h
SECTIONS = ("answer", "authority", "additional")
IGNORED_WITH_TC = ("rcode", *SECTIONS)  # it may be that of a name that was not reached


@dataclasses.dataclass(frozen=True)
class Parts:
    """A decoded response. Names are in wire form and lower case; records are (owner, type, class, TTL, rdata)."""
    question: str  # "ok", or why it is none
    rcode: int = None
    flags: int = None  # without TC
    answer: list = None
    authority: list = None
    additional: list = None
    edns: tuple = None
    truncated: bool = False
    bytes: int = 0
    required_bytes: int = 0  # without additional data that may be left out, if that comes last


@dataclasses.dataclass(frozen=True)
class Case:
    """One question and what the three said."""
    question: object
    qname: bytes
    apexes: frozenset  # of all zones served
    oracles: tuple  # NSD, Knot
    product: Parts


def host_of(record):
    """The name whose addresses a record wants beside it, or None."""
    at = HOST_AT.get(record[1])
    if at is None:
        return None
    name, _ = wire.read_name(record[4], at, {})
    if name == b"\0" and record[1] in (SVCB, HTTPS):
        return record[0]  # RFC 9460 section 2.5.2: "." is the owner itself
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
    if case.question.type != ANY or not case.product.answer:
        return False
    full = max((oracle.answer for oracle in case.oracles), key=len)
    chosen = {record[:2] for record in case.product.answer}
    return case.product.answer == [record for record in full if record[:2] in chosen]


def any_additional(case):
    """RFC 8482: fewer records in the answer want fewer additional ones."""
    return case.question.type == ANY and bool(case.product.answer)


def endless_dname(case):
    """A DNAME that leads below itself: how many links are followed is nobody's rule (RFC 6672 has none), so
    one response must be the beginning of another."""
    answers = sorted((set(parts.answer) for parts in (*case.oracles, case.product)), key=len)
    links = all(record[1] in (CNAME, DNAME) for answer in answers for record in answer)
    return links and bool(answers[0]) and answers[0] < answers[1] <= answers[2]


def once_in(part):
    """RFC 2181 section 5: no record stands twice in an RRset. NSD and Knot repeat a CNAME that leads to itself
    through a wildcard; Knot repeats addresses that two records ask for."""
    def explains(case):
        return any(getattr(case.product, part) == sorted(set(getattr(oracle, part) or ())) for oracle in case.oracles)
    return explains


def ds_behind_cname(case):
    """RFC 4035 section 3.1.4.1: DS of a zone is its parent's matter, also where a CNAME leads to the apex. NSD and
    Knot go on in the child, and NSD takes glue for data of it."""
    if case.question.type != DS:
        return False
    targets = {record[4] for record in case.product.answer if record[1] == CNAME} & case.apexes
    found = [record for record in case.product.answer if record[1] == DS]
    soas = [record for record in case.product.authority if record[1] == SOA]
    return any(all(record[0] == target for record in found) and
               all(record[0] != target and target.endswith(record[0]) for record in soas) for target in targets)


def zone_of(name, apexes):
    """The apex of the zone a name lies in, or None."""
    at = 0
    while name[at:] not in apexes:
        if not name[at]:
            return None
        at += 1 + name[at]
    return name[at:]


def crosses_zones(case):
    """RFC 1034 section 4.3.2: a CNAME goes back to step 1, whose step 2 looks through all zones. Knot ends where the
    zone does; NSD goes on, but where a parent hides what a child has, it does not get there. What the chain leads to
    is there, or is denied by the zone it leads to."""
    knot = case.oracles[1]
    product = case.product
    if knot.rcode != 0 or knot.authority or not set(knot.answer or ()) <= set(product.answer):
        return False
    owners = {record[0] for record in knot.answer}
    ends = [record[4] for record in knot.answer if record[1] == CNAME and record[4] not in owners]
    zones = {zone_of(end, case.apexes) for end in ends} - {None, zone_of(case.qname, case.apexes)}
    if len(product.answer) > len(knot.answer):
        return bool(zones)
    return any(record[1] == SOA and record[0] in zones for record in product.authority)


def service_binding(case):
    """RFC 9460 section 4.1: addresses and SVCB records of each target are additional data. NSD 4.6 gives none; Knot
    3.2 none that a wildcard covers, repeats what is in the answer, and takes "." for the wildcard or the root."""
    bindings = [record for record in case.product.answer if record[1] in (SVCB, HTTPS)]
    wanted = {(host_of(record), type_) for record in bindings for type_ in (1, 28, record[1])}
    knot = {record for record in case.oracles[1].additional or () if record[0][:2] not in (b"\1*", b"\0")}
    given = set(case.product.additional)
    return bool(bindings) and all(record[:2] in wanted for record in given) and not given & set(
        case.product.answer) and knot - set(case.product.answer) <= given


def either_gives(case):
    """RFC 1034 section 4.3.2 step 6: what may be useful. NSD 4.6 leaves out what lies below a cut, Knot 3.2 some of
    what a wildcard covers: all that both give, and nothing that neither gives."""
    nsd, knot = (set(oracle.additional or ()) for oracle in case.oracles)
    return nsd & knot <= set(case.product.additional) <= nsd | knot


def enough_names(case):
    """RFC 1034 section 4.3.2 step 6 is a courtesy: it ends after ADDITIONAL_NAMES_MAX names, so that a query has a
    bounded cost."""
    hosts = {host_of(record) for record in case.product.answer} - {None}
    known = {record for oracle in case.oracles for record in oracle.additional or ()}
    return len(hosts) > ADDITIONAL_NAMES_MAX and set(case.product.additional) <= known


JUSTIFIED = {
    "ANY is answered with one RRset (RFC 8482)": ("answer", any_subset),
    "ANY with one RRset has its additional data only (RFC 8482)": ("additional", any_additional),
    "an endless DNAME is followed otherwise far (RFC 6672)": ("answer", endless_dname),
    "no record twice in the answer (RFC 2181)": ("answer", once_in("answer")),
    "no record twice in the additional section (RFC 2181)": ("additional", once_in("additional")),
    "DS behind a CNAME is in the answer (RFC 4035)": ("answer", ds_behind_cname),
    "DS behind a CNAME is the parent's (RFC 4035)": ("authority", ds_behind_cname),
    "additional data of no more than 16 names (RFC 1034)": ("additional", enough_names),
    **{f"a chain crosses zones: {part} (RFC 1034)": (part, crosses_zones)
       for part in ("rcode", "answer", "authority", "additional")},
    "additional data that one oracle gives (RFC 1034)": ("additional", either_gives),
    "additional data of SVCB (RFC 9460)": ("additional", service_binding),
}


def judge(case, tally):
    """The parts in which the product is wrong, TC aside; counts in `tally` what was not plain agreement."""
    wrong = []
    for part in wire.PARTS:
        expected = [getattr(oracle, part) for oracle in case.oracles
                    if oracle.question == "ok" and not (oracle.truncated and part in SECTIONS)]
        actual = getattr(case.product, part)
        if (case.product.truncated and part in IGNORED_WITH_TC) or not expected:
            continue
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


def cut_of(parts):
    """The name of the cut a response ends at, be it behind a CNAME, or None."""
    return next((record[0] for record in parts.authority if record[1] == NS), None)


def truncation_is_true(udp, tcp, limit):
    """Whether a product's TC, or its absence, over UDP fits its own whole response over TCP: TC if and only if
    something required did not fit `limit` bytes (RFC 2181 section 9, RFC 9471)."""
    same = ("question", "flags", "edns") if udp.truncated else ("question", "flags", "edns", "rcode", "answer", "authority")
    return all(getattr(udp, part) == getattr(tcp, part) for part in same) and (
        not udp.truncated or tcp.required_bytes > limit)


def left_out_for_room(udp, tcp, limit):
    """Whether additional data that is missing over UDP did not fit, and could be missed: glue below the cut
    cannot (RFC 2181 section 9, RFC 9471 section 3)."""
    if udp.truncated or udp.additional == tcp.additional:
        return True
    cut = cut_of(tcp)
    left_out = [record for record in tcp.additional if record not in udp.additional]
    return (tcp.bytes > limit and all(record in tcp.additional for record in udp.additional)
            and not (cut and any(record[0].endswith(cut) for record in left_out)))
