"""Queries as bytes, and responses as parts that can be compared.

Two responses are alike if their parts are: order within a section, compression and the case of owner
names and of names in rdata do not count (RFC 1035, 4343). What a response is made of is decoded here
by hand, because a run decodes a million of them.
"""

import struct

from . import names

PARTS = ("question", "rcode", "flags", "answer", "authority", "additional", "edns")  # TC is none of them
TC = 0x0200
NS, OPT = 2, 41

# Types with names in their rdata: the bytes before the first name, and how many names follow.
RDATA_NAMES = {2: (0, 1), 5: (0, 1), 6: (0, 2), 12: (0, 1), 15: (2, 1), 17: (0, 2), 18: (2, 1), 33: (6, 1), 36: (2, 1),
               39: (0, 1), 64: (2, 1), 65: (2, 1)}
NAPTR = 35


def query(question, origin):
    """The query without its first two bytes, the identifier."""
    flags = question.flags
    edns = b""
    if question.edns is not None:
        size, dnssec_ok = question.edns
        edns = struct.pack("!BHHIH", 0, OPT, size, 0x8000 if dnssec_ok else 0, 0)
    header = struct.pack("!HHHHH", flags, 1, 0, 0, 1 if edns else 0)
    return header + names.to_wire(question.full_name(origin)) + struct.pack("!HH", question.type, 1) + edns


class Malformed(Exception):
    pass


def read_name(message, at, memo):
    """The name at an offset in lower case, and the offset behind it."""
    start, labels = at, []
    while True:
        known = memo.get(at)
        if known is not None:
            labels.append(known)
            end = None
            break
        length = message[at]
        if length == 0:
            labels.append(b"\0")
            end = at + 1
            break
        if length >= 0xC0:
            pointer = (length & 0x3F) << 8 | message[at + 1]
            if pointer >= start:
                raise Malformed("a compression pointer that does not point back")
            labels.append(read_name(message, pointer, memo)[0])
            end = at + 2
            break
        labels.append(message[at:at + 1 + length])
        at += 1 + length
    name = b"".join(labels).lower()
    if end is None:  # the rest of the name was known; where it ends was not kept
        end = skip_name(message, at)
    memo[start] = name
    return name, end


def skip_name(message, at):
    while True:
        length = message[at]
        if length == 0:
            return at + 1
        if length >= 0xC0:
            return at + 2
        at += 1 + length


def read_rdata(message, at, end, type_, memo):
    if type_ == NAPTR:
        name_at = at + 4
        for _ in range(3):
            name_at += 1 + message[name_at]
        fixed, count = name_at - at, 1
    elif type_ in RDATA_NAMES:
        fixed, count = RDATA_NAMES[type_]
    else:
        return message[at:end]
    parts = [message[at:at + fixed]]
    at += fixed
    for _ in range(count):
        name, at = read_name(message, at, memo)
        parts.append(name)
    return b"".join(parts) + message[at:end]


def read_section(message, at, count, memo):
    """The records of a section, sorted, and the offset behind it."""
    records = []
    for _ in range(count):
        owner, at = read_name(message, at, memo)
        type_, class_, ttl, length = struct.unpack_from("!HHIH", message, at)
        at += 10
        if at + length > len(message):
            raise Malformed("rdata that runs over the end")
        records.append((owner, type_, class_, ttl, read_rdata(message, at, at + length, type_, memo)))
        at += length
    return records, at


def parts_of(response, asked):
    """The fields of compare.Parts of a response to the query `asked`, both without identifier."""
    try:
        return decode(response, asked)
    except (Malformed, IndexError, struct.error) as fault:
        return {"question": f"malformed: {fault}"}


def decode(response, asked):
    message = b"\0\0" + response  # offsets in pointers count from the identifier
    flags, questions, answers, authorities, additionals = struct.unpack_from("!HHHHH", response)
    question_end = skip_name(asked, 10) + 4
    if questions != 1 or response[10:question_end] != asked[10:question_end]:
        raise Malformed(f"{questions} questions, or not the one that was asked")
    memo = {}
    answer, at = read_section(message, question_end + 2, answers, memo)
    authority, at = read_section(message, at, authorities, memo)
    required, additional, cut = at, [], {record[0] for record in authority if record[1] == NS}
    for _ in range(additionals):
        (record,), at = read_section(message, at, 1, memo)
        additional.append(record)
        if any(record[0].endswith(name) for name in cut):
            required = at  # glue, without which a referral is of no use
    if at != len(message):
        raise Malformed("bytes behind the last record")
    opt = [record for record in additional if record[1] == OPT]
    additional = [record for record in additional if record[1] != OPT]
    rcode, edns = flags & 0xF, None
    if opt:
        ttl = opt[0][3]
        rcode |= ttl >> 24 << 4
        edns = (len(opt), opt[0][0], ttl >> 16 & 0xFF, ttl & 0xFFFF)  # options and size are the server's own
        required += 11
    return {"question": "ok", "rcode": rcode, "flags": flags & 0xFFF0 & ~TC, "answer": sorted(answer),
            "authority": sorted(authority), "additional": sorted(additional), "edns": edns,
            "truncated": bool(flags & TC), "bytes": len(message), "required_bytes": required}


def response_key(response, asked):
    """What decides the parts of a response: all its bytes but the identifier and the question's type. A name
    that is asked for a dozen types mostly gets the same. None if the type is not the one asked."""
    end = len(asked) if asked[8:10] == b"\0\0" else len(asked) - 11  # behind the question: OPT
    if response[end - 4:end] != asked[end - 4:end]:
        return None
    return response[:end - 4], response[end:], asked[10:end - 4]
