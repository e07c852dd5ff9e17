"""Reading decisions from a person at a terminal, or from a pipe that stands in for one.

Returns an empty string at the end of the input. Raises `UsageError` when the user's editor fails.
"""

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from seasoned.cli.output import err, note
from seasoned.errors import UsageError


def read_key(prompt: str) -> str:
    """One key, in lower case; Enter is not needed at a terminal. Ctrl-C raises `KeyboardInterrupt`."""
    err.print(prompt, end=" ", style="bold")
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        err.print()
        return line.strip()[:1].lower()
    key = _terminal_key()
    err.print(key)
    return key.lower()


def read_line(prompt: str) -> str:
    """One line, without spaces at its ends."""
    err.print(prompt, end="")
    return sys.stdin.readline().strip()


def edited_text(text: str) -> str:
    """The text after the user has changed it: in `$VISUAL` or `$EDITOR`, else typed anew on one line."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if editor is None or not sys.stdin.isatty():
        note("New wording (empty keeps the old one); set EDITOR to change it in an editor:")
        return read_line("> ") or text
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "skill.md"
        file.write_text(text, encoding="utf-8")
        # The user's own editor with the user's own arguments; the text from outside is in the file, not in the command.
        done = subprocess.run([*shlex.split(editor), str(file)], check=False)  # noqa: S603
        if done.returncode != 0:
            raise UsageError(
                "the editor failed",
                where=editor,
                why=f"exit status {done.returncode}",
                hint="set EDITOR to another one",
            )
        return file.read_text(encoding="utf-8").strip() or text


def _terminal_key() -> str:
    try:
        import termios
        import tty
    except ImportError:  # no termios on Windows: a line then stands for a key
        return sys.stdin.readline().strip()[:1]
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        return sys.stdin.read(1)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
