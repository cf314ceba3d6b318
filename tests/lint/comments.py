#!/usr/bin/env python3
"""Every header opens with a paragraph about itself, and every prototype in it has a comment above it
or above the run of prototypes it belongs to (no blank line between).
"""
import pathlib
import re
import sys

PROTOTYPE = re.compile(r"^(?!static|typedef|return|extern|struct \w+;|enum )[A-Za-z_][\w\s\*]*?\b(\w+)\(", re.MULTILINE)


def blocks(text):
    """Runs of lines without a blank line between, with the number of their first line."""
    start, block = 1, []
    for number, line in enumerate(text.splitlines() + [""], 1):
        if line.strip():
            if not block:
                start = number
            block.append(line)
        elif block:
            yield start, block
            block = []


def header_faults(path):
    text = path.read_text()
    if not text.startswith(f"/* {path.name} -- "):
        yield f"{path}:1: opens with no '/* {path.name} -- what it is'"
    if "#pragma once" not in text:
        yield f"{path}: has no #pragma once"
    for start, block in blocks(text):
        first = next((line for line in block if not line.startswith("#")), "")
        declares = any(PROTOTYPE.match(line) for line in block)
        inside = first.startswith((" ", "\t", "{", "}"))  # the body of an inline function or a struct
        if declares and not inside and not first.startswith(("/*", " *", "static")):
            yield f"{path}:{start}: a prototype without a comment: {first.strip()}"


def main(root):
    headers = sorted((root / "src").rglob("*.h"))
    bad = [fault for path in headers for fault in header_faults(path)]
    print("\n".join(bad) or f"{len(headers)} headers are commented")
    return 1 if bad or not headers else 0


sys.exit(main(pathlib.Path(sys.argv[1])))
