"""The agent of tau2-bench with our prompt in its policy, as an `EvaluatedAgent`.

A conversation runs on a thread. One that nobody waits for any more ends with its next message. Raises what
`simulating` raises, and `UsageError` for a task of another suite.
"""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event
from typing import Any

from pydantic import JsonValue

from seasoned.core.trace import Trace, Usage
from seasoned.core.trial import Ended
from seasoned.errors import AgentUnreachable, UsageError
from seasoned.evaluate.attempt import NOTHING, Attempt, Attempted, World, last_answer
from seasoned.evaluate.suites.tau2.package import Package
from seasoned.evaluate.suites.tau2.simulating import Parts, Simulated, simulated
from seasoned.evaluate.suites.trial_trace import trial_trace
from seasoned.ingest.formats.tau2_bench import Tau2Bench

_MAX_THREADS = 64
_ENDS: dict[str, Ended] = {
    "user_stop": "answered",
    "agent_stop": "answered",
    "max_steps": "out of steps",
    "too_many_errors": "stopped",
    "judge_stop": "stopped",
    "agent_error": "unreadable",
    "timeout": "timed out",
}
_OUTSIDE = frozenset({"user_error", "infrastructure_error"})
_SECRET = frozenset({"api_key"})


class Tau2Agent:
    """Works tasks of one domain."""

    def __init__(self, package: Package, domain: str, tasks: Mapping[str, Any], parts: Parts) -> None:
        """Nothing is asked yet.

        Args:
            package: The benchmark.
            domain: Whose environment and policy.
            tasks: The benchmark's own tasks by the keys of ours.
            parts: Which models take part.
        """
        self._package, self._domain, self._tasks, self._parts = package, domain, tasks, parts
        self._threads = ThreadPoolExecutor(_MAX_THREADS, thread_name_prefix="tau2")

    @property
    def name(self) -> str:
        """`nothing`, or how the benchmark calls its agent."""
        return ("llm_agent_solo" if self._parts.is_solo else "llm_agent") if self._parts.model else NOTHING

    @property
    def identity(self) -> dict[str, JsonValue]:
        """The package, the domain and the models; no key."""
        parts = self._parts
        return {
            "agent": f"tau2 {self.name}",
            "package": self._package.version,
            "domain": self._domain,
            "model": parts.model,
            "model_args": _without_keys(parts.model_args),
            "user_model": parts.user_model,
            "user_args": _without_keys(parts.user_args),
            "judge_model": parts.judge_model,
            "is_solo": parts.is_solo,
            "max_steps": parts.max_steps,
        }

    async def attempt(self, attempt: Attempt, world: World | None) -> Attempted:
        """Hold one conversation; `world` is None, as the benchmark brings its own.

        Raises:
            ProviderError: A model did not answer.
            AgentUnreachable: The simulated user or the environment broke.
            ConfigError: The provider does not take the model or the key.
            UsageError: The task is none of this suite.
        """
        del world
        if (task := self._tasks.get(attempt.task.key)) is None:
            raise UsageError(f"the suite has no task {attempt.task.key!r}", where=f"tau2:{self._domain}")
        stop = Event()
        work = partial(simulated, self._package, self._domain, task, attempt, parts=self._parts, stop=stop)
        try:
            came = await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except asyncio.CancelledError:
            stop.set()
            raise
        return self._attempted(came, attempt)

    def _attempted(self, came: Simulated, attempt: Attempt) -> Attempted:
        if came.reason in _OUTSIDE:
            raise AgentUnreachable("tau2-bench ended a conversation for a reason outside of the agent", why=came.reason)
        trace = _priced(trial_trace(came.log, Tau2Bench(), attempt, came.outcome))
        return Attempted(
            trace=trace,
            ended=_ENDS.get(came.reason, "stopped"),
            answer=last_answer(trace.steps),
            error=came.fault or ("" if _ENDS.get(came.reason) == "answered" else came.reason),
            outcome=came.outcome,
        )


def _priced(trace: Trace) -> Trace:
    """The benchmark writes 0 where it knows no price; a model that took tokens for nothing is one of those."""
    usage: Usage = trace.usage
    if usage.cost_usd == 0 and (usage.input_tokens or usage.output_tokens):
        return trace.model_copy(update={"usage": usage.model_copy(update={"cost_usd": None})})
    return trace


def _without_keys(arguments: Mapping[str, Any]) -> dict[str, JsonValue]:
    return {name: value for name, value in sorted(arguments.items()) if name not in _SECRET}
