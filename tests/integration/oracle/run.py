"""Batches of units on all processors, and the report.

python3 -m oracle.run [--seed N] [--zones N] [--seconds N] [--first N] runs it from tests/integration.
"""

import argparse
import collections
import concurrent.futures
import dataclasses
import itertools
import multiprocessing
import os
import random
import sys
import time

import dns.exception
import dns.message

from . import generator, names, questions, wire
from .session import Session
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

    def text(self):
        lines = [f"oracle: seed {self.seed}: {self.zones} zones, {self.tally['questions']} questions,"
                 f" {self.seconds:.0f} s, {self.failed_units} zones failed"]
        lines += [f"  {count:8} {what}" for what, count in sorted(self.tally.items()) if what != "questions"]
        return "\n".join(lines)


def run_batch(seed, numbers):
    """Runs some units; (zones, tally, failures)."""
    units = [generator.unit(seed, number) for number in numbers]
    alone = [[unit] for unit in units if unit.root]
    together = [unit for unit in units if not unit.root]
    zones, tally, failures = 0, collections.Counter(), []
    for group in ([together] if together else []) + alone:
        with Session(group) as session:
            for place, unit in enumerate(group):
                failures += distinct(session.ask(place, questions.of_unit(seed, unit)))
                zones += len(unit.zones)
            tally += session.tally
    return zones, tally, failures


def distinct(failures):
    """One failure of each kind of one unit."""
    return list({failure.kind(): failure for failure in reversed(failures)}.values())[:FAILURES_OF_A_UNIT]


def batches(first, zones, seconds):
    """Ranges of unit numbers until there are enough zones, or, if seconds are given, until the time is over."""
    end = time.monotonic() + seconds if seconds else None
    for start in itertools.count(first, BATCH_UNITS):
        if time.monotonic() > end if end else start >= first + zones:
            return
        yield range(start, start + BATCH_UNITS if end else min(start + BATCH_UNITS, first + zones))


def run(seed, zones=2000, seconds=0, first=0, workers=None):
    """At least `zones` zones, or as many as there are seconds for; the report."""
    start = time.monotonic()
    report = Report(seed)
    kinds = {}
    workers = workers or os.cpu_count()
    with concurrent.futures.ProcessPoolExecutor(workers, multiprocessing.get_context("fork")) as pool:
        waiting, coming = set(), batches(first, zones, seconds)
        while True:
            waiting |= {pool.submit(run_batch, seed, numbers) for numbers in itertools.islice(coming, workers - len(waiting))}
            if not waiting:
                break
            done, waiting = concurrent.futures.wait(waiting, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in done:
                took, tally, failures = future.result()
                report.zones += took
                report.tally += tally
                report.failed_units += len({failure.unit.number for failure in failures})
                for failure in failures:
                    kinds.setdefault(failure.kind(), failure)
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
    for failure in report.failures[:SHOWN]:
        print(show(failure))
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
