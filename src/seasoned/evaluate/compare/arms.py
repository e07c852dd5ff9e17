"""Arms of a comparison: recorded runs of one agent, model or prompt as trials by task, and arms paired by task.

Runs of the same task share `task.key`, and only they are compared. A run without a verdict is counted and left out: it
is no failure, and not knowing how many of them would have failed is said rather than guessed. Pure; raises `UsageError`
for arms that cannot be compared.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from pydantic import Field

from seasoned.core.ids import sha256_hex
from seasoned.core.marks import example_spans
from seasoned.core.text import shortened, visible
from seasoned.core.trace import StepKind, Trace
from seasoned.core.value import Text, Value
from seasoned.errors import UsageError

Amount = TypeVar("Amount", int, float)

NAMED = 5
"""Tasks that an error names."""
NAME_CHARS = 80
ENDED_CHARS = 60
"""Of the error that a run ends with, as far as it says how."""
MOST = 10**15
"""Of anything that a run takes, in dollars, tokens or seconds: a log that says more is wrong."""
_OWN: frozenset[StepKind] = frozenset({"assistant", "thought", "tool_call"})


class Trial(Value):
    """One run with a verdict."""

    task_key: Text
    trace_id: str
    passed: bool
    path: Text = ""
    """The file that the run came from, and the record in it."""
    cost_usd: float | None = None
    n_tokens: int | None = None
    """Input and output together; None where either is not known, so that no arm looks cheap by half a count."""
    n_calls: int | None = None
    """Calls of tools, without those in examples that the agent was shown; None where the run itself is not shown."""
    duration_s: float | None = None
    n_steps: int | None = None
    """What the agent itself thought, said and called; None where the run itself is not shown."""
    started_at: datetime | None = None
    prompt_id: str | None = None
    """The compiled prompt that the run was handed, where that is known."""
    ended: Text = ""
    """How the run came to its end, where its log says more than that it did."""


class Arm(Value):
    """The runs of one side of a comparison."""

    name: Text
    trials: tuple[Trial, ...]
    """Those with a verdict, in the order in which they were read."""
    n_unjudged: int = 0
    """Runs without a verdict of anybody but the agent itself: left out."""
    n_repeated: int = 0
    """Runs that were there already, from another file: counted once."""
    n_children: int = 0
    """Runs of sub-agents, which belong to the run that started them: left out."""
    n_verdicts_only: int = 0
    """Of the trials, those of which hardly more than the verdict is known, as from a table of results."""
    n_unreachable: int = 0
    """Trials that something outside of the agent kept from happening, each time: left out, never scored."""
    unjudged_tasks: tuple[Text, ...] = ()
    """Tasks of which no run has a verdict, in order."""
    texts: dict[str, frozenset[str]] = Field(default_factory=dict[str, frozenset[str]])
    """By task, digests of what was asked, whatever its spacing."""
    has_fixed_texts: bool = False
    """Whether the texts are a suite's own, the same in each trial; a log may have the words of a user instead."""

    @cached_property
    def by_task(self) -> dict[str, tuple[Trial, ...]]:
        """The trials of each task, tasks in order of their keys."""
        found: dict[str, list[Trial]] = {}
        for trial in self.trials:
            found.setdefault(trial.task_key, []).append(trial)
        return {key: tuple(found[key]) for key in sorted(found)}


class ArmReader:
    """Makes an arm of runs, of which it keeps no more than the numbers."""

    def __init__(self, name: str, *, has_fixed_texts: bool = False) -> None:
        """Begin an arm without any run; see `Arm` for the texts."""
        self._name, self._has_fixed_texts = name, has_fixed_texts
        self._known: set[str] = set()
        self._tasks: set[str] = set()
        self._texts: dict[str, set[str]] = {}
        self._trials: list[Trial] = []
        self._n_unreachable = self._n_verdicts_only = 0
        self._n_unjudged = self._n_repeated = self._n_children = 0

    def add(self, run: Trace) -> None:
        """Take one more run."""
        if run.id in self._known:
            self._n_repeated += 1
            return
        self._known.add(run.id)
        if run.parent_id is not None:
            self._n_children += 1
            return
        self._tasks.add(run.task.key)
        self._texts.setdefault(run.task.key, set()).add(sha256_hex(" ".join(run.task.text.split()).encode()))
        if run.verdict is None:
            self._n_unjudged += 1
        else:
            self._trials.append(_trial(run, passed=run.verdict))
            self._n_verdicts_only += not _is_shown(run)

    def miss(self, task_key: str) -> None:
        """Count a trial that never came about, for reasons outside of the agent."""
        self._tasks.add(task_key)
        self._n_unreachable += 1

    def arm(self) -> Arm:
        """The arm so far."""
        return Arm(
            name=self._name,
            trials=tuple(self._trials),
            n_unjudged=self._n_unjudged,
            n_repeated=self._n_repeated,
            n_children=self._n_children,
            n_verdicts_only=self._n_verdicts_only,
            n_unreachable=self._n_unreachable,
            unjudged_tasks=tuple(sorted(self._tasks - {trial.task_key for trial in self._trials})),
            texts={key: frozenset(texts) for key, texts in self._texts.items()},
            has_fixed_texts=self._has_fixed_texts,
        )


def arm_of(name: str, runs: Iterable[Trace]) -> Arm:
    """An arm of these runs."""
    reader = ArmReader(name)
    for run in runs:
        reader.add(run)
    return reader.arm()


def _trial(run: Trace, *, passed: bool) -> Trial:
    usage = run.usage
    n_in, n_out = usage.input_tokens, usage.output_tokens
    own, last = _own_steps(run) if _is_shown(run) else None, run.steps[-1] if run.steps else None
    return Trial(
        task_key=run.task.key,
        trace_id=run.id,
        passed=passed,
        path=" ".join(part for part in (run.source.path, run.source.where) if part),
        cost_usd=_credible(usage.cost_usd),
        n_tokens=None if n_in is None or n_out is None else _credible(n_in + n_out),
        n_calls=None if own is None else sum(kind == "tool_call" for kind in own),
        duration_s=_credible(usage.duration_s),
        n_steps=None if own is None else len(own),
        started_at=run.started_at,
        prompt_id=run.prompt_id,
        ended=shortened(last.text, ENDED_CHARS) if last is not None and last.kind == "error" else "",
    )


def _credible(amount: Amount | None) -> Amount | None:
    """What a log says that a run took; None where it cannot be, and sums of it would be no numbers."""
    return None if amount is None or amount > MOST else amount


def _is_shown(run: Trace) -> bool:
    """Whether the log shows what was done: in a mere result nobody asks, and the agent has one word at most."""
    kinds = [step.kind for step in run.steps]
    return kinds.count("assistant") > 1 or any(kind not in ("system", "assistant") for kind in kinds)


def _own_steps(run: Trace) -> list[StepKind]:
    """What the agent itself did; a mark is believed here whoever made it, since a count gives nothing away."""
    shown = example_spans([(step.kind, step.text) for step in run.steps])
    return [step.kind for place, step in enumerate(run.steps) if step.kind in _OWN and place not in shown]


class Left(Value):
    """A task that only some arms can say something about, and which do not."""

    task_key: Text
    arms: tuple[Text, ...]
    """Arms that have no run of it with a verdict."""


def shared_tasks(arms: Sequence[Arm], *, common: bool = False) -> tuple[tuple[str, ...], tuple[Left, ...]]:
    """The tasks that every arm has a verdict on, in order, and the others.

    Args:
        arms: At least two, of different names.
        common: Leave tasks that an arm lacks out of the comparison; without it they are an error.

    Raises:
        UsageError: There is one arm, two have one name, the tasks differ, or fewer than two are shared.
    """
    _refuse_names(arms)
    sets = [arm.by_task.keys() for arm in arms]
    every = sorted({*set[str]().union(*sets), *(key for arm in arms for key in arm.unjudged_tasks)})
    left = [
        Left(task_key=key, arms=tuple(arm.name for arm in arms if key not in arm.by_task))
        for key in every
        if not all(key in keys for keys in sets)
    ]
    if left and not common:
        raise _differing(left, len(every), arms)
    outside = {each.task_key for each in left}
    shared = tuple(key for key in every if key not in outside)
    if len(shared) < 2:
        raise UsageError(
            f"the arms share {len(shared)} tasks with a verdict" if len(shared) != 1 else "the arms share one task",
            where=", ".join(_quoted(arm.name) for arm in arms),
            why="tasks are the sample: from fewer than two nothing follows about others",
            hint="runs are paired by the key of their task; `seasoned traces list` shows it",
        )
    return shared, tuple(left)


def refuse_other_texts(arms: Sequence[Arm], tasks: Sequence[str]) -> tuple[str, ...]:
    """Refuse to pair tasks that share a key and ask for different things.

    A recorded log may have what a simulated user said in the place of the task, which differs in every run. So a task
    counts as changed only where each arm has one text of it, and, unless an arm's texts are a suite's own, only if at
    least as many tasks read the same.

    Returns:
        Tasks whose texts differ but are taken for the words of a user, in order.

    Raises:
        UsageError: The text of a task was changed.
    """
    one_text = [key for key in tasks if all(len(arm.texts.get(key, ())) == 1 for arm in arms)]
    other = [key for key in one_text if len(frozenset[str]().union(*(arm.texts[key] for arm in arms))) > 1]
    is_fixed = all(arm.has_fixed_texts for arm in arms)
    if not other or (not is_fixed and len(other) * 2 > len(one_text)):
        return tuple(other)
    more = f" and {len(other) - NAMED} more" if len(other) > NAMED else ""
    raise UsageError(
        f"the text of {len(other)} of {len(tasks)} tasks differs between the arms",
        where=", ".join(_quoted(key) for key in other[:NAMED]) + more,
        why="under one key, runs of one task are compared, and these are other tasks",
        hint="run both arms on the same tasks, give changed ones another key, or say --changed-tasks",
    )


def _differing(left: Sequence[Left], n_every: int, arms: Sequence[Arm]) -> UsageError:
    named: list[str] = []
    for arm in arms:
        lacks = [each.task_key for each in left if arm.name in each.arms]
        if lacks:
            without = len(set(lacks) & set(arm.unjudged_tasks))
            unjudged = f", {without} of them with runs that have no verdict" if without else ""
            more = f" and {len(lacks) - NAMED} more" if len(lacks) > NAMED else ""
            listed = ", ".join(_quoted(key) for key in lacks[:NAMED])
            named.append(
                f"{_quoted(arm.name)} has no verdict on {len(lacks)} of {n_every} tasks{unjudged}: {listed}{more}"
            )
    return UsageError(
        "the arms are not of the same tasks",
        why="; ".join(named),
        hint="--common compares the tasks that all arms share, and says which it left out",
    )


def _refuse_names(arms: Sequence[Arm]) -> None:
    names = [arm.name for arm in arms]
    if len(names) < 2:
        raise UsageError(
            "a comparison takes two arms or more",
            why=f"there is {', '.join(map(_quoted, names)) or 'none'}",
            hint="give two evaluation runs, files or folders of runs, or --by prompt, model or agent",
        )
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UsageError(f"two arms have the name {_quoted(twice)}", hint="name them: `before=PATH after=PATH`")


def _quoted(name: str) -> str:
    return repr(shortened(visible(name), NAME_CHARS))
