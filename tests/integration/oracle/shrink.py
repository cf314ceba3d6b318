"""A failing unit made as small as it gets: records leave it while the failure stays.

All candidates of a round are loaded at once, each under an origin of its own, so a round costs one
start of the servers. A round tries to leave out each half, each quarter … each single record."""

import dataclasses

from . import servers
from .session import Session, refused_places

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
    return record.owner == zone.apex and record.type == "SOA"


def candidates(unit):
    if len(unit.zones) > 1:
        yield dataclasses.replace(unit, zones=unit.zones[:1])
    places = [(z, r) for z, zone in enumerate(unit.zones) for r, record in enumerate(zone.records) if not needed(zone, record)]
    for span in removals(len(places)):
        leave = {places[place] for place in span}
        yield dataclasses.replace(unit, zones=tuple(
            dataclasses.replace(zone, records=tuple(r for place, r in enumerate(zone.records) if (z, place) not in leave))
            for z, zone in enumerate(unit.zones)))


def legal(unit):
    """Every zone has NS at its apex, and a zone below another one of the unit is delegated by it."""
    return all(any(r.owner == zone.apex and r.type == "NS" for r in other.records)
               for zone in unit.zones for other in {zone, unit.zones[0]})


def fails(failure, units):
    """Those of the units in which the question of the failure is still answered wrongly. A unit that a server
    refuses is none."""
    if not units:
        return []
    still = []
    try:
        with Session(units) as session:
            for place in range(len(units)):
                still += session.ask(place, [failure.question])
    except servers.Refused as refusal:
        refused = refused_places(units, refusal)
        return fails(failure, [unit for place, unit in enumerate(units) if place not in refused])
    return still


def shrink(failure):
    """The smallest unit that still fails, as a failure; the one given if nothing can be left out."""
    while True:
        # A root zone is served alone, so its candidates are tried as an ordinary zone.
        tried = [dataclasses.replace(unit, root=False) for unit in candidates(failure.unit) if legal(unit)]
        still = fails(failure, tried[:CANDIDATES_MAX])
        if not still:
            return failure
        failure = min(still, key=lambda f: f.unit.record_count())
