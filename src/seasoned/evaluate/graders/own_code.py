"""A Python function of the user's grades the trial, in the sandbox.

The file defines `grade(answer, state, reference, messages)`, which returns true or false, or a score from 0 to 1 (1
passes). It is run in a fresh sandbox for every trial: without files, network or processes, for a limited time. An error
in it is a missing verdict, never a failure of the agent.

`messages` are the run's steps, each `{"role": …, "content": …}` with `name` and `arguments` where it is a tool's.
Raises `UsageError` for a file that cannot be read, and `SandboxError` where there is no sandbox.
"""

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, JsonValue

from seasoned.config import SandboxName
from seasoned.core.ids import sha256_hex
from seasoned.core.outcome import scored
from seasoned.core.text import shortened
from seasoned.core.trace import Step, StepKind, Trace
from seasoned.core.value import Value
from seasoned.errors import UsageError, boundary
from seasoned.evaluate.attempt import Attempted, Grade, GradedTask
from seasoned.evaluate.graders.configured import Configured
from seasoned.ingest.narrow import storable_json
from seasoned.plugins import configured
from seasoned.sandbox.choice import sandbox_pool
from seasoned.sandbox.sandbox import Limits

NAME = "code"
FUNCTION = "grade"
MAX_CODE_CHARS = 20_000
_FINAL = "_verdict_of_the_grader"
_CALL = f"{_FINAL}({FUNCTION}(answer, state, reference, messages))"
_WHY_CHARS = 500
_ROLES: Mapping[StepKind, str] = {"tool_call": "assistant", "thought": "assistant", "tool_result": "tool"}
"""Of the other kinds, the kind is the role."""


class CodeConfig(Value):
    """What is run, and for how long."""

    file: str = ""
    """Python file with the function."""
    sandbox: SandboxName = "monty"
    """`monty` is a subset of Python and runs everywhere; `cpython` is all of Python, on Linux."""
    timeout_s: float = Field(default=5.0, gt=0, le=600)


class OwnCode(Configured[CodeConfig]):
    """Runs a function of the user's."""

    def __init__(self, config: CodeConfig) -> None:
        """Read the file.

        Raises:
            UsageError: There is no such file, or no such function in it.
        """
        if not config.file:
            raise UsageError(f"the grader {NAME!r} needs a file", hint=f"Set `file` to one that defines `{FUNCTION}`")
        with boundary(UsageError, f"the file of the grader {NAME!r} cannot be read", where=config.file):
            self._code = Path(config.file).read_text(encoding="utf-8")
        if len(self._code) > MAX_CODE_CHARS:
            raise UsageError(
                f"the file of the grader {NAME!r} is too long",
                where=config.file,
                why=f"it has {len(self._code):,} characters, and the sandbox takes {MAX_CODE_CHARS:,}",
            )
        if f"def {FUNCTION}(" not in self._code:
            raise UsageError(
                f"the file of the grader {NAME!r} does not define `{FUNCTION}`",
                where=config.file,
                hint=f"Write `def {FUNCTION}(answer, state, reference, messages):`, which returns true or false",
            )
        super().__init__(NAME, config)

    @property
    def identity(self) -> dict[str, JsonValue]:
        """The code's content and where it runs."""
        content = sha256_hex(self._code.encode())
        return {"grader": NAME, "code": content, "sandbox": self._config.sandbox, "timeout_s": self._config.timeout_s}

    async def grade(self, task: GradedTask, attempted: Attempted) -> Grade:
        """The function's verdict; none where it fails, takes too long or returns something else."""
        inputs: dict[str, JsonValue] = {
            "answer": attempted.answer,
            "state": storable_json(attempted.state),
            "reference": storable_json(task.reference),
            "messages": messages_of(attempted.trace),
        }
        limits = Limits(duration_s=self._config.timeout_s, code_chars=MAX_CODE_CHARS + len(_CALL) + 1)
        async with sandbox_pool(self._config.sandbox, max_processes=1) as pool:
            sandbox = pool.sandbox()
            await sandbox.start(inputs=inputs, functions={_FINAL: _checked}, final=_FINAL, limits=limits)
            turn = await sandbox.run(f"{self._code}\n{_CALL}")
        if not turn.ended or not isinstance(turn.final, (int, float)):
            return _without_verdict(turn.error or "it ended without a verdict")
        score = float(turn.final)
        feedback = "" if score >= 1 else "the run does not meet the grader's conditions"
        return Grade(grader=NAME, outcome=scored(score, "verifier", name=NAME, feedback=feedback))


def messages_of(trace: Trace) -> JsonValue:
    """The steps of a run as the function sees them."""
    return [_message(step) for step in trace.steps]


def _message(step: Step) -> JsonValue:
    message: dict[str, JsonValue] = {"role": _ROLES.get(step.kind, step.kind), "content": step.text}
    if step.name is not None:
        message["name"] = step.name
    if step.kind == "tool_call":
        message["arguments"] = step.arguments
    if step.is_error:
        message["is_error"] = True
    return message


async def _checked(verdict: JsonValue) -> JsonValue:
    """Take what the function returned; the code reads what is wrong with it."""
    if not isinstance(verdict, (bool, int, float)):
        raise TypeError(f"`{FUNCTION}` returns true, false or a number from 0 to 1, not {type(verdict).__name__}")
    if not 0 <= verdict <= 1:
        raise ValueError(f"`{FUNCTION}` returned {verdict}, and a score is from 0 to 1")
    return float(verdict)


def _without_verdict(why: str) -> Grade:
    return Grade(grader=NAME, outcome=None, reason=shortened(" ".join(why.split()), _WHY_CHARS))


def make(settings: Mapping[str, str]) -> OwnCode:
    """The grader with these settings."""
    return OwnCode(configured(CodeConfig, settings, f"grader {NAME!r}"))
