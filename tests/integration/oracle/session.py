"""One batch of units on all servers: loaded, asked and judged."""

import collections
import dataclasses
import tempfile

from . import compare, exchange, generator, names, questions, servers, wire

ALL = (*servers.ORACLES, servers.PRODUCT)


@dataclasses.dataclass(frozen=True)
class Failure:
    unit: generator.Unit
    question: questions.Question
    parts: tuple  # of wire.PARTS, in which the product is wrong

    def kind(self):
        """Failures of one kind are probably one fault."""
        return self.parts, self.question.type == questions.TYPES["DS"], self.question.type == questions.TYPES["ANY"]


def origin_at(units, place):
    return () if units[place].root else generator.origin_of(place)


def refused_places(units, refusal):
    """The places of the units that were refused: all of them if the server does not say which."""
    places = {place for place, unit in enumerate(units) for zone in unit.zones
              if zone.apex + origin_at(units, place) in refusal.origins}
    return places or set(range(len(units)))


class Session:
    """Servers over units: with Session(units) as session: session.judge(place, question)."""

    def __init__(self, units, kinds=ALL):
        self.units = units
        self.origins = [origin_at(units, place) for place in range(len(units))]
        zones = {zone.apex + origin: generator.zone_text(zone, origin)
                 for unit, origin in zip(units, self.origins) for zone in unit.zones}
        self.apexes = {names.to_wire(names.key(apex)) for apex in zones}
        self.temporary = tempfile.TemporaryDirectory(prefix="hf-oracle-")
        self.batch = servers.Batch(kinds, self.temporary.name + "/batch", zones)
        self.tally = collections.Counter()
        self.known = {}  # wire.response_key() -> Parts

    def __enter__(self):
        try:
            self.batch.__enter__()
        except BaseException:
            self.temporary.cleanup()
            raise
        self.sockets = [server.socket for server in self.batch.servers]
        return self

    def __exit__(self, *_):
        self.batch.__exit__()
        self.temporary.cleanup()

    def parts(self, response, asked):
        if response is None:
            return compare.Parts("no response")
        key = wire.response_key(response, asked)
        parts = self.known.get(key)
        if parts is None or key is None:
            parts = self.known[key] = compare.Parts(*wire.parts_of(response, asked))
        return parts

    def case(self, question, responses, asked):
        nsd, knot, product = (self.parts(response, asked) for response in responses)
        return compare.Case(question, (compare.without_courtesies(nsd, self.apexes), knot), product)

    def judge(self, question, asked, responses):
        """The parts in which the product is wrong over UDP, or, if anybody truncated, over TCP."""
        if responses[1] == responses[2]:
            return ()
        case = self.case(question, responses, asked)
        wrong = compare.judge(case, self.tally)
        if not wrong and any(parts.truncated for parts in (*case.oracles, case.product)):
            wrong = self.judge_tcp(question, asked, case.product)
        return tuple(wrong)

    def judge_tcp(self, question, asked, udp):
        self.tally["asked over TCP"] += 1
        responses = [exchange.ask_tcp(sock, asked) for sock in self.sockets]
        case = self.case(question, responses, asked)
        wrong = compare.judge(case, self.tally)
        if not wrong and not udp.truncated and (udp.answer, udp.authority) != (case.product.answer, case.product.authority):
            return ["flags"]  # over UDP something was left out and TC not set
        return wrong

    def ask(self, place, asking):
        """Asks a unit questions; those the product answers wrongly, as failures."""
        asked = [wire.query(question, self.origins[place]) for question in asking]
        self.tally["questions"] += len(asked)
        failures = []
        for question, query, responses in zip(asking, asked, exchange.ask_all(self.sockets, asked)):
            wrong = self.judge(question, query, responses)
            if wrong:
                failures.append(Failure(self.units[place], question, wrong))
        self.known.clear()
        return failures

    def responses(self, place, question):
        """What each server says over UDP and TCP, for people: {server: (bytes, bytes)} with identifiers."""
        query = wire.query(question, self.origins[place])
        udp = exchange.ask_all(self.sockets, [query])[0]
        tcp = [exchange.ask_tcp(sock, query) for sock in self.sockets]
        return {server.kind: [b"\0\0" + (response or b"") for response in pair]
                for server, pair in zip(self.batch.servers, zip(udp, tcp))}
