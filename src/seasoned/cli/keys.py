"""Reading decisions from a person at a terminal, or from a pipe that stands in for one.

Returns an empty string at the end of the input. Raises `UsageError` when the user's editor fails.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from seasoned.cli.output import err, note
from seasoned.core.text import visible
from seasoned.errors import SeasonedError, UsageError, boundary

END_OF_INPUT = "\x04"
"""What Ctrl-D sends."""
KEY_BYTES = 32
"""More than any one key sends."""


def read_key(prompt: str) -> str:
    """One key; Enter is not needed at a terminal, and Ctrl-C raises `KeyboardInterrupt`.

    Returns:
        A letter, an empty string at the end of the input, or for a key that sends several characters (an
        arrow, a function key) those characters whole, so that none of them is taken for a letter.
    """
    err.print(prompt, end=" ", style="bold")
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        err.print()
        return line.strip()[:1]
    key = _terminal_key()
    err.print(visible(key))
    return "" if key == END_OF_INPUT else key


def read_line(prompt: str) -> str:
    """One line, without spaces at its ends."""
    err.print(prompt, end="")
    return sys.stdin.readline().strip()


def is_at_terminal() -> bool:
    """Whether a person types, rather than a pipe."""
    return sys.stdin.isatty()


def has_editor() -> bool:
    """Whether the user has set an editor."""
    return _editor() is not None


def edited_text(text: str) -> str:
    """The text, or the one that the user types in its place on one line."""
    note("New wording (empty keeps the old one); set EDITOR to change it in an editor:")
    return read_line("> ") or text


@contextmanager
def drafted(text: str) -> Generator[tuple[str, str]]:
    """A text after the user has changed it in `$VISUAL` or `$EDITOR`, and the file that it is in.

    An error in the block keeps that file, and says so, so that nobody types a thing twice.

    Raises:
        UsageError: The editor cannot be started or fails, or the file cannot be read.
    """
    file = Path(tempfile.mkdtemp(prefix="seasoned-")) / "skill.md"
    file.write_text(text, encoding="utf-8")
    try:
        _edit(_editor() or "", file)
        with boundary(UsageError, "the edited text cannot be read", where=str(file)):
            written = file.read_text(encoding="utf-8")
        yield written, str(file)
    except SeasonedError:
        if file.is_file() and file.read_text(encoding="utf-8", errors="replace") != text:
            note(f"Your draft is kept: set it right and give it with --file {file}", "yellow")
        else:
            shutil.rmtree(file.parent, ignore_errors=True)
        raise
    shutil.rmtree(file.parent, ignore_errors=True)


def _editor() -> str | None:
    return os.environ.get("VISUAL") or os.environ.get("EDITOR")


def _edit(editor: str, file: Path) -> None:
    hint = "set EDITOR to another one"
    try:
        # The user's own editor with the user's own arguments; the text from outside is in the file, not in the command.
        done = subprocess.run([*shlex.split(editor), str(file)], check=False)  # noqa: S603
    except (OSError, ValueError) as cause:
        raise UsageError("the editor cannot be started", where=editor, why=str(cause), hint=hint) from cause
    if done.returncode != 0:
        raise UsageError("the editor failed", where=editor, why=f"exit status {done.returncode}", hint=hint)


def _terminal_key() -> str:
    try:
        import termios
        import tty
    except ImportError:  # no termios on Windows: a line then stands for a key
        return sys.stdin.readline().strip()[:1] or END_OF_INPUT
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        # One read takes all that one key sends; an arrow key sends three bytes.
        return os.read(descriptor, KEY_BYTES).decode("utf-8", "replace")
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
