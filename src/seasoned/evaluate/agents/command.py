"""Any program as an agent: it reads one JSON document on stdin and prints another one on stdout.

    stdin   {"task": {"key": …, "text": …}, "prompt": …, "inputs": {…}, "trial": 0, "seed": 7, "run_key": …}
    stdout  {"answer": "…"} or {"messages": […]}, see `answer`

Where the task is worked with tools, stdin has `tools` and `tools_url` too, and the program calls them there while it
runs (`tools.serving`).
It is run anew for every trial, never by a shell, with our environment as it is, but that no proxy is asked for the
tools. Exit code 0 is an answer; 75 (EX_TEMPFAIL of sysexits.h) says that something outside of the agent failed, so that
the trial is tried again and not scored; any other one is a crash, whatever was printed, and the end of stderr is kept
as the reason.
"""

import errno
import hashlib
import os
import signal
from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from seasoned.core.text import shortened, visible
from seasoned.errors import AgentUnreachable, ConfigError
from seasoned.evaluate.agents.answer import MAX_BYTES, Given, Unreadable, given_bytes
from seasoned.evaluate.agents.asked import asked_json
from seasoned.evaluate.agents.process import Ran, run_program
from seasoned.evaluate.agents.working import ERROR_CHARS, Working
from seasoned.evaluate.attempt import Attempt, Attempted, World
from seasoned.evaluate.tools.serving import Offer, handing

TIMEOUT_S = 600.0
"""How long a trial may take where nobody says otherwise."""
TEMPORARY_FAILURE = 75
"""EX_TEMPFAIL."""
_CROWDED = frozenset({errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOMEM})
"""This machine has no room for another process now."""


class CommandAgent:
    """A program.

    Args:
        argv: The program and its arguments. They are kept on record: keys belong into the environment.
        timeout_s: Seconds for one trial; then the program and its children are killed.
        cwd: Where it runs; None: here.

    Raises:
        ConfigError: There is no program, or no time.
    """

    def __init__(self, argv: tuple[str, ...], *, timeout_s: float = TIMEOUT_S, cwd: str | None = None) -> None:
        """Nothing is run yet."""
        if not argv or not argv[0] or any("\0" in word for word in argv):
            raise ConfigError("there is no command to run", where=" ".join(argv) or None, hint="name a program")
        if not timeout_s > 0:
            raise ConfigError(f"an agent cannot be given {timeout_s:g} s", hint="give it more than 0")
        self._argv, self._timeout_s, self._cwd = argv, timeout_s, cwd
        self._files = _files(argv, Path(cwd or "."))

    @property
    def name(self) -> str:
        """The command, shortened."""
        return shortened(" ".join(self._argv), 80)

    @property
    def identity(self) -> dict[str, JsonValue]:
        """The command, and what is in the files among its words: an edited script is another agent.

        What those files load is not looked at.
        """
        return {
            "agent": "command",
            "argv": list(self._argv),
            "files": self._files,
            "timeout_s": self._timeout_s,
            "cwd": self._cwd,
        }

    async def attempt(self, attempt: Attempt, world: World | None) -> Attempted:
        """Run the program once; see `EvaluatedAgent.attempt`."""
        working = Working(self.name, attempt, world)
        ran, working.made = await handing(
            world, lambda offer: self._run(asked_json(attempt, offer), _environment(offer))
        )
        if ran.is_late:
            why = f"it had not ended after {self._timeout_s:g} s and was killed"
            return working.failed("timed out", _with_end(why, ran.err))
        if ran.is_too_long:
            return working.failed("unreadable", _with_end(f"it printed more than {MAX_BYTES:,} bytes", ran.err))
        if ran.code == TEMPORARY_FAILURE:
            raise AgentUnreachable(
                "the agent says that something outside of it failed", where=self.name, why=_end_of(ran.err) or None
            )
        if ran.code != 0:
            return working.failed("crashed", _with_end(_ended(ran.code), ran.err), _readable(ran.out))
        try:
            return working.answered(given_bytes(ran.out))
        except Unreadable as cause:
            return working.failed("unreadable", _with_end(f"what it printed is no answer: {cause}", ran.err))

    async def _run(self, given: bytes, env: Mapping[str, str] | None) -> Ran:
        try:
            return await run_program(
                self._argv, given, timeout_s=self._timeout_s, max_bytes=MAX_BYTES, cwd=self._cwd, env=env
            )
        except OSError as cause:
            why = cause.strerror or type(cause).__name__
            if cause.errno in _CROWDED:
                raise AgentUnreachable("the agent could not be started now", where=self.name, why=why) from cause
            raise ConfigError(
                "the agent cannot be started", where=self.name, why=why, hint="check the command, and where it is run"
            ) from cause


def _environment(offer: Offer | None) -> Mapping[str, str] | None:
    """Ours, in which no proxy is asked for the tools: it would reach another machine, and every call would fail."""
    if offer is None or not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    before = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    if before.strip() == "*":
        return None
    direct = ",".join(part for part in (before, "127.0.0.1") if part)
    return {**os.environ, "no_proxy": direct, "NO_PROXY": direct}


def _files(argv: tuple[str, ...], folder: Path) -> dict[str, JsonValue]:
    """SHA-256 of each word's file, where the word is the path of one; a program that is found by PATH is none."""
    found: dict[str, JsonValue] = {}
    for word in argv:
        try:
            # A pipe or a device has no end that could be waited for.
            if (folder / word).is_file():
                with (folder / word).open("rb") as file:
                    found[word] = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            continue
    return found


def _readable(out: bytes) -> Given | None:
    try:
        return given_bytes(out)
    except Unreadable:
        return None


def _ended(code: int | None) -> str:
    if code is not None and code < 0:
        known = next((each.name for each in signal.Signals if each.value == -code), str(-code))
        return f"it was killed by signal {known}"
    return f"it ended with exit code {code}"


def _end_of(stderr: bytes, max_chars: int = ERROR_CHARS) -> str:
    return visible(stderr.decode(errors="replace")).strip()[-max_chars:]


def _with_end(why: str, stderr: bytes) -> str:
    """What is wrong, and the end of what the program had to say of it."""
    end = _end_of(stderr, max(ERROR_CHARS - len(why) - 2, 1))
    return f"{why}: {end}" if end else why
