"""The condition of a skill as code: a predicate over a run, which is run in the sandbox and nowhere else.

It is a piece of Python with two functions: `triggered(run)` says whether the situation came up that the skill is about,
and `followed(run)`, asked only then, whether the agent did what the skill says. A run is the same object that a
learner's code works with (`run.task`, `run.steps`, `run.calls(name)`, `run.find(regex)`), but how it ended is not told:
a condition that knew would only repeat it. Code that fails on a run says nothing about that run and is counted. Raises
`UsageError` for code that defines no such functions, and `SandboxError` where no sandbox can be had.
"""

from collections.abc import AsyncIterator, Iterable

from pydantic import JsonValue

from seasoned.core.text import shortened
from seasoned.core.trace import Trace
from seasoned.core.value import Text, Value
from seasoned.errors import SandboxError, UsageError
from seasoned.learn.recursive.inside import objects_source
from seasoned.learn.recursive.views import views
from seasoned.sandbox.sandbox import HostFunction, Limits, Sandbox, SandboxPool, Turn

LIMITS = Limits(duration_s=2.0, output_chars=2_000)
"""For one run."""
ERROR_CHARS = 300
_CHECK = """
_run = Trace(_next_view())
_met = triggered(_run)
_said(bool(_met), bool(followed(_run)) if _met else None)
"""
_EXAMPLE = "`def triggered(run): return run.calls('refund')` and `def followed(run): return len(run.calls('ask')) > 0`"


class Checked(Value):
    """What the condition says of one run."""

    trace_id: str
    task_key: Text
    passed: bool | None
    """None where nobody has judged the run."""
    is_triggered: bool = False
    is_followed: bool | None = None
    """None where it was not triggered."""
    error: Text = ""
    """Why the condition could not say; it then counts nowhere else."""


async def checked(runs: Iterable[Trace], code: str, pool: SandboxPool) -> AsyncIterator[Checked]:
    """Ask the condition about runs, one after the other.

    Args:
        runs: Those of sub-agents belong to the run that started them and are the caller's to leave out.
        code: The condition.
        pool: Open; one sandbox of it is used.

    Raises:
        UsageError: The code does not define the two functions, or fails before it sees a run.
        SandboxError: The sandbox cannot be opened or brought back.
    """
    desk = _Desk()
    sandbox = pool.sandbox()
    try:
        await _opened(sandbox, desk, code)
        for run in runs:
            yield await _about(sandbox, desk, run)
    finally:
        await sandbox.close()


class _Desk:
    """What the code in the sandbox asks of us: the next run, and where to put what it found."""

    def __init__(self) -> None:
        self._view: JsonValue = None
        self._said: tuple[JsonValue, JsonValue] | None = None

    def show(self, run: Trace) -> None:
        """Lay a run out, without how it ended."""
        (self._view,) = views([run.model_copy(update={"outcome": None})])
        self._said = None

    @property
    def said(self) -> tuple[JsonValue, JsonValue] | None:
        """Whether the run met the condition, and followed it; None where the code did not come to say so."""
        return self._said

    @property
    def functions(self) -> dict[str, HostFunction]:
        return {"_next_view": self._next_view, "_said": self._take}

    async def _next_view(self) -> JsonValue:
        return self._view

    async def _take(self, is_triggered: JsonValue, is_followed: JsonValue) -> JsonValue:
        self._said = (is_triggered, is_followed)
        return None


async def _opened(sandbox: Sandbox, desk: _Desk, code: str) -> None:
    await sandbox.start(inputs={}, functions=desk.functions, limits=LIMITS)
    if (turn := await sandbox.run(objects_source())).error is not None:
        raise SandboxError("could not define what a run is", why=turn.error)
    for piece in (code, "triggered\nfollowed\nNone"):
        if (turn := await sandbox.run(piece)).error is not None:
            raise UsageError(
                "this is no condition",
                why=shortened(turn.error or "", ERROR_CHARS),
                hint=f"define two functions, such as {_EXAMPLE}",
            )


async def _about(sandbox: Sandbox, desk: _Desk, run: Trace) -> Checked:
    desk.show(run)
    turn = await sandbox.run(_CHECK)
    found = Checked(trace_id=run.id, task_key=run.task.key, passed=run.verdict)
    said = desk.said
    if said is None or turn.error is not None:
        return found.model_copy(update={"error": _why(turn)})
    is_triggered, is_followed = said
    return found.model_copy(
        update={"is_triggered": is_triggered is True, "is_followed": is_followed if is_triggered is True else None}
    )


def _why(turn: Turn) -> str:
    return shortened(turn.error or "the condition said nothing", ERROR_CHARS)
