"""A Python function as an agent.

It takes, by its signature, one of

    (task: str, prompt: str)            the words alone
    (attempt: Attempt)                  all that is told of a trial
    (attempt: Attempt, world: World)    and the tools to work it with; the second parameter is called `world`
    (task: Task, prompt: str)           `core.agent.Agent`; the first parameter is annotated so

and gives back the text of its answer, chat messages (dictionaries or the objects of a model's client), a dictionary as
`answer` describes it, or a `Trace`. What it raises is a crash, but for `ProviderError` and `AgentUnreachable`, by which
it says that something outside of it failed, and `ConfigError` and `BudgetExceeded`, which stop the evaluation.

A function that is not async runs on a thread of its own, which nothing can stop: one that hangs counts as timed out
and is left to itself, without holding up the end of the program. One that is async is cancelled; one that is async
and never awaits holds up every trial, its own time limit included.
"""

import asyncio
import contextvars
import inspect
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal, cast

from pydantic import JsonValue
from pydantic_core import to_jsonable_python

from seasoned.core.ids import content_id
from seasoned.core.trace import Task, Trace
from seasoned.errors import AgentUnreachable, BudgetExceeded, ConfigError, ProviderError
from seasoned.evaluate.agents.answer import Given, Unreadable, given_value
from seasoned.evaluate.agents.command import TIMEOUT_S
from seasoned.evaluate.agents.working import Working
from seasoned.evaluate.attempt import Attempt, Attempted, World
from seasoned.evaluate.tools.watched import WatchedWorld

AgentFunction = Callable[..., object]
"""See the module's text."""
_Takes = Literal["words", "attempt", "attempt and world", "task"]
_PASSING = (ProviderError, AgentUnreachable, ConfigError, BudgetExceeded)
_STOPPING_S = 1.0
"""How long a cancelled function may take to put its things away."""
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class PythonAgent:
    """A function.

    Args:
        function: See the module's text.
        name: What reports call it; empty: the function's own name.
        timeout_s: Seconds for one trial.
        settings: What else determines what it does, such as its model: an evaluation with others is another one.

    Raises:
        ConfigError: It cannot be called with a trial, or there is no time.
    """

    def __init__(
        self,
        function: AgentFunction,
        name: str = "",
        *,
        timeout_s: float = TIMEOUT_S,
        settings: Mapping[str, JsonValue] | None = None,
    ) -> None:
        """The function is not called yet."""
        if not timeout_s > 0:
            raise ConfigError(f"an agent cannot be given {timeout_s:g} s", hint="give it more than 0")
        self._function, self._timeout_s, self._settings = function, timeout_s, dict(settings or {})
        self._called = _name_of(function)
        self._name = name or self._called
        self._takes: _Takes = _takes(function, self._called)

    @property
    def name(self) -> str:
        """As given, or the function's own."""
        return self._name

    @property
    def identity(self) -> dict[str, JsonValue]:
        """The function's name, the text of its module and the settings: an edited module is another agent.

        What the module imports is not looked at.
        """
        return {
            "agent": "python",
            "function": self._called,
            "source": _source_id(self._function),
            "settings": self._settings,
            "timeout_s": self._timeout_s,
        }

    def refuse(self, world: World | None) -> None:
        """See `RefusesWorlds.refuse`."""
        if self._takes != "attempt and world" and world is not None and world.tools:
            raise ConfigError(
                "this function cannot be handed the suite's tools",
                where=self.name,
                why=f"the tasks are worked with {', '.join(tool.name for tool in world.tools[:5])}",
                hint="let it take (attempt: Attempt, world: World), or evaluate a program",
            )

    async def attempt(self, attempt: Attempt, world: World | None) -> Attempted:
        """Call the function once; see `EvaluatedAgent.attempt`."""
        self.refuse(world)
        working = Working(self.name, attempt, world)
        watched = WatchedWorld(world) if world is not None and world.tools else None
        calling = asyncio.ensure_future(_call(partial(self._function, *self._arguments(attempt, watched or world))))
        # Whoever is late or cancelled has no use for its error, and asyncio prints what nobody has asked a task for.
        calling.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            done, _ = await asyncio.wait([calling], timeout=self._timeout_s)
        except asyncio.CancelledError:
            await _stop(calling)
            raise
        if not done:
            await _stop(calling)
        if watched is not None:
            working.made = watched.ended()
            if watched.failed is not None:
                raise watched.failed
        if not done:
            return working.failed("timed out", f"it had not returned after {self._timeout_s:g} s")
        return _came_of(calling, working)

    def _arguments(self, attempt: Attempt, world: World | None) -> tuple[object, ...]:
        if self._takes == "attempt":
            return (attempt,)
        if self._takes == "attempt and world":
            return attempt, world
        return attempt.task if self._takes == "task" else attempt.task.text, attempt.prompt


class _Exited(Exception):
    """The function tried to end the program."""


async def _call(function: Callable[[], object]) -> object:
    try:
        found = function() if _is_async(function) else await _on_thread(function)
        return await found if inspect.isawaitable(found) else found
    except SystemExit as cause:
        raise _Exited(f"it tried to end the program (SystemExit: {cause})") from cause


def _is_async(function: AgentFunction) -> bool:
    inner = _unwrapped(function)
    called = inspect.getattr_static(type(inner), "__call__", None)
    return inspect.iscoroutinefunction(inner) or inspect.iscoroutinefunction(called)


async def _on_thread(function: Callable[[], object]) -> object:
    """What a call returns that may never do so: on a thread that the program's end does not wait for."""
    loop = asyncio.get_running_loop()
    ended = loop.create_future()
    context = contextvars.copy_context()

    def tell(found: object, error: BaseException | None) -> None:
        if not ended.done():
            ended.set_result((found, error))

    def run() -> None:
        found: object = None
        error: BaseException | None = None
        try:
            found = context.run(function)
        except BaseException as raised:  # noqa: BLE001, it is raised again where it is waited for
            error = raised
        if not loop.is_closed():
            loop.call_soon_threadsafe(tell, found, error)

    threading.Thread(target=run, name="agent under test", daemon=True).start()
    found, error = await ended
    if error is None:
        return found
    if isinstance(error, (Exception, SystemExit, asyncio.CancelledError)):
        raise error
    raise _Exited(f"{type(error).__name__}: {error}")


async def _stop(calling: "asyncio.Future[object]") -> None:
    calling.cancel()
    await asyncio.wait([calling], timeout=_STOPPING_S)


def _came_of(calling: "asyncio.Future[object]", working: Working) -> Attempted:
    if calling.cancelled():
        return working.failed("crashed", "it cancelled itself (CancelledError)")
    error = calling.exception()
    if isinstance(error, _PASSING):
        raise error
    if error is not None:
        return working.failed("crashed", str(error) if isinstance(error, _Exited) else _worded(error))
    found = calling.result()
    try:
        return working.worked(found) if isinstance(found, Trace) else working.answered(_given(found))
    except Unreadable as cause:
        return working.failed("unreadable", f"what it returned is no answer: {cause}")


def _given(found: object) -> Given:
    if isinstance(found, str):
        return Given(answer=found)
    if not isinstance(found, (dict, list, tuple)):
        kind = type(found).__name__  # pyright: ignore[reportUnknownArgumentType], an instance of anything
        raise Unreadable(f"a {kind}, where text, messages, a dictionary of these or a Trace are due")
    try:
        value: JsonValue = to_jsonable_python(found, exclude_none=True)
    except Exception as cause:
        raise Unreadable(_worded(cause)) from cause
    return given_value(value)


def _worded(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001, an error of the agent's own making that cannot say what it is
        return type(error).__name__


def _takes(function: AgentFunction, name: str) -> _Takes:
    """What the function is called with; see the module's text."""
    parameters = _parameters(function, name)
    places = [each for each in parameters if each.kind in _POSITIONAL]
    required = [each for each in places if each.default is inspect.Parameter.empty]
    needs_more = any(
        each.kind is inspect.Parameter.KEYWORD_ONLY and each.default is inspect.Parameter.empty for each in parameters
    )
    first = places[0].annotation if places else None
    if not needs_more and len(places) > 1 and places[1].name == "world" and len(required) <= 2:
        return "attempt and world"
    if not needs_more and len(required) <= 1 <= len(places) and (_is(first, Attempt) or len(places) == 1):
        if not _is(first, str):
            return "attempt"
    elif not needs_more and len(required) <= 2 <= len(places):
        return "task" if _is(first, Task) else "words"
    elif not needs_more and not required and any(each.kind is inspect.Parameter.VAR_POSITIONAL for each in parameters):
        return "words"
    shown = ", ".join(map(str, parameters))
    raise ConfigError(
        "the function cannot be called with a trial",
        where=name,
        why=f"it takes ({shown})",
        hint="let it take (task: str, prompt: str), or (attempt), or (attempt, world)",
    )


def _parameters(function: AgentFunction, name: str) -> list[inspect.Parameter]:
    if not callable(function):
        raise ConfigError("the agent is no function", where=name, why=f"it is a {type(function).__name__}")
    try:
        return list(inspect.signature(function, eval_str=True).parameters.values())
    except Exception:  # noqa: BLE001, annotations are evaluated, and may name what is not there at run time
        return _unevaluated(function, name)


def _unevaluated(function: AgentFunction, name: str) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError) as cause:
        raise ConfigError("nothing is known of what the function takes", where=name, why=str(cause)) from cause


def _is(annotation: object, wanted: type) -> bool:
    if isinstance(annotation, str):
        return annotation.rpartition(".")[2] == wanted.__name__
    return annotation is wanted


def _unwrapped(function: AgentFunction) -> AgentFunction:
    while isinstance(function, partial):
        function = cast("AgentFunction", function.func)
    return function


def _inner(function: AgentFunction) -> Any:
    """What has a name and a source text: the function, or the class of an object that can be called."""
    inner = _unwrapped(function)
    return inner if hasattr(inner, "__qualname__") else type(inner)


def _name_of(function: AgentFunction) -> str:
    inner = _inner(function)
    return f"{inner.__module__}:{inner.__qualname__}"


def _source_id(function: AgentFunction) -> str | None:
    """The id of the module's text, else of the function's; None where there is none, as of what was typed."""
    inner = _inner(function)
    for holder in (inspect.getmodule(inner), inner):
        try:
            return content_id("source", inspect.getsource(cast("Any", holder)))
        except (OSError, TypeError):
            continue
    return None
