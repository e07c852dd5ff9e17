"""The base prompt that a learner worded, for a person to look at and take over: to a file, or to standard output.

Raises `UsageError` for a file that cannot be written.
"""

from pathlib import Path

from seasoned.cli.output import emit_text, note, write_text
from seasoned.core.text import plural
from seasoned.errors import UsageError, boundary
from seasoned.pipeline.given import Learned


def hand_base_prompt(learned: Learned, target: Path | None = None) -> None:
    """Write the base prompt of a learning run, if it has one.

    Args:
        learned: What the run came to; what leaks into the prompt stands in its notes.
        target: The file to replace; None prints it as data.
    """
    if learned.base_prompt is None:
        return
    said = f"A base prompt of {plural(len(learned.base_prompt), 'character')}"
    if target is None:
        note(f"{said} follows; nothing uses it until you do.")
        emit_text(learned.base_prompt)
    else:
        with boundary(UsageError, "the base prompt cannot be written", where=str(target)):
            write_text(target, learned.base_prompt.rstrip("\n") + "\n")
        note(f"{said} is in {target}; nothing uses it until you do: seasoned prompt compile --base {target}")
