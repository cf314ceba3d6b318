"""Geo databases for scenarios, made by tests/data/geo/write-mmdb."""

import subprocess

from harness.daemon import TREE

WRITER = TREE / "tests/data/geo/write-mmdb"


def write_database(path, rows):
    """Writes a database. A row is (network, continent, country, subdivision, latitude, longitude); parts
    that are None or left off at the end are not in the record."""
    lines = ["\t".join("" if part is None else str(part) for part in row) for row in rows]
    beside = path.with_suffix(".new")
    subprocess.run([WRITER, beside], input="\n".join(lines) + "\n", text=True, check=True, timeout=60)
    beside.rename(path)
