"""What several graders say of one trial, as one verdict: all of them have to pass, and the lowest score is the trial's.

A trial that came to no answer by the agent's own doing has failed, and nobody is asked. The suite's own scorer, where
an agent brings one (`Attempted.outcome`), counts as one more grader. A failure that is certain stands whoever else
cannot say; a pass needs everybody's word. Raises what the graders raise: `ProviderError`, `ConfigError`.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from seasoned.core.outcome import Outcome, scored
from seasoned.core.trial import Difference, Ended
from seasoned.errors import ConfigError, boundary
from seasoned.evaluate.attempt import Attempted, Grade, GradedTask, Grader
from seasoned.evaluate.graders.differences import differences_of
from seasoned.store.traces.outcomes import RANK

OWN_DOING: Mapping[Ended, str] = {
    "out of steps": "the agent used up its steps",
    "timed out": "the agent ran out of time",
    "crashed": "the agent crashed",
    "unreadable": "the agent gave no answer that can be read",
}
"""Ends of a trial that are failures of the agent, whatever the state it left."""
ENDED = "how it ended"
"""The name under which such a failure is on record."""
_JOIN = " + "


class Together(NamedTuple):
    """The verdict on one trial."""

    outcome: Outcome | None
    """One grader's own: the failure with the lowest score, or where all pass the weakest word. None: nobody said
    anything, or somebody could not say and nobody saw a failure."""
    grader: str
    """Whose word it is: of a failure the one who saw it, else all of them."""
    differences: tuple[Difference, ...]
    cost_usd: float | None
    """Of models that judged; None where there were none, or a price is not known."""
    besides: tuple[Outcome, ...]
    """What the other graders said, for the trace's history, where `seasoned eval agreement` finds it."""


async def graded(task: GradedTask, attempted: Attempted, graders: Sequence[Grader]) -> Together:
    """Ask the graders one after the other, and put together what they say."""
    return together(task, attempted, await grades_of(task, attempted, graders))


async def grades_of(task: GradedTask, attempted: Attempted, graders: Sequence[Grader]) -> tuple[Grade, ...]:
    """What each says, the suite's own scorer first.

    Args:
        task: The task with its reference.
        attempted: What came of the trial.
        graders: Whom to ask.
    """
    if attempted.ended == "unreachable":
        return ()
    if attempted.ended in OWN_DOING:
        outcome = scored(0.0, "verifier", name=ENDED, feedback=OWN_DOING[attempted.ended])
        return (Grade(grader=ENDED, outcome=outcome),)
    own = attempted.outcome
    first = () if own is None else (Grade(grader=own.name or attempted.trace.source.format, outcome=own),)
    return (*first, *[await _grade(grader, task, attempted) for grader in graders])


async def _grade(grader: Grader, task: GradedTask, attempted: Attempted) -> Grade:
    with boundary(ConfigError, "a grader failed", where=grader.name):
        return await grader.grade(task, attempted)


def together(task: GradedTask, attempted: Attempted, grades: Sequence[Grade]) -> Together:
    """One verdict from those of all graders.

    Args:
        task: The task with its reference.
        attempted: What came of the trial.
        grades: What each said.
    """
    said = [(grade.grader, grade.outcome) for grade in grades if grade.outcome is not None]
    failed = [(name, outcome) for name, outcome in said if outcome.success is False]
    costs = [grade.cost_usd for grade in grades if grade.cost_usd is not None]
    outcome, name = None, _JOIN.join(grade.grader for grade in grades)
    if failed:
        name, outcome = min(failed, key=lambda pair: _weight(pair[1]))
    elif grades and len(said) == len(grades) and all(outcome.success for _, outcome in said):
        outcome = min((outcome for _, outcome in said), key=_weight)
    return Together(
        outcome=outcome,
        grader=name,
        differences=_differences(task, attempted, grades, outcome),
        cost_usd=sum(costs) if costs else None,
        besides=tuple(each for _, each in said if each != outcome),
    )


def _differences(
    task: GradedTask, attempted: Attempted, grades: Sequence[Grade], outcome: Outcome | None
) -> tuple[Difference, ...]:
    """What the graders name; where a run failed and none names any, what its calls show."""
    named: tuple[Difference, ...] = ()
    for grade in grades:
        # One grader may well name a tool twice; a second one that names it again says nothing new.
        named = (*named, *(each for each in grade.differences if each not in named))
    if named or outcome is None or outcome.success is not False:
        return named
    return differences_of(attempted.trace, task.reference) or ()


def _weight(outcome: Outcome) -> tuple[float, int]:
    """What is least: the lowest score, and of equal ones the weakest word, which is what a pass of all rests on."""
    return (float(bool(outcome.success)) if outcome.score is None else outcome.score), RANK[outcome.source]
