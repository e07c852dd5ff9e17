"""How a trial is graded by several graders: all of them have to pass, and the lowest score counts.

Raises what a grader raises.
"""

from collections.abc import Sequence

from seasoned.core.outcome import Outcome
from seasoned.core.trial import Difference
from seasoned.evaluate.attempt import Attempted, GradedTask, Grader

Graded = tuple[Outcome | None, str, tuple[Difference, ...], float | None]
"""The verdict that counts, whose it is, the differences from the reference, and what judging cost."""


async def graded(task: GradedTask, attempted: Attempted, graders: Sequence[Grader]) -> Graded:
    """The verdict of all graders together, the suite's own scorer among them."""
    said = [] if attempted.outcome is None else [(attempted.outcome, attempted.outcome.name)]
    differences: list[Difference] = []
    costs: list[float] = []
    for grader in graders:
        grade = await grader.grade(task, attempted)
        differences += grade.differences
        costs += [] if grade.cost_usd is None else [grade.cost_usd]
        if grade.outcome is not None:
            said.append((grade.outcome, grade.grader))
    outcome, name = min(said, key=lambda each: _worth(each[0]), default=(None, ""))
    return outcome, name, tuple(differences), sum(costs) if costs else None


def _worth(outcome: Outcome) -> tuple[bool, float]:
    return outcome.success is True, 0.0 if outcome.score is None else outcome.score
