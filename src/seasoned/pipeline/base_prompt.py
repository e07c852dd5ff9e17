"""What a reviewer must know of a base prompt that a learner worded: what of single runs stands in it.

Optimised prompts are known to copy strings of the examples that they were made from. Pure; raises nothing.
"""

from collections.abc import Sequence

from seasoned.core.trace import Trace
from seasoned.curate.leak import leaks

MAX_NAMED = 8
MAX_RUNS = 500
"""Runs that are looked through, successful ones first."""


def leaks_of_base(prompt: str | None, traces: Sequence[Trace]) -> tuple[str, ...]:
    """Notes on identifiers, names, dates, amounts, answers and long copies of runs in a base prompt.

    Args:
        prompt: As the learner worded it; None where it worded none.
        traces: The runs that it learned from.
    """
    if prompt is None:
        return ()
    looked_at = sorted(traces, key=lambda trace: trace.verdict is not True)[:MAX_RUNS]
    found = leaks(prompt, looked_at)
    if not found:
        return ()
    more = f", and {len(found) - MAX_NAMED} more" if len(found) > MAX_NAMED else ""
    return (f"The base prompt holds {'; '.join(found[:MAX_NAMED])}{more}: take it out before you use the prompt.",)
