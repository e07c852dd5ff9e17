"""Reflexion over many tasks, with the control that the paper lacks: plain retries that may spend as much.

Two arms that share their first trial, which is the same prompt in both: one goes on with reflections, the other tries
again without any until it has spent what the first one did on that task. Raises `UsageError` for no tasks or two of one
key, and what a journaled model raises.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal, TypeVar

from seasoned.core.agent import Agent, Evaluator
from seasoned.core.trace import Task
from seasoned.core.value import Value
from seasoned.errors import UsageError
from seasoned.llm.account import Account, BudgetedModel
from seasoned.llm.model import Model
from seasoned.pipeline.reflexion.curve import Paired, Point, Spent, pass_curve, retry_bounds
from seasoned.pipeline.reflexion.live import LiveOptions, Trials
from seasoned.pipeline.reflexion.trials import ReflexionReport, Trial, tried

Given = TypeVar("Given")
Made = TypeVar("Made")
Measure = Literal["tokens", "usd", "runs"]
"""In what cost is compared: tokens where all trials tell theirs, else USD, else runs of the agent, reflections free."""

RETRIES_PER_TRIAL = 4
"""So many plain retries at most for each trial with reflections, however little they cost."""

BY_CONSTRUCTION = (
    "The curves can only rise: a task that passed is not tried again, so they are monotone by construction and are no "
    "accuracy on tasks tried once."
)
_ORACLE = (
    "The evaluator ({names}) decided when to try again: where it knows the right answer, an agent in service, which "
    "does not, will reach less."
)
_BOUNDS = (
    "Plain retries at equal cost were not run. From the first trials alone, {n:.1f} runs for each task would pass "
    "between {low:.0%} (an agent that is the same every time) and {high:.0%} (all tasks equally hard)."
)
_RUNS = "Not every trial tells its tokens or its cost: the arms are compared by runs of the agent, reflections free."


class ReflexionStudy(Value):
    """What came of all tasks."""

    reports: tuple[ReflexionReport, ...]
    """One for each task, in order."""
    retries: tuple[tuple[Trial, ...], ...] = ()
    """Of each task: plain trials, of which the first is shared with its report; empty without a control."""
    curve: tuple[Point, ...]
    measure: Measure
    notes: tuple[str, ...]
    """What must be read beside the numbers."""


async def reflexion_over(
    agent: Agent,
    tasks: Sequence[Task],
    evaluator: Evaluator,
    *,
    model: Model,
    options: LiveOptions | None = None,
    control: bool = False,
) -> ReflexionStudy:
    """Let an agent try tasks with reflections, and tell how many pass within how many trials.

    Args:
        agent: Is called once for each trial, of `ReflexionConfig.concurrency` tasks at once.
        tasks: Each with a key of its own.
        evaluator: Says how a trial ended.
        model: Writes the reflections, all on one budget.
        options: The rest; None leaves every default.
        control: Try each task again without reflections, until as much is spent.

    Raises:
        UsageError: There is no task, or two have one key.
    """
    options = options or LiveOptions()
    _refuse_unfit(tasks)
    account = Account(options.budget)
    trials = Trials(agent, evaluator, BudgetedModel(model, account), account, options)
    reports = await _side_by_side(trials.at, tasks, options.config.concurrency)
    if not control:
        return _study(reports, (), options)
    measure = _measure([trial for report in reports for trial in report.trials])

    async def again(report: ReflexionReport) -> tuple[Trial, ...]:
        return await _retries(agent, evaluator, report, options, measure)

    return _study(reports, await _side_by_side(again, reports, options.config.concurrency), options)


def _refuse_unfit(tasks: Sequence[Task]) -> None:
    twice = [key for key, n in Counter(task.key for task in tasks).items() if n > 1]
    if not tasks or twice:
        raise UsageError(
            "tasks need to be at least one, each with a key of its own",
            where=", ".join(map(repr, twice[:3])) or None,
            why=f"keys that stand there more than once: {len(twice)}" if twice else "there is no task",
            hint="give each task once; the agent tries it as often as `max_trials` says",
        )


async def _side_by_side(work: Callable[[Given], Awaitable[Made]], pieces: Sequence[Given], n: int) -> tuple[Made, ...]:
    slots = asyncio.Semaphore(n)

    async def one(piece: Given) -> Made:
        async with slots:
            return await work(piece)

    return tuple(await asyncio.gather(*map(one, pieces)))


async def _retries(
    agent: Agent, evaluator: Evaluator, report: ReflexionReport, options: LiveOptions, measure: Measure
) -> tuple[Trial, ...]:
    """Plain trials at a task until one passes or as much is spent as with reflections."""
    limit = sum(_amount(trial, measure) for trial in report.trials)
    # The shared first trial costs this arm no reflection.
    trials = [report.trials[0].model_copy(update=_WITHOUT_REFLECTION)]
    while (
        trials[-1].is_judged
        and not trials[-1].is_success
        and len(trials) < RETRIES_PER_TRIAL * options.config.max_trials
        and sum(_amount(trial, measure) for trial in trials) < limit
    ):
        trials.append(await tried(agent, evaluator, report.task, options.prompt, len(trials) + 1))
    return tuple(trials)


_BLANK = Trial(number=1)
_WITHOUT_REFLECTION = {name: getattr(_BLANK, name) for name in ("reflection", "no_reflection", "reflecting")}


def _study(
    reports: tuple[ReflexionReport, ...], retries: tuple[tuple[Trial, ...], ...], options: LiveOptions
) -> ReflexionStudy:
    every = [trial for report in reports for trial in report.trials]
    measure = _measure([*every, *(trial for trials in retries for trial in trials)])
    paired = [
        Paired(
            reflexion=_spent(report.trials, measure),
            retry=_spent(retries[place], measure) if retries else (),
        )
        for place, report in enumerate(reports)
    ]
    sources = {trial.trace.outcome.source for trial in every if trial.trace and trial.trace.outcome}
    notes = [BY_CONSTRUCTION, _ORACLE.format(names=", ".join(sorted(sources)) or "none")]
    if not retries:
        n, (low, high) = _bounds(reports, measure)
        notes.append(_BOUNDS.format(n=n, low=low, high=high))
    if measure == "runs":
        notes.append(_RUNS)
    curve = pass_curve(paired, options.config.max_trials)
    return ReflexionStudy(reports=reports, retries=retries, curve=curve, measure=measure, notes=tuple(notes))


def _bounds(reports: Sequence[ReflexionReport], measure: Measure) -> tuple[float, tuple[float, float]]:
    """How many plain runs for each task the same money buys, and between what they pass."""
    spent = sum(_amount(trial, measure) for report in reports for trial in report.trials)
    plain = [report.trials[0].model_copy(update=_WITHOUT_REFLECTION) for report in reports]
    first = sum(_amount(trial, measure) for trial in plain)
    n_trials = spent / first if first else 1.0
    return n_trials, retry_bounds([trial.is_success for trial in plain], int(n_trials))


def _spent(trials: Sequence[Trial], measure: Measure) -> tuple[Spent, ...]:
    """The trials, each with the reflection that was written for it; one that nothing came after goes to the last."""
    plain = [_amount(trial.model_copy(update=_WITHOUT_REFLECTION), measure) for trial in trials]
    reflecting = [_amount(trial, measure) - amount for trial, amount in zip(trials, plain, strict=True)]
    amounts = [amount + before for amount, before in zip(plain, [0.0, *reflecting], strict=False)]
    amounts[-1] += reflecting[-1]
    return tuple(
        Spent(amount=max(0.0, amount), is_success=trial.is_success)
        for trial, amount in zip(trials, amounts, strict=True)
    )


def _measure(trials: Sequence[Trial]) -> Measure:
    if all(trial.n_tokens is not None for trial in trials):
        return "tokens"
    return "usd" if all(trial.cost_usd is not None for trial in trials) else "runs"


def _amount(trial: Trial, measure: Measure) -> float:
    match measure:
        case "tokens":
            return float(trial.n_tokens or 0)
        case "usd":
            return trial.cost_usd or 0.0
        case "runs":
            return 1.0
