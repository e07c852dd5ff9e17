"""The desk's supervisor, who reads some of the failed runs afterwards and says what should have been done.

Real logs carry such words: a colleague's correction under a ticket that went wrong. They are the desk's own
text, not a model's, and depend on the ticket's topic alone. The agent never sees them, since they come after its
run has ended; they are there for whoever learns from the log. Knows nothing of rewards beyond whether the run
failed. Raises `OSError` where its file is missing.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, cast

READS_TRIAL = 0
"""The supervisor reads the first attempt at each ticket only."""


@cache
def corrections() -> dict[str, str]:
    """What the supervisor says about a failed ticket, by its topic."""
    text = (Path(__file__).parent / "supervisor.json").read_text(encoding="utf-8")
    return cast("dict[str, str]", json.loads(text))


def with_correction(record: dict[str, Any]) -> dict[str, Any]:
    """The record of a run, with the supervisor's words behind it if they read it and it failed."""
    said = corrections().get(record["reference"]["topic"])
    has_it = record["messages"][-1].get("name") == "supervisor"
    if record["reward"] == 1 or record["trial"] != READS_TRIAL or said is None or has_it:
        return record
    word = {"role": "user", "name": "supervisor", "content": said}
    return {**record, "messages": [*record["messages"], word]}
