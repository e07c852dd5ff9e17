"""What an agent that does nothing would reach: tasks whose reference answer asks for no change and no word.

On some benchmarks a third of the tasks ask the agent to refuse, so that an agent which does nothing at all passes them,
every time. A score is read against that floor. It is found without running anything, in sealed reference answers that
list the expected actions (as tau-bench's and tau2-bench's do). An action that does not plainly look something up, by
its tool's name, counts as needed, and so does anything else that a reference asks for: so it is a lower bound, and no
floor at all for other references.

Source: the need for it, Zhu et al. 2025, Establishing Best Practices for Building Rigorous Agentic Benchmarks,
arXiv:2507.02825. Pure; raises nothing.
"""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from seasoned.core.value import Text, Value
from seasoned.evaluate.compare.arms import Arm
from seasoned.evaluate.compare.costs import counts
from seasoned.evaluate.graders.expected import criteria_of
from seasoned.evaluate.statistics.intervals import Interval, Resampling, mean_intervals
from seasoned.ingest.narrow import as_list, as_object, as_text
from seasoned.learn.patterns.intent import only_reads

_SAID = ("outputs", "output", "communicate_info", "nl_assertions", "env_assertions", "facts", "answer", "target")
"""What a reference asks for besides actions."""


class Floor(Value):
    """What an agent that does nothing would reach on the compared tasks."""

    n_known: int
    """Tasks whose reference lists the expected actions."""
    free_tasks: tuple[Text, ...]
    """Those on which doing nothing passes, in order."""

    @property
    def share(self) -> float:
        """Of the tasks that are known."""
        return len(self.free_tasks) / self.n_known


class OtherTasks(Value):
    """An arm on the tasks that take an action."""

    arm: Text
    n_tasks: int
    rate: Interval


def passes_by_nothing(reference: JsonValue) -> bool | None:
    """Whether a run without any action surely reaches the reference; None where it lists no expected actions.

    Args:
        reference: The sealed answer of a run, as its format kept it.
    """
    criteria = criteria_of(reference)
    if criteria is None:
        return None
    if any(criteria.get(name) for name in _SAID):
        return False
    return all(only_reads(as_text(as_object(action).get("name"))) for action in as_list(criteria["actions"]))


def floor_of(known: Mapping[str, bool], tasks: Sequence[str]) -> Floor | None:
    """The floor on these tasks; None where no reference tells.

    Args:
        known: By task, whether doing nothing passes.
        tasks: The compared tasks.
    """
    told = [key for key in tasks if key in known]
    return Floor(n_known=len(told), free_tasks=tuple(key for key in told if known[key])) if told else None


def on_other_tasks(arms: Sequence[Arm], tasks: Sequence[str], floor: Floor, how: Resampling) -> tuple[OtherTasks, ...]:
    """The success rates on the tasks that take an action; empty where they are all, or fewer than two."""
    free = set(floor.free_tasks)
    others = [key for key in tasks if key not in free]
    if not free or len(others) < 2:
        return ()
    rates = [[passed / n for n, passed in (counts(arm.by_task[key]) for key in others)] for arm in arms]
    found = mean_intervals(rates, how, bounds=(0.0, 1.0))
    return tuple(OtherTasks(arm=a.name, n_tasks=len(others), rate=r) for a, r in zip(arms, found, strict=True))
