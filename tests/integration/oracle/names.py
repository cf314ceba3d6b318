"""Domain names as tuples of labels (bytes, the leftmost first, the root not counted)."""

NAME_MAX_BYTES = 255
LABEL_MAX_BYTES = 63

PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_*")
BACKSLASHED = frozenset(b'.";()@$')  # not the backslash: NSD 4.6 reads a name that ends in it wrongly


def label_to_text(label):
    """A label in master-file form: \\X for what the syntax uses, \\DDD for what cannot be printed."""
    parts = []
    for byte in label:
        if byte in PLAIN:
            parts.append(chr(byte))
        elif byte in BACKSLASHED:
            parts.append("\\" + chr(byte))
        else:
            parts.append(f"\\{byte:03d}")
    return "".join(parts)


def to_text(labels):
    return "".join(label_to_text(label) + "." for label in labels) or "."


def to_wire(labels):
    return b"".join(bytes((len(label),)) + label for label in labels) + b"\0"


def wire_bytes(labels):
    return sum(len(label) + 1 for label in labels) + 1


def key(labels):
    """What two spellings of one name have in common (RFC 4343)."""
    return tuple(label.lower() for label in labels)


def is_within(labels, ancestor):
    return len(ancestor) == 0 or key(labels[-len(ancestor):]) == key(ancestor)


def from_text(text):
    """A name written with plain labels only."""
    return tuple(label.encode() for label in text.rstrip(".").split(".") if label)
