"""Batches of units on all processors, and the report.

python3 -m oracle.run [--seed N] [--zones N] [--seconds N] [--first N] runs it from tests/integration.
"""

import argparse
import collections
import concurrent.futures
import dataclasses
import multiprocessing
import os
import random
import sys
import time

import dns.exception
import dns.message

from . import generator, names, questions, servers, wire
from .session import Session, refused_places
from .shrink import shrink

BATCH_UNITS = 125
FAILURES_OF_A_UNIT = 4
SHOWN = 5


@dataclasses.dataclass
class Report:
    seed: int
    zones: int = 0
    seconds: float = 0.0
    tally: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    failed_units: int = 0
    failures: list = dataclasses.field(default_factory=list)  # one of each kind
    refused: list = dataclasses.field(default_factory=list)

    def add(self, outcome, kinds):
        self.zones += outcome.zones
        self.tally += outcome.tally
        self.refused += outcome.refused
        self.failed_units += len({failure.unit.number for failure in outcome.failures})
        for failure in outcome.failures:
            kinds.setdefault(failure.kind(), failure)

    def text(self):
        lines = [f"oracle: seed {self.seed}: {self.zones} zones, {self.tally['questions']} questions,"
                 f" {self.seconds:.0f} s, {self.failed_units} zones failed"]
        lines += [f"  {count:8} {what}" for what, count in sorted(self.tally.items()) if what != "questions"]
        return "\n".join(lines)

    def faults(self):
        """What is wrong, for people; the first few of them."""
        return self.refused[:SHOWN] + [show(failure) for failure in self.failures[:SHOWN]]


@dataclasses.dataclass
class Outcome:
    """What became of some units."""
    zones: int = 0
    tally: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    failures: list = dataclasses.field(default_factory=list)
    refused: list = dataclasses.field(default_factory=list)  # texts of zones that only the product refuses


def run_batch(seed, numbers):
    units = [generator.unit(seed, number) for number in numbers]
    outcome = Outcome()
    together = [unit for unit in units if not unit.root]
    for group in ([together] if together else []) + [[unit] for unit in units if unit.root]:
        run_group(seed, group, outcome)
    return outcome


def run_group(seed, group, outcome):
    """Runs units on one start of the servers; again without those that a server refuses."""
    try:
        with Session(group) as session:
            for place, unit in enumerate(group):
                outcome.failures += distinct(session.ask(place, questions.of_unit(seed, unit)))
                outcome.zones += len(unit.zones)
            outcome.tally += session.tally
    except servers.Refused as refusal:
        places = refused_places(group, refusal)
        for place in places:
            outcome.tally[f"units refused by {refusal.kind}"] += 1
            if refusal.kind == servers.PRODUCT:
                texts = [generator.zone_text(zone, generator.origin_of(place)) for zone in group[place].zones]
                outcome.refused.append("\n".join([f"unit {group[place].number}: {refusal}", *texts]))
        left = [unit for place, unit in enumerate(group) if place not in places]
        if left:
            run_group(seed, left, outcome)


def distinct(failures):
    """One failure of each kind of one unit."""
    return list({failure.kind(): failure for failure in reversed(failures)}.values())[:FAILURES_OF_A_UNIT]


def run(seed, zones=2000, seconds=0, first=0, workers=None):
    """At least `zones` zones, or as many as there are seconds for; the report."""
    start = time.monotonic()
    report = Report(seed)
    kinds = {}
    workers = workers or os.cpu_count()
    with concurrent.futures.ProcessPoolExecutor(workers, multiprocessing.get_context("fork")) as pool:
        waiting = {}  # future -> number of its units
        while True:
            while len(waiting) < workers:
                missing = zones - report.zones - sum(waiting.values())  # a unit has a zone at least
                units = BATCH_UNITS if seconds else min(BATCH_UNITS, missing)
                if units <= 0 or (seconds and time.monotonic() > start + seconds):
                    break
                waiting[pool.submit(run_batch, seed, range(first, first + units))] = units
                first += units
            if not waiting:
                break
            done, _ = concurrent.futures.wait(waiting, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in done:
                del waiting[future]
                report.add(future.result(), kinds)
    report.failures = list(kinds.values())
    report.seconds = time.monotonic() - start
    return report


# A failure for people

def response_text(response):
    try:
        return dns.message.from_wire(response, ignore_trailing=True).to_text()
    except (dns.exception.DNSException, ValueError) as fault:
        return f"{fault!r}: {response.hex()}"


def show(failure):
    """Shrinks a failure and tells all there is to know: the zone, the query, the three answers."""
    number = failure.unit.number
    failure = shrink(failure)
    question = failure.question
    with Session([failure.unit]) as session:
        origin = session.origins[0]
        lines = [f"unit {number}: wrong in {', '.join(failure.parts)}", "---- zone"]
        lines += [generator.zone_text(zone, origin) for zone in failure.unit.zones]
        lines += [f"---- query: {names.to_text(question.full_name(origin))} {questions.TYPE_NAMES[question.type]}"
                  f" flags 0x{question.flags:04x} EDNS {question.edns}", wire.query(question, origin).hex()]
        for server, (udp, tcp) in session.responses(0, question).items():
            lines += [f"---- {server}, {len(udp)} bytes", response_text(udp)]
            if udp[2:4] != tcp[2:4]:
                lines += [f"---- {server} over TCP, {len(tcp)} bytes", response_text(tcp)]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--zones", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--workers", type=int)
    arguments = parser.parse_args()
    report = run(arguments.seed, arguments.zones, arguments.seconds, arguments.first, arguments.workers)
    print(report.text())
    for text in report.faults():
        print(text)
    return 1 if report.failures or report.refused else 0


if __name__ == "__main__":
    sys.exit(main())
