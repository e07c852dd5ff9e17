"""Reflexion around a live agent: it tries a task, an evaluator judges, a model plans the next trial, until one passes.

The evaluator decides when to try again. Where it knows the right answer, as a benchmark's does, what comes of it is not
what an agent reaches that must judge itself. Raises `UsageError` for a sync call within an event loop, and `StoreError`
from a journaled model; whatever the agent, the evaluator or the provider does wrong is in the report.

Source: N. Shinn et al., "Reflexion", arXiv 2303.11366, algorithm 1.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from seasoned.compile.reflections import appended, reflections_text, unsafe
from seasoned.core.agent import Agent, Evaluator
from seasoned.core.reflection import Reflection
from seasoned.core.trace import Task, Trace
from seasoned.errors import BudgetExceeded, ProviderError
from seasoned.learn.injected import HandedOut
from seasoned.learn.reflexion.attempts import attempt_text
from seasoned.learn.reflexion.config import ReflexionConfig
from seasoned.learn.reflexion.learner import reflection_on
from seasoned.learn.reflexion.reflecting import Failure, Reflected, reflected
from seasoned.llm.account import Account, BudgetedModel, CallTotals
from seasoned.llm.budget import Budget
from seasoned.llm.model import Model, Reply, Request
from seasoned.pipeline.reflexion.trials import Ended, ReflexionReport, Trial, tried
from seasoned.threads import refuse_in_event_loop


@dataclass(frozen=True, kw_only=True)
class LiveOptions:
    """How a live agent's trials go, and who wants to know about them."""

    config: ReflexionConfig = field(default_factory=ReflexionConfig)
    prompt: str = ""
    """The instructions that every trial begins with; the reflections stand at their end."""
    earlier: tuple[Reflection, ...] = ()
    """Reflections on attempts at these tasks that were made before, oldest first."""
    similar: tuple[Reflection, ...] = ()
    """Reflections on other tasks, to be shown from the first trial on."""
    withheld: tuple[str, ...] = ()
    """What no reflection may name, such as the reference answer; it is never sent."""
    handed_out: tuple[str, ...] = ()
    """Texts of ours within `prompt`, such as skills, so that no reflection is made of them."""
    budget: Budget = field(default_factory=Budget)
    """What the reflections may cost: a hard stop. What the agent spends is its own."""
    on_trial: Callable[[Trial], None] = field(default=lambda _: None)
    """Told each trial when it is over, with the reflection on it."""


async def reflexion(
    agent: Agent, task: Task, evaluator: Evaluator, *, model: Model, options: LiveOptions | None = None
) -> ReflexionReport:
    """Let an agent try a task until it passes, with a reflection after each failure.

    Args:
        agent: Is called once for each trial.
        task: What is asked.
        evaluator: Says how a trial ended, by verdict, score or both; its free-text feedback goes to the model.
        model: Writes the reflections.
        options: The rest; None leaves every default.
    """
    options = options or LiveOptions()
    account = Account(options.budget)
    return await Trials(agent, evaluator, BudgetedModel(model, account), account, options).at(task)


def reflexion_sync(
    agent: Agent, task: Task, evaluator: Evaluator, *, model: Model, options: LiveOptions | None = None
) -> ReflexionReport:
    """`reflexion` where no event loop is running.

    Raises:
        UsageError: An event loop is running in this thread, as in a notebook; nothing was begun.
    """
    refuse_in_event_loop("reflexion_sync", "reflexion(...)")
    return asyncio.run(reflexion(agent, task, evaluator, model=model, options=options))


class Trials:
    """The trials of one agent, at any number of tasks.

    Args:
        agent: As for `reflexion`, like the evaluator and the options.
        model: On the account.
        account: What reflections are paid from.
    """

    def __init__(
        self, agent: Agent, evaluator: Evaluator, model: Model, account: Account, options: LiveOptions
    ) -> None:
        """Nothing is tried yet."""
        self._agent, self._evaluator, self._model = agent, evaluator, model
        self._account, self._options = account, options
        self._similar = tuple(each.text for each in options.similar if not unsafe(each.text))

    async def at(self, task: Task) -> ReflexionReport:
        """Try one task until it passes or there is nothing left to try."""
        config = self._options.config
        plans = [each.text for each in self._options.earlier if each.task_key == task.key and not unsafe(each.text)]
        trials: list[Trial] = []
        sections: list[str] = []
        last: Trace | None = None
        for number in range(1, config.max_trials + 1):
            section = self._section(plans, last, sections)
            sections.append(section)
            trial = await tried(self._agent, self._evaluator, task, appended(self._options.prompt, section), number)
            last = trial.trace or last
            ended = _ended(trial, is_last=number == config.max_trials)
            if ended is None and trial.trace is not None and config.strategy in _REFLECTING:
                trial, ended = await self._with_reflection(trial, trial.trace, plans, sections)
            if trial.reflection is not None:
                plans.append(trial.reflection.text)
            trials.append(trial)
            self._options.on_trial(trial)
            if ended is not None:
                return ReflexionReport(task=task, trials=tuple(trials), ended=ended)
        raise AssertionError("the last trial always ends it")

    async def _with_reflection(
        self, trial: Trial, trace: Trace, plans: list[str], sections: list[str]
    ) -> tuple[Trial, Ended | None]:
        """The trial with a reflection on it or why there is none, and why no further one comes, if so."""
        failure = Failure(
            trace=trace,
            earlier=tuple(plans),
            similar=self._similar[: self._options.config.n_similar],
            withheld=self._options.withheld,
            ours=self._ours(sections),
        )
        counted = _Counted(self._model)
        try:
            found = await reflected(failure, self._options.config, counted)
        except BudgetExceeded as error:
            return trial.model_copy(update={"no_reflection": str(error), "reflecting": counted.totals}), "budget"
        except ProviderError as error:
            # The next trial is a plain retry, which costs less than it would to give the task up.
            return trial.model_copy(update={"no_reflection": str(error), "reflecting": counted.totals}), None
        if found.text and (why := unsafe(found.text)):
            found = Reflected(reason=f"it may not be shown to an agent unread: it {why}")
        update: dict[str, object] = {"no_reflection": found.reason, "reflecting": counted.totals}
        if found.text:
            update["reflection"] = reflection_on(trace, trial.number, found, self._model.model_id)
        return trial.model_copy(update=update), "exhausted" if found.is_exhausted else None

    def _section(self, plans: list[str], last: Trace | None, sections: list[str]) -> str:
        config = self._options.config
        own = plans[-config.memory_limit :] if config.strategy in _REFLECTING else []
        shown = ""
        if last is not None and config.strategy in _SHOWING_LAST:
            shown = attempt_text(last, self._ours(sections), config.max_trajectory_tokens)
        return reflections_text(own, self._similar[: config.n_similar], shown)

    def _ours(self, sections: list[str]) -> HandedOut:
        return HandedOut([*self._options.handed_out, *sections])


_REFLECTING = frozenset({"reflexion", "last_attempt_and_reflexion"})
_SHOWING_LAST = frozenset({"last_attempt", "last_attempt_and_reflexion"})


def _ended(trial: Trial, *, is_last: bool) -> Ended | None:
    if not trial.is_judged:
        return "not judged"
    if trial.is_success:
        return "passed"
    return "out of trials" if is_last else None


class _Counted:
    """A model that counts what is asked of it: on a shared account nobody can say what one task cost."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.totals = CallTotals()

    @property
    def model_id(self) -> str:
        return self._model.model_id

    async def complete(self, request: Request) -> Reply:
        try:
            reply = await self._model.complete(request)
        except ProviderError:
            self.totals = self.totals.failed()
            raise
        self.totals = self.totals.answered(reply)
        return reply
