"""What is kept of a comparison of two prompts: figures, verdict and keys of tasks, and no word of a run. Pure."""

from datetime import datetime

from pydantic import Field

from seasoned.core.value import Text, Value

NO_PROMPT = ""
"""Stands for the prompt of runs that were handed none of ours."""


class OverPlacebo(Value):
    """A candidate against neutral text of the same length in the place of its skills."""

    placebo_id: str
    difference: float
    """The candidate's success rate less the placebo's."""
    low: float
    high: float
    is_distinguishable: bool
    """False: length alone may explain what the candidate gains."""


class KeptComparison(Value):
    """One comparison of a candidate with a baseline, over stored runs."""

    book: str
    """The candidate's skillbook."""
    baseline_id: str
    """Id of a prompt, or `NO_PROMPT`."""
    candidate_id: str
    passes: bool
    """No worse than the baseline by the margin, on tasks that nothing in it was learned from, each anchor held."""
    at: datetime
    by: Text
    difference: float = Field(ge=-1.0, le=1.0)
    """The candidate's success rate less the baseline's; the interval's ends follow."""
    low: float
    high: float
    p: float
    """Adjusted for all comparisons that were made at once."""
    margin: float
    verdict: str
    """`better`, `worse` or `not distinguishable`."""
    is_not_inferior: bool
    n_tasks: int
    n_trials: tuple[int, int]
    """Of the baseline and of the candidate."""
    n_learned_from: int = 0
    """Things that an arm was handed and that were learned from compared tasks."""
    n_anchors_lost: int = 0
    """Anchors of that time that did not hold."""
    runs: tuple[str, ...] = ()
    """The evaluation runs of the two; empty where other stored runs were compared."""
    tasks: tuple[Text, ...]
    lost: tuple[Text, ...] = ()
    """Tasks on which the candidate's share of successes is below the baseline's."""
    gained: tuple[Text, ...] = ()
    over_placebo: OverPlacebo | None = None
    """Where a placebo of the candidate was compared too."""
