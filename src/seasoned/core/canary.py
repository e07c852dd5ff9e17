"""Canaries: a share of a label's runs is handed another prompt, told by a hash of the run's key. Pure; raises nothing.

The share is drawn before the run and by nothing that the run could know, so that what the runs come to tells the two
prompts apart and not the runs.
"""

from datetime import datetime

from pydantic import Field

from seasoned.core.ids import canonical_json, hash_fraction
from seasoned.core.value import Text, Value

MOST = 0.5
"""The largest share of a label's runs that a canary may get."""
BY_POLICY = "policy"
"""Who ended a canary that nobody looked at."""


class CanaryMove(Value):
    """That a canary of a label was begun, or ended."""

    book: str
    label: str
    prompt_id: str | None
    """The prompt that the share of runs is handed; None: the canary was ended."""
    share: float = Field(ge=0.0, le=MOST)
    """Of the label's runs; 0 where it was ended."""
    at: datetime
    last_trace: int = Field(ge=0)
    """Number of the last trace that was in the store then: its runs are among the later ones."""
    by: Text
    """`BY_POLICY` where nobody was asked."""
    reason: Text


def version(prompt_id: str, canary_id: str, share: float) -> str:
    """What changes whenever the runs of a label with a canary are handed something else."""
    return f"{prompt_id}+{canary_id}@{share:g}"


def is_canary_run(run_key: str, prompt_id: str, share: float) -> bool:
    """Whether a run is one of those that are handed the canary.

    Args:
        run_key: What sets the run apart from every other one.
        prompt_id: The canary's prompt: another one draws other runs.
        share: Of all runs, in [0, 1].

    Returns:
        The same each time it is asked.
    """
    return hash_fraction(canonical_json(["canary", prompt_id, run_key])) < share
