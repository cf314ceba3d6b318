"""Where NSD and Knot agree, we agree: random zones, asked everything there is to ask.

HOLDFAST_ORACLE_SEED     the seed, as a failing run printed it, or "random"; default: always the same
HOLDFAST_ORACLE_ZONES    at least how many zones; default 2000
HOLDFAST_ORACLE_SECONDS  how long instead, e.g. 3600
HOLDFAST_ORACLE_FIRST    the number of the first unit; a failing unit alone: this and ZONES=1
"""

import os
import random

import pytest

from oracle import run

pytestmark = pytest.mark.alone

ORDINARY_SEED = 1034


def setting(name, default):
    return int(os.environ.get(f"HOLDFAST_ORACLE_{name}", default))


def seed():
    """The same zones in every ordinary run, so that a change is judged by what it did and not by luck;
    HOLDFAST_ORACLE_SEED=random looks further."""
    if os.environ.get("HOLDFAST_ORACLE_SEED") == "random":
        return random.SystemRandom().randrange(1 << 32)
    return setting("SEED", ORDINARY_SEED)


def test_where_nsd_and_knot_agree_we_agree():
    report = run.run(seed(), zones=setting("ZONES", 2000),
                     seconds=setting("SECONDS", 0), first=setting("FIRST", 0))
    print(report.text())
    if report.failures or report.refused:
        pytest.fail("\n\n".join([report.text(), *report.faults()]), pytrace=False)
