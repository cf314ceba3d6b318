"""A failing unit made as small as it gets: records leave it while the failure stays.

All candidates of a round are loaded at once, each under an origin of its own, so a round costs one
start of the servers. A round tries to leave out each half, each quarter … each single record."""

import dataclasses

from . import servers
from .session import Session

CANDIDATES_MAX = 400


def removals(count):
    """Spans of places to leave out, the longest first."""
    length = max(1, count // 2)
    while True:
        for start in range(0, count, length):
            yield range(start, min(start + length, count))
        if length == 1:
            return
        length //= 2


def needed(zone, record):
    """Without SOA, and without any NS at its apex, a zone is not loaded."""
    if record.owner != zone.apex or record.type not in ("SOA", "NS"):
        return False
    return record.type == "SOA" or sum(r.owner == zone.apex and r.type == "NS" for r in zone.records) == 1


def candidates(unit):
    if len(unit.zones) > 1:
        yield dataclasses.replace(unit, zones=unit.zones[:1])
    places = [(z, r) for z, zone in enumerate(unit.zones) for r, record in enumerate(zone.records) if not needed(zone, record)]
    for span in removals(len(places)):
        leave = {places[place] for place in span}
        yield dataclasses.replace(unit, zones=tuple(
            dataclasses.replace(zone, records=tuple(r for place, r in enumerate(zone.records) if (z, place) not in leave))
            for z, zone in enumerate(unit.zones)))


def loadable(unit):
    return all(any(r.owner == zone.apex and r.type == "NS" for r in zone.records) for zone in unit.zones)


def fails(failure, units):
    """Those of the units in which the question of the failure is still answered wrongly."""
    still = []
    with Session(units) as session:
        for place in range(len(units)):
            still += session.ask(place, [failure.question])
    return still


def shrink(failure):
    """The smallest unit that still fails, as a failure; the one given if nothing can be left out."""
    while True:
        tried = [unit for unit in candidates(failure.unit) if loadable(unit)][:CANDIDATES_MAX]
        # A root zone is served alone, so its candidates are tried as an ordinary zone.
        tried = [dataclasses.replace(unit, root=False) for unit in tried]
        try:
            still = fails(failure, tried) if tried else []
        except servers.Refused:
            still = one_by_one(failure, tried)
        if not still:
            return failure
        failure = min(still, key=lambda f: f.unit.record_count())


def one_by_one(failure, tried):
    """A candidate that a server refuses must not spoil the others: the first one that loads and fails."""
    for unit in tried:
        try:
            still = fails(failure, [unit])
        except servers.Refused:
            continue
        if still:
            return still
    return []
