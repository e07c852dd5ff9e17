"""One trial: the agent asked once, and again where something outside of it failed.

What the agent does wrong is an `Attempted`; what lies outside of it is tried again and then given back as the error
that it is. Raises every other error of ours.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from seasoned.core.ids import canonical_json, sha256_hex
from seasoned.core.trace import Source, Step, Trace, Usage
from seasoned.core.trial import Ended
from seasoned.errors import AgentUnreachable, ProviderError, SeasonedError
from seasoned.evaluate.attempt import Attempt, Attempted, EvaluatedAgent, World

T = TypeVar("T")

FIRST_PAUSE_S = 1.0
MAX_PAUSE_S = 60.0
MAX_RETRY_AFTER_S = 120.0
"""Whoever asks for a longer wait is not waited for."""
ERROR_CHARS = 500
_MOST_COST_USD, _MOST_DURATION_S, _MOST_TOKENS = 1e9, 1e9, 1 << 53
"""What a trial is said to have used beyond these is no truth, and sums of it are no numbers."""
_SEED_BITS = 30
"""Seeds of later calls count up from a trial's, and providers take 31 bits."""

Unreached = ProviderError | AgentUnreachable


@dataclass(frozen=True)
class Failed:
    """Nothing came of it, for reasons outside of whom was asked."""

    error: Unreached


def seed_of(seed: int, task_key: str, trial: int) -> int:
    """The seed of one trial: from the evaluation's, the task and the trial's number alone, so that arms share it."""
    return int(sha256_hex(canonical_json(["seed", seed, task_key, trial])), 16) & ((1 << _SEED_BITS) - 1)


async def patiently(
    ask: Callable[[], Awaitable[T]], n_retries: int, sleep: Callable[[float], Awaitable[None]]
) -> tuple[T | Failed, int]:
    """What comes back, and how often it was asked for.

    Args:
        ask: What may fail for reasons outside.
        n_retries: How often it is asked again; an error that does not pass by waiting is not.
        sleep: How a pause passes.
    """
    n_tries = 0
    while True:
        n_tries += 1
        try:
            return await ask(), n_tries
        except (ProviderError, AgentUnreachable) as error:
            pause_s = _pause_s(error, n_tries)
            if n_tries > n_retries or pause_s is None:
                return Failed(error), n_tries
        await sleep(pause_s)


def _pause_s(error: SeasonedError, n_tries: int) -> float | None:
    """Seconds to wait; None where waiting is not worth it."""
    if isinstance(error, ProviderError) and not error.may_pass:
        return None
    asked_s = getattr(error, "retry_after_s", None)
    if isinstance(asked_s, int | float):
        return float(asked_s) if asked_s <= MAX_RETRY_AFTER_S else None
    return min(MAX_PAUSE_S, FIRST_PAUSE_S * 2 ** (n_tries - 1))


async def attempt_once(agent: EvaluatedAgent, attempt: Attempt, world: World | None, timeout_s: float) -> Attempted:
    """One attempt, over after `timeout_s` seconds; an exception that is none of ours is the agent's crash.

    Raises:
        SeasonedError: What the agent raises of ours.
    """
    limit, began_s = asyncio.timeout(timeout_s), time.monotonic()
    try:
        async with limit:
            # A copy: what an agent changes in what it is given is not to reach the record, nor the next trial.
            attempted = await agent.attempt(attempt.model_copy(deep=True), world)
    except SeasonedError:
        raise
    except Exception as error:  # noqa: BLE001 - an agent is code of somebody else
        if isinstance(error, TimeoutError) and limit.expired():
            attempted = _nothing(attempt, "timed out", f"no answer within {timeout_s:g} s")
        else:
            attempted = _nothing(attempt, "crashed", f"{type(error).__name__}: {error}")
    usage = _credible(attempted.trace.usage, time.monotonic() - began_s)
    trace = attempted.trace.model_copy(update={"usage": usage})
    return attempted.model_copy(update={"trace": trace, "error": attempted.error[-ERROR_CHARS:]})


def _credible(said: Usage, lasted_s: float) -> Usage:
    """What an agent says that it used, as far as it can be true; how long it took we saw ourselves."""
    n_in, n_out, cost_usd, duration_s = said.input_tokens, said.output_tokens, said.cost_usd, said.duration_s
    return Usage(
        input_tokens=None if n_in is None or n_in > _MOST_TOKENS else n_in,
        output_tokens=None if n_out is None or n_out > _MOST_TOKENS else n_out,
        cost_usd=None if cost_usd is None or cost_usd > _MOST_COST_USD else cost_usd,
        duration_s=lasted_s if duration_s is None or duration_s > _MOST_DURATION_S else duration_s,
    )


def _nothing(attempt: Attempt, ended: Ended, error: str) -> Attempted:
    """A trial of which only is known what the agent was given."""
    told = (Step(kind="system", text=attempt.prompt),) if attempt.prompt else ()
    steps = (*told, Step(kind="user", text=attempt.task.text), Step(kind="error", text=error))
    source = Source(format="evaluation", run_key=attempt.run_key)
    return Attempted(trace=Trace.of(task=attempt.task, steps=steps, source=source), ended=ended, error=error)
