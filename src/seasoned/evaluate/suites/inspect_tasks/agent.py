"""A model in the solver of an Inspect task, as an `EvaluatedAgent`.

Trials that are asked for at the same time go into one evaluation of Inspect; those that come later wait for it. A trial
that nobody waits for any more is not begun, and is let finish where it was. Raises what `running` raises, and
`UsageError` for a task of another suite.
"""

import asyncio
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from pydantic import JsonValue

from seasoned.core.outcome import scored
from seasoned.core.trial import Ended
from seasoned.errors import AgentUnreachable, UsageError
from seasoned.evaluate.attempt import NOTHING, Attempt, Attempted, World, last_answer
from seasoned.evaluate.suites.inspect_tasks.package import Package
from seasoned.evaluate.suites.inspect_tasks.running import NOBODY, THREAD, Played, Trial, evaluated
from seasoned.evaluate.suites.trial_trace import trial_trace
from seasoned.ingest.evals.inspect_scores import read_outcome
from seasoned.ingest.formats.inspect_eval import InspectEval
from seasoned.ingest.narrow import as_list, as_object, as_text

_LIMITS: dict[str, Ended] = {
    "time": "timed out",
    "working": "timed out",
    "message": "out of steps",
    "turn": "out of steps",
    "token": "out of steps",
    "cost": "out of steps",
    "context": "out of steps",
}
_MODEL_FRAMES = re.compile(r"inspect_ai[/\\]model[/\\](_model\.py|_providers)")
"""Where an error came through that is a model's, and not the solver's."""
_TOOL_FRAME = "_call_tools.py"
"""Stands there too where a model's turn ran a tool that broke."""
_MAX_ERROR_CHARS = 500

Log = dict[str, JsonValue]


class InspectAgent:
    """Works the samples of one task."""

    def __init__(self, package: Package, task: Any, samples: Mapping[str, Any], played: Played) -> None:
        """Nothing is asked yet.

        Args:
            package: The package.
            task: Inspect's task.
            samples: Its samples by the keys of our tasks.
            played: Which model works them.
        """
        self._package, self._task, self._samples, self._played = package, task, samples, played
        self._waiting: list[tuple[Trial, asyncio.Future[Log]]] = []
        self._work: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """`nothing`, or the task's name."""
        return NOTHING if self._played.model == NOBODY else str(self._task.name)

    @property
    def identity(self) -> dict[str, JsonValue]:
        """The package, the task and the model."""
        return {
            "agent": f"inspect {self.name}",
            "package": f"inspect_ai {self._package.version}",
            "task": str(self._task.name),
            "task_version": str(self._task.version),
            "model": self._played.model,
            "base_url": self._played.base_url or "",
            "time_limit_s": self._played.time_limit_s,
        }

    async def attempt(self, attempt: Attempt, world: World | None) -> Attempted:
        """Work one sample; `world` is None, as Inspect brings its own tools.

        Raises:
            AgentUnreachable: A model did not answer, or Inspect broke.
            ConfigError: Inspect cannot begin, such as without a key.
            UsageError: The task is none of this suite.
        """
        del world
        if (sample := self._samples.get(attempt.task.key)) is None:
            raise UsageError(f"the suite has no task {attempt.task.key!r}", where=self.name)
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((Trial(sample=sample, prompt=attempt.prompt, seed=attempt.seed), future))
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._worked())
        return _attempted(await future, attempt, is_nothing=self._played.model == NOBODY)

    async def _worked(self) -> None:
        """Evaluate what waits, until nothing does."""
        # Whoever asks at the same time has asked after this.
        await asyncio.sleep(0)
        while self._waiting:
            batch = [each for each in self._waiting if not each[1].done()]
            self._waiting.clear()
            if batch:
                await self._evaluated(batch)

    async def _evaluated(self, batch: list[tuple[Trial, asyncio.Future[Log]]]) -> None:
        work = partial(evaluated, self._package, self._task, [trial for trial, _ in batch], self._played)
        try:
            logs = await asyncio.get_running_loop().run_in_executor(THREAD, work)
        except Exception as error:  # noqa: BLE001 - whoever waits for the trial raises it
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), log in zip(batch, logs, strict=True):
            if not future.done():
                future.set_result(log)


def _attempted(log: Log, attempt: Attempt, *, is_nothing: bool) -> Attempted:
    sample = as_object(next(iter(as_list(log.get("samples"))), None))
    problem = as_object(sample.get("error")) or ({} if sample else as_object(log.get("error")))
    why = as_text(problem.get("message"))[:_MAX_ERROR_CHARS]
    if problem and (not sample or _is_outside(as_text(problem.get("traceback")))):
        raise AgentUnreachable("a sample of Inspect failed for a reason outside of the agent", why=why)
    outcome = read_outcome(sample, log)
    if problem and outcome is None:
        outcome = scored(0.0, "verifier", name="inspect", feedback="the solver crashed")
    trace = trial_trace(log, InspectEval(), attempt, outcome)
    limit = as_text(as_object(sample.get("limit")).get("type"))
    ended: Ended = "crashed" if problem else _LIMITS.get(limit, "stopped") if limit else "answered"
    return Attempted(
        trace=trace,
        ended=ended,
        answer="" if is_nothing else last_answer(trace.steps),
        error=why or (f"{limit} limit" if limit else ""),
        outcome=outcome,
    )


def _is_outside(traceback: str) -> bool:
    return _TOOL_FRAME not in traceback and _MODEL_FRAMES.search(traceback) is not None
