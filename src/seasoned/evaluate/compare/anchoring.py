"""Anchors of a comparison: tasks on which a candidate must not do worse than its baseline. Pure; raises nothing.

An anchor is looked at on its own and without any interval, as it is one task: a share of successes below the baseline's
is a regression. One that was not compared is not shown to hold, and so it does not.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from seasoned.core.value import Text, Value

if TYPE_CHECKING:
    # What it is computed with takes long to load, and the gate before a label only asks how one anchor stands.
    from seasoned.evaluate.compare.paired import Comparison

Standing = Literal["holds", "regressed", "not compared"]


class AnchorStanding(Value):
    """How one anchor came out in one comparison."""

    task_key: Text
    candidate: Text
    standing: Standing


def anchor_standings(
    anchors: Iterable[str], comparisons: "Sequence[Comparison]", tasks: Iterable[str]
) -> tuple[AnchorStanding, ...]:
    """How each anchor came out for each candidate, those that do not hold first.

    Args:
        anchors: Keys of the tasks that must not regress.
        comparisons: With the baseline.
        tasks: The compared tasks.
    """
    compared, order = set(tasks), ("regressed", "not compared", "holds")
    found = [
        AnchorStanding(
            task_key=key, candidate=each.candidate, standing=standing_of(key, compared, {c.task_key for c in each.lost})
        )
        for each in comparisons
        for key in anchors
    ]
    return tuple(sorted(found, key=lambda each: order.index(each.standing)))


def standing_of(anchor: str, compared: Iterable[str], lost: Iterable[str]) -> Standing:
    """How one anchor came out.

    Args:
        anchor: The task's key.
        compared: Keys of the compared tasks.
        lost: Of these, those on which the candidate's share of successes is below the baseline's.
    """
    if anchor not in set(compared):
        return "not compared"
    return "regressed" if anchor in set(lost) else "holds"
