#!/usr/bin/env python3
"""Fails if a folder of src/ includes a header of a folder it may not use.

The table is the architecture; docs/architecture.md explains it. The programs, which lie directly in
src/, may use everything. A second table holds each foreign library to the files that may touch it.
"""
import pathlib
import re
import sys

ALLOWED = {
    "base": "",
    "dns": "base",
    "health": "base",
    "route": "base health",
    "zone": "base dns health route",
    "admin": "base health",
    "lint": "base dns health route zone admin",
    "serve": "base dns health route zone admin lint",  # the responder process
    "exec": "base",  # the process that runs the checker's commands
    "check": "base dns health admin exec",  # the checker process
    "sim": "base dns health route zone serve check",  # the simulator: what both processes do, in one
}
# Header prefix of a library -> the paths below src/ that may include it.
LIBRARIES = {
    "ldns/": ["dns/text.c"],
    "jansson": ["admin/doc.c", "admin/metrics.c", "admin/past.c", "admin/show", "check/definition", "sim/timeline.c", "zone/cidr.c"],
    "maxminddb": ["zone/geo.c"],
    "curl/": ["check/probe_http"],
    "openssl/": ["check/probe_tls.c"],
    "urcu": ["zone/zonedb.c"],
    "confuse": ["config_file.c"],
}
OWN = re.compile(r'^\s*#\s*include\s+"([^"/]+)/', re.MULTILINE)
FOREIGN = re.compile(r"^\s*#\s*include\s+<([^>]+)>", re.MULTILINE)


def own_faults(path, relative, text):
    if len(relative.parts) == 1:
        return
    folder = relative.parts[0]
    if folder not in ALLOWED:
        yield f"{path}: src/{folder}/ is not in the table of tests/lint/layers.py"
        return
    for used in OWN.findall(text):
        if used not in set(ALLOWED[folder].split()) | {folder}:
            yield f"{path}: {folder}/ may not include {used}/"


def foreign_faults(path, relative, text):
    for used in FOREIGN.findall(text):
        for library, places in LIBRARIES.items():
            if used.startswith(library) and not any(str(relative).startswith(p) for p in places):
                yield f"{path}: <{used}> may only be included by {', '.join(places)}"


def main(root):
    source = root / "src"
    bad = []
    files = sorted(source.rglob("*.[ch]"))
    for path in files:
        relative, text = path.relative_to(source), path.read_text()
        bad += own_faults(path, relative, text)
        bad += foreign_faults(path, relative, text)
    print("\n".join(bad) or f"{len(files)} files include only what they may")
    return 1 if bad or not files else 0


sys.exit(main(pathlib.Path(sys.argv[1])))
