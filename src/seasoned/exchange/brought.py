"""What a file of skills holds, whatever format it is in, and the limits on it.

Pure; knows nothing of formats and stores. Raises `SkillbookError` for what is over a limit.
"""

import re
from typing import Literal

from seasoned.core.finding import Evidence
from seasoned.core.operation import Conflict
from seasoned.core.scope import Scope
from seasoned.core.skill import SkillStatus
from seasoned.core.value import Text, Value
from seasoned.curate.wording import MAX_SKILL_CHARS
from seasoned.errors import SkillbookError

FormatName = Literal["json", "markdown", "agent-skills", "section", "kayba", "ace"]

MAX_SECTION_CHARS = 200
SKILL_ID = re.compile(r"skill-[0-9a-z-]{1,64}")


class Brought(Value):
    """One skill as a file has it."""

    where: str
    """Its place in the file: a JSON path, a line, a file of a folder."""
    text: Text
    reason: Text = ""
    section: Text = "general"
    scope: Scope = Scope()
    status: SkillStatus = "proposed"
    status_reason: Text = ""
    skill_id: str = ""
    """Empty where the file does not say it; the wording then gives it."""
    source_id: Text = ""
    """What another program calls it."""
    evidence: tuple[Evidence, ...] = ()
    taints: tuple[Text, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    confidence: float | None = None
    helpful: int | None = None
    """How often the other program counted it as helpful; None where it does not count."""
    harmful: int | None = None


class LeftOut(Value):
    """Something in a file that is not brought in."""

    where: str
    why: Text


class Contents(Value):
    """What was read of one file or folder."""

    format: FormatName
    why: str
    """What it was known by."""
    skills: tuple[Brought, ...]
    left_out: tuple[LeftOut, ...] = ()


def bounded(text: str, what: str, where: str, *, most: int = MAX_SKILL_CHARS) -> str:
    """The text itself.

    Raises:
        SkillbookError: It is longer than `most` characters.
    """
    if len(text) > most:
        raise SkillbookError(
            f"the skill's {what} is too long",
            where=where,
            why=f"it has {len(text):,} characters; the limit is {most:,}",
            hint="shorten it, or split it into several skills; nothing was imported",
        )
    return text


def checked(brought: Brought) -> Brought:
    """The skill itself, if it has a text, keeps the limits and its id is one.

    Raises:
        SkillbookError: It does not.
    """
    if not brought.text.strip():
        raise SkillbookError("a skill has no text", where=brought.where, hint="nothing was imported")
    bounded(brought.text, "text", brought.where)
    bounded(brought.reason, "reason", brought.where)
    bounded(brought.section, "section", brought.where, most=MAX_SECTION_CHARS)
    if brought.skill_id and not SKILL_ID.fullmatch(brought.skill_id):
        raise SkillbookError(
            f"{brought.skill_id[:80]!r} is no skill's id",
            where=brought.where,
            why="an id is `skill-` and up to 64 lower-case letters, digits and dashes",
        )
    return brought
