"""The search of the library `gepa`, on a thread of its own, with nothing printed, written to files or sent by it.

Raises what the bridge was told to raise by whoever waits; what the library makes of errors is in `Bridge`.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any, Protocol, cast

from seasoned.errors import SeasonedError
from seasoned.learn.gepa.adapter import COMPONENT, Bridge
from seasoned.learn.gepa.config import GepaConfig
from seasoned.learn.gepa.splitting import Parts
from seasoned.threads import finished


class Result(Protocol):
    """What we read of `gepa.GEPAResult`."""

    candidates: list[dict[str, str]]
    val_aggregate_scores: list[float]
    best_idx: int


async def searched(base: str, parts: Parts[Any], bridge: Bridge[Any], config: GepaConfig) -> Result | None:
    """Search beside the loop; None where not even the base could be scored. Whoever gives up waiting ends it."""
    with ThreadPoolExecutor(1, thread_name_prefix="seasoned-gepa") as threads:
        work = asyncio.ensure_future(finished(threads, _optimized, base, parts, bridge, config))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            bridge.why_stopped = "nobody waits for it any more"
            await asyncio.wait([work])
            raise


def _optimized(base: str, parts: Parts[Any], bridge: Bridge[Any], config: GepaConfig) -> Result | None:
    try:
        result = import_module("gepa").optimize(
            seed_candidate={COMPONENT: base},
            trainset=list(parts.train),
            valset=list(parts.val),
            adapter=bridge,
            reflection_minibatch_size=config.reflection_minibatch_size,
            use_merge=config.use_merge,
            max_merge_invocations=config.max_merge_invocations,
            max_metric_calls=config.max_metric_calls,
            stop_callbacks=bridge.is_over,
            logger=_Silent(),
            track_best_outputs=False,
            seed=config.seed,
            raise_on_exception=False,
        )
    except SeasonedError as error:
        bridge.why_stopped = bridge.why_stopped or str(error)
        return None
    return cast("Result", result)


class _Silent:
    """What `gepa` would print."""

    def log(self, message: str) -> None:
        """Nothing."""
