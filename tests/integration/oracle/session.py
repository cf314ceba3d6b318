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
    parts: tuple  # in which the product is wrong: of wire.PARTS, or TC

    def kind(self):
        """Failures of one kind are probably one fault."""
        return self.parts, self.question.type == questions.TYPES["DS"], self.question.type == questions.TYPES["ANY"]


def limit_of(question):
    """How many bytes a response over UDP may have."""
    return 512 if question.edns is None else min(max(512, question.edns[0]), servers.UDP_SIZE)


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
        self.apexes = frozenset(names.to_wire(names.key(apex)) for apex in zones)
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
            return compare.Parts("no response over TCP")
        key = wire.response_key(response, asked)
        parts = self.known.get(key)
        if parts is None or key is None:
            parts = self.known[key] = compare.Parts(**wire.parts_of(response, asked))
        return parts

    def case(self, question, asked, responses):
        nsd, knot, product = (self.parts(response, asked) for response in responses)
        qname = asked[10:wire.skip_name(asked, 10)].lower()
        return compare.Case(question, qname, self.apexes, (compare.without_courtesies(nsd, self.apexes), knot), product)

    def judge(self, question, asked, responses):
        """The parts in which the product is wrong over UDP, or over TCP where not all fitted UDP."""
        if responses[1] == responses[2]:
            return ()
        case = self.case(question, asked, responses)
        wrong = compare.judge(case, self.tally)
        truncated = any(parts.truncated for parts in (*case.oracles, case.product))
        if truncated or wrong == ["additional"]:
            wrong = self.judge_tcp(question, asked, case)
        return tuple(wrong)

    def judge_tcp(self, question, asked, udp):
        self.tally["asked over TCP"] += 1
        limit = limit_of(question)
        responses = [exchange.ask_tcp(sock, asked) for sock in self.sockets]
        tcp = self.case(question, asked, responses)
        wrong = compare.judge(tcp, self.tally)
        if not wrong and not compare.truncation_is_true(udp.product, tcp.product, limit):
            return ["TC"]
        if not wrong and not compare.left_out_for_room(udp.product, tcp.product, limit):
            return ["additional"]
        if not wrong and udp.product.truncated not in [oracle.truncated for oracle in udp.oracles]:
            self.tally["TC is true, though no oracle has it so"] += 1
        return wrong

    def ask(self, place, asking):
        """Asks a unit questions; those the product answers wrongly, as failures."""
        asked = [wire.query(question, self.origins[place]) for question in asking]
        self.tally["questions"] += len(asked)
        failures = []
        try:
            answered = exchange.ask_all(self.sockets, asked)
        except exchange.Silent as silent:
            kind = self.batch.servers[silent.place].kind
            apexes = [zone.apex + self.origins[place] for zone in self.units[place].zones]
            raise servers.Refused(kind, f"gives {silent}", apexes) from silent
        for question, query, responses in zip(asking, asked, answered):
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
