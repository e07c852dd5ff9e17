"""The Recursive Reflector: a model reads traces with code it writes, turn by turn, in a sandboxed REPL.

The traces are variables in the sandbox, not text in the prompt: the model sees a brief, searches, compares, asks other
models about pieces, cites, and submits findings, each of whose quotes is checked against the stored trace. Episodes are
planned without a model and run concurrently. Requests are a pure function of traces, skillbook and configuration, so
that recordings replay. One failed episode is a note; `learn` raises `SandboxError` where no sandbox can be had, and
lets `StoreError` of the model's journal through.

Source: A. L. Zhang, T. Kraska, O. Khattab, "Recursive Language Models", arXiv 2512.24601.
"""

import asyncio
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from typing import cast, get_args

from pydantic import JsonValue

from seasoned.config import SandboxName
from seasoned.core.trace import Trace
from seasoned.errors import SeasonedError, UsageError
from seasoned.learn.learner import LearnContext, LearnReport
from seasoned.learn.recursive.config import NAME, RecursiveConfig
from seasoned.learn.recursive.episode import EpisodeWork, Means
from seasoned.learn.recursive.episodes import Episode, plan
from seasoned.learn.recursive.questions import Allowance
from seasoned.learn.recursive.shared import EpisodeResult, Shared
from seasoned.learn.registry import configured, identity_of
from seasoned.llm.budget import Budget
from seasoned.llm.prompt_file import load
from seasoned.llm.shares import Shares
from seasoned.sandbox.choice import sandbox_pool
from seasoned.sandbox.monty import MontyPool
from seasoned.sandbox.sandbox import SandboxPool


class RecursiveLearner:
    """The Recursive Reflector as a `Learner`."""

    def __init__(self, config: RecursiveConfig | None = None, *, pool: Callable[[], SandboxPool] | None = None) -> None:
        """Configure; nothing starts before `learn`.

        Args:
            config: How it works.
            pool: Makes the sandboxes, `RecursiveConfig.max_sandboxes` at once or more, for an episode waits with its
                own open for the one that it started; None means Monty.
        """
        self._config = config or RecursiveConfig()
        self._has_own_pool = pool is not None
        self._pool = pool or (lambda: MontyPool(max_processes=self._config.max_sandboxes))

    @property
    def name(self) -> str:
        """`recursive`."""
        return NAME

    @property
    def config(self) -> RecursiveConfig:
        """How it works."""
        return self._config

    @property
    def identity(self) -> dict[str, JsonValue]:
        """The whole configuration, which versions of the prompts it is for, and the dialect, if not Monty's."""
        prompts = [load(__package__ or "", name) for name in (NAME, "question")]
        dialect: dict[str, JsonValue] = {"dialect": self._pool().dialect} if self._has_own_pool else {}
        return {**identity_of(self._config, prompts), **dialect}

    async def learn(self, traces: Sequence[Trace], context: LearnContext) -> LearnReport:
        """Run the planned episodes; see `Learner.learn`."""
        episodes = plan(traces, self._config.episode.at_once(self._config.concurrency))
        if not episodes:
            return LearnReport(notes=("No run failed, and none is without a verdict: there is nothing to read.",))
        by_id = {trace.id: trace for trace in traces}
        results: dict[int, EpisodeResult] = {}
        slots = asyncio.Semaphore(self._n_at_once(context.account.budget))

        async def one(index: int, episode: Episode, shared: Shared, shares: Shares) -> None:
            async with slots:
                with closing(shares.open()) as share:
                    chosen = [by_id[key] for key in episode.trace_ids]
                    means = Means(share=share, allowance=Allowance(self._config.max_questions))
                    results[index] = await EpisodeWork(episode, index, chosen, shared, means).run()
            shared.finished()

        with _ungrouped():
            async with self._pool() as pool, asyncio.TaskGroup() as group:
                shared = Shared(context, self._config, pool, traces)
                shared.n_episodes = len(episodes)
                shares = Shares(context.account, len(episodes), least=Budget(max_calls=self._config.max_turns))
                for index, episode in enumerate(episodes):
                    group.create_task(one(index, episode, shared, shares))
        return shared.report([results[index] for index in sorted(results)], episodes)

    def _n_at_once(self, budget: Budget) -> int:
        """Episodes at once: not so many that a small budget is spent on beginnings and finishes none."""
        n_affordable = (
            self._config.concurrency if budget.max_calls is None else budget.max_calls // self._config.max_turns
        )
        return max(1, min(self._config.concurrency, n_affordable))


def recursive(settings: Mapping[str, str]) -> RecursiveLearner:
    """The Recursive Reflector by settings as words, as `--learner` has it.

    `sandbox` is where the model's code runs, `monty` or `cpython`; the others are fields of `RecursiveConfig`.
    """
    rest = dict(settings)
    name = rest.pop("sandbox", "monty")
    if name not in get_args(SandboxName):
        raise UsageError(f"there is no sandbox {name!r}", hint=f"The sandboxes are {', '.join(get_args(SandboxName))}")
    config = configured(RecursiveConfig, rest, NAME)
    # Monty is the learner's own default: named or not, the run is the same.
    kind = cast("SandboxName", name)
    pool = None if name == "monty" else partial(sandbox_pool, kind, max_processes=config.max_sandboxes)
    return RecursiveLearner(config, pool=pool)


@contextmanager
def _ungrouped() -> Generator[None]:
    """Raise the first of our own errors in a task group as itself, which is what callers catch and show."""
    ours: SeasonedError | None = None
    try:
        yield
    except ExceptionGroup as group:
        ours = _first_of_ours(group)
        if ours is None:
            raise
    if ours is not None:
        raise ours


def _first_of_ours(error: Exception) -> SeasonedError | None:
    if isinstance(error, ExceptionGroup):
        members = cast("ExceptionGroup[Exception]", error).exceptions
        return next((found for each in members if (found := _first_of_ours(each)) is not None), None)
    return error if isinstance(error, SeasonedError) else None
