"""Blocking calls on threads of ours, from an event loop. Raises what the call raises."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")


def is_in_event_loop() -> bool:
    """Whether an event loop is running in this thread, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def finished(threads: Executor, function: Callable[..., T], *args: Any, **named: Any) -> T:
    """What a blocking call returns; a cancelled caller waits until it has ended, since it cannot be stopped half-way.

    Args:
        threads: Where it runs.
        function: What to call.
        *args: Its arguments.
        **named: Its arguments by name.
    """
    future = asyncio.get_running_loop().run_in_executor(threads, partial(function, *args, **named))
    # Whoever is cancelled has no use for its error, and asyncio prints what nobody has asked a future for.
    future.add_done_callback(lambda done: done.cancelled() or done.exception())
    try:
        await asyncio.wait([future])
    except asyncio.CancelledError:
        await asyncio.wait([future])
        raise
    return future.result()
