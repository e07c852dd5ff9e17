"""Where blocking calls and event loops meet: calls on threads of ours, and calls that a loop must not make.

Raises what the call raises, and `UsageError`.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import Any, TypeVar

from seasoned.errors import UsageError

T = TypeVar("T")


def refuse_in_event_loop(what: str, instead: str) -> None:
    """Stop a function that waits, where an event loop is running in this thread, as in a notebook.

    Args:
        what: The function that was called.
        instead: The call that can be awaited there.

    Raises:
        UsageError: An event loop is running.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise UsageError(
        f"{what} cannot be called where an event loop is running, as in a notebook",
        hint=f"use `await {instead}` there",
    )


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
