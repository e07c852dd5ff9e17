"""Several processes write one skillbook and are killed: nothing acknowledged is lost, nothing is applied twice.

The benchmark in small; see `benchmarks/hammer.py` for what it does.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HAMMER = Path(__file__).parents[2] / "benchmarks" / "hammer.py"


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_nothing_is_lost_and_nothing_is_doubled(store: str, request: pytest.FixtureRequest) -> None:
    environment = dict(os.environ)
    if store == "postgres":
        environment["SEASONED_TEST_POSTGRES"] = request.getfixturevalue("postgres").url
    command = [sys.executable, str(HAMMER), "--quick", "--json", "--store", store]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    verdict = json.loads(done.stdout.splitlines()[-1])[store]
    assert verdict["acknowledged"] == verdict["revisions"] == 60
    assert verdict["kills"] == 4
    assert (verdict["lost"], verdict["misplaced"], verdict["doubled"], verdict["unasked"]) == (0, 0, 0, 0)
    assert verdict["revisions_read"] > 1
    assert verdict["revisions_equal"] is True
