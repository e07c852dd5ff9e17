"""Which format a file of skills is in, found by its content, and what it holds.

Raises `SkillbookError`; a file that is in none of the formats is refused, not guessed at.
"""

from pathlib import Path

from pydantic import JsonValue

from seasoned.core.value import Value
from seasoned.errors import SkillbookError, boundary
from seasoned.exchange import ace, agent_skills, document, markdown, section
from seasoned.exchange.brought import Contents, FormatName
from seasoned.exchange.document import SkillbookDocument
from seasoned.exchange.files import decoded, read_bytes
from seasoned.exchange.folders import skill_files


class Source(Value):
    """A file or folder that was read."""

    path: str
    name: str
    """Its last part, which may be written into a skill's reason."""
    contents: Contents
    document: SkillbookDocument | None = None
    """Where it is a skillbook document."""


def read(path: Path, form: FormatName | None = None) -> Source:
    """Read a file or folder of skills.

    Args:
        path: Where it is.
        form: Its format; None finds it by the content.

    Raises:
        SkillbookError: It cannot be read, is in no known format, or is not what its format asks for.
    """
    with boundary(SkillbookError, "the file cannot be read", where=str(path)):
        is_folder = path.is_dir()
    if is_folder:
        if form not in (None, "agent-skills"):
            raise _unknown(str(path), f"it is a folder, and {form} is a format of files")
        return Source(path=str(path), name=path.resolve().name, contents=agent_skills.parsed(skill_files(path)))
    data = read_bytes(path)
    found = form or _detected(data, str(path))
    contents, whole = _contents(data, found, str(path))
    return Source(path=str(path), name=path.name, contents=contents, document=whole)


def _contents(data: bytes, form: FormatName, where: str) -> tuple[Contents, SkillbookDocument | None]:
    if form == "section":
        return section.parsed(data, where), None
    text = decoded(data, where)
    match form:
        case "json":
            whole = document.parsed(text, where)
            why = f"its `format` is {whole.format!r}"
            return Contents(format="json", why=why, skills=document.brought(whole)), whole
        case "kayba":
            return ace.kayba(document.json_value(text, where), where), None
        case "markdown":
            return markdown.parsed(text, where), None
        case "agent-skills":
            return agent_skills.parsed({where: text}), None
        case "ace":
            return ace.lines(text, where), None


def _detected(data: bytes, where: str) -> FormatName:
    if section.MARK in data and not data.lstrip().startswith(b"{"):
        return "section"
    text = decoded(data, where)
    start = text.lstrip()
    if start.startswith(("{", "[")) and not ace.LINE.match(start.partition("\n")[0]):
        return _json_format(document.json_value(text, where), where)
    if markdown.MARK in text:
        return "markdown"
    if text.startswith("---"):
        return "agent-skills"
    if any(ace.LINE.fullmatch(line) for line in text.split("\n")):
        return "ace"
    raise _unknown(where, "it has none of the marks of a known format")


def _json_format(value: JsonValue, where: str) -> FormatName:
    if isinstance(value, dict) and isinstance(value.get("format"), str):
        return "json"
    if ace.is_kayba(value):
        return "kayba"
    raise _unknown(where, 'it is JSON without `"format": "seasoned.skillbook/1"`, and not as Kayba writes it')


def _unknown(where: str, why: str) -> SkillbookError:
    return SkillbookError(
        "the format of this file is not known",
        where=where,
        why=why,
        hint="name it with --format: json, markdown, agent-skills, section, kayba, ace",
    )
