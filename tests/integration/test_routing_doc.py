"""docs/routing.md: every example in it is written to files, served, and asked as it says."""

import json
import os
import pathlib
import re
import subprocess

import pytest

from harness.daemon import HOLDFASTCTL, HOSTS, TREE
from harness.geo import write_database

DOC = TREE / "docs" / "routing.md"
BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def sections():
    """The sections that have examples, by their titles."""
    for part in re.split(r"^## ", DOC.read_text(), flags=re.MULTILINE)[1:]:
        title, _, body = part.partition("\n")
        blocks = BLOCK.findall(body)
        if blocks:
            yield title, blocks


SECTIONS = dict(sections())


def commands(text):
    """Each command with the lines it prints."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        yield command, expected


def write_file(daemon, kind, name, text):
    if kind == "zone":
        daemon.write_zone(name, text)
    elif kind == "json" and name.endswith(".cidr.json"):
        (daemon.zones / name).write_text(text)
    elif kind == "json":
        (daemon.checks / name).write_text(text)
        json.loads(text)
    elif kind == "tsv":
        write_database(daemon.dir / name, [line.split("\t") for line in text.splitlines()])
    else:
        (daemon.dir / (name or "holdfast.conf")).write_text(text)


def flags_of(blocks):
    files = {kind for kind, _, _ in blocks}
    return [*(("--latency", "latency.csv") if "csv" in files else ()),
            *(("--geoip", "geo.mmdb") if "tsv" in files else ()),
            *(("-c", "holdfast.conf") if "conf" in files else ())]


def shell(daemon, command):
    """Runs a line as a reader would type it; dig and holdfastctl lead to this daemon."""
    prelude = (f'dig() {{ command dig @{HOSTS[0]} -p {daemon.port} "$@"; }}\n'
               f'holdfastctl() {{ "{HOLDFASTCTL}" -s "{daemon.state}" "$@"; }}\n')
    done = subprocess.run(["bash", "-c", prelude + command], cwd=daemon.dir, capture_output=True,
                          text=True, timeout=30, check=False, env={**os.environ, "HOME": str(daemon.dir)})
    return done.stdout + done.stderr


def matches(expected, printed):
    """Whether the lines agree, "..." standing for anything, blanks in a row for any number of them."""
    pattern = re.escape(re.sub(r" +", " ", expected.strip()))
    pattern = pattern.replace(r"\.\.\.", "\0").replace("\0", ".*").replace(r"\ ", " +").replace("\\\n", "\n")
    return re.fullmatch(pattern, re.sub(r" +", " ", printed.strip()), re.DOTALL) is not None


@pytest.mark.parametrize("title", SECTIONS)
def test_the_page_tells_the_truth(daemon, title):
    blocks = SECTIONS[title]
    for kind, name, text in blocks:
        if kind != "console":
            write_file(daemon, kind, name, text)
    daemon.start(*flags_of(blocks))
    for kind, _, text in blocks:
        for command, expected in commands(text) if kind == "console" else ():
            printed = shell(daemon, command)
            assert matches(expected, printed), f"$ {command}\n{printed}\n-- the page says\n{expected}"


def test_every_policy_has_an_example():
    text = DOC.read_text()
    for policy in ("failover", "weighted", "multivalue", "latency", "geo", "geoproximity", "cidr", "simple"):
        assert f"; @{policy} " in text, policy


def test_a_wrong_line_would_be_found():
    assert matches("a ... c", "a b c") and matches("x  y", "x y") and matches("", "\n")
    assert not matches("192.0.2.1", "192.0.2.2") and not matches("", "192.0.2.2")
    assert pathlib.Path(DOC).exists() and len(SECTIONS) > 8
