"""Host functions as sandboxed code may call them: arguments checked, calls counted, time bounded.

Knows nothing of interpreters; names, arguments and their number come from hostile code. What a function raises is told
to the code or ends the turn, as `HostFunction` says.
"""

import asyncio
import inspect
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from seasoned.errors import BudgetExceeded, SeasonedError, StoreError
from seasoned.sandbox.sandbox import HostFunction, Limits
from seasoned.sandbox.stops import Stopped
from seasoned.sandbox.values import as_json


class HostCalls:
    """The host calls of one turn."""

    def __init__(self, functions: Mapping[str, HostFunction], limits: Limits) -> None:
        """Begin with no call made.

        Args:
            functions: By the name that the code uses.
            limits: How many calls, and how long they may take together.
        """
        self._functions, self._limits = functions, limits
        self._n_calls, self._left_s = 0, limits.host_duration_s

    def count(self) -> None:
        """One more; raises `Stopped` where that is one too many."""
        self._n_calls += 1
        if self._n_calls > self._limits.host_calls:
            raise Stopped(f"the code made more than {self._limits.host_calls:,} host calls")

    async def answer(self, name: str, args: Sequence[object], named: Mapping[str, object]) -> dict[str, JsonValue]:
        """`return_value`, or the `exc_type` and `message` of what is raised in the code.

        Raises:
            Stopped: The calls of the turn have taken too long together.
        """
        stopped = Stopped(f"the host calls of the code took longer than {self._limits.host_duration_s:g} s")
        # A function that never waits cannot be interrupted, but it can be the last one.
        if self._left_s <= 0:
            raise stopped
        clock = asyncio.get_running_loop().time
        started, deadline = clock(), asyncio.timeout(self._left_s)
        try:
            async with deadline:
                answer = await self._called(name, args, named)
        except TimeoutError:
            if not deadline.expired():
                raise
            raise stopped from None
        self._left_s -= clock() - started
        return answer

    async def _called(self, name: str, args: Sequence[object], named: Mapping[str, object]) -> dict[str, JsonValue]:
        function = self._functions.get(name)
        if function is None:
            return _raised("NameError", f"name {name!r} is not defined")
        try:
            plain = [as_json(each) for each in args]
            plainly_named = {key: as_json(each) for key, each in named.items()}
            inspect.signature(function).bind(*plain, **plainly_named)
        except (TypeError, ValueError) as error:
            return _raised(type(error).__name__, f"{name}(): {error}")
        try:
            return {"return_value": await function(*plain, **plainly_named)}
        except (BudgetExceeded, StoreError):
            raise
        except (ValueError, TypeError, LookupError) as error:
            return _raised(_kind(error), str(error))
        except SeasonedError as error:
            return _raised("RuntimeError", str(error))


def _raised(kind: str, message: str) -> dict[str, JsonValue]:
    return {"exc_type": kind, "message": message}


def _kind(error: Exception) -> str:
    return "TypeError" if isinstance(error, TypeError) else "KeyError" if isinstance(error, KeyError) else "ValueError"
