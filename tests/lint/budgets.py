#!/usr/bin/env python3
"""Holds the tree to its budgets, without exceptions: lines of a function and of a file, parameters,
nesting, line length. Functions come from universal-ctags; without it the test is skipped, not passed.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys

FUNCTION_LINES = 70
FILE_LINES = 800
PARAMETERS = 5
NESTING = 3
LINE_BYTES = 120
INDENT = 4
BANNED = re.compile(r"\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|alloca|usleep|sleep)\s*\(")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
SKIP = 77


def functions(files):
    command = ["ctags", "--output-format=json", "--fields=+neS", "--c-kinds=f", "-f", "-", *map(str, files)]
    for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
        yield json.loads(line)


def parameters(signature):
    """How many commas separate parameters, those inside a function pointer's own list not counted."""
    inner, depth, count = signature.strip()[1:-1].strip(), 0, 1
    if inner in ("", "void"):
        return 0
    for char in inner:
        depth += (char == "(") - (char == ")")
        count += char == "," and depth == 0
    return count


def nesting(lines):
    """The deepest block below the function's own, by braces; initialisers in braces do not count."""
    depth, deepest, initialisers = 0, 0, []
    for line in lines:
        code = re.sub(r'"(\\.|[^"\\])*"|\'(\\.|[^\'\\])*\'|//.*|/\*.*?\*/', "", line)
        for match in re.finditer(r"[{}]", code):
            if match.group() == "}":
                if initialisers and initialisers[-1] == depth:
                    initialisers.pop()
                depth -= 1
                continue
            depth += 1
            before = code[: match.start()].rstrip()
            if initialisers or before.endswith(("=", "(", ",", "]")) or (before.endswith(")") and "=" in before):
                initialisers.append(depth)
            else:
                deepest = max(deepest, depth)
    return deepest - 1


def function_faults(tag):
    path = pathlib.Path(tag["path"])
    where = f"{path}:{tag['line']}: {tag['name']}()"
    lines = path.read_text().splitlines()[tag["line"] - 1 : tag.get("end", tag["line"])]
    if len(lines) > FUNCTION_LINES:
        yield f"{where} has {len(lines)} lines, at most {FUNCTION_LINES}"
    if parameters(tag.get("signature", "()")) > PARAMETERS:
        yield f"{where} has more than {PARAMETERS} parameters"
    if nesting(lines) > NESTING:
        yield f"{where} nests {nesting(lines)} deep, at most {NESTING}"


def file_faults(path):
    lines = path.read_text().splitlines()
    if len(lines) > FILE_LINES:
        yield f"{path}: {len(lines)} lines, at most {FILE_LINES}"
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_BYTES:
            yield f"{path}:{number}: {len(line)} bytes in one line, at most {LINE_BYTES}"
        if BANNED.search(line):
            yield f"{path}:{number}: a banned function: {line.strip()}"
        if UNFINISHED.search(line):
            yield f"{path}:{number}: unfinished by its own words: {line.strip()}"


def main(root):
    if shutil.which("ctags") is None:
        print("universal-ctags is not installed")
        return SKIP
    files = sorted((root / "src").rglob("*.[ch]"))
    bad = [fault for path in files for fault in file_faults(path)]
    bad += [fault for tag in functions(files) for fault in function_faults(tag)]
    print("\n".join(bad) or f"{len(files)} files within their budgets")
    return 1 if bad or not files else 0


sys.exit(main(pathlib.Path(sys.argv[1])))
