"""Agent Skills: a folder for each skill, with a `SKILL.md` whose front matter says when to use it.

What Agent Skills calls a skill holds several of ours: those of one section, or a single one. Source: the Agent Skills
specification (agentskills.io/specification): names of at most 64 lower-case letters, digits and single dashes, equal
to the folder's; descriptions of at most 1024 characters. Pure; knows nothing of files. Raises `SkillbookError`.
"""

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Literal

import yaml
from pydantic import JsonValue

from seasoned.compile.render import inert, section_name
from seasoned.core.skill import Skill
from seasoned.errors import SkillbookError
from seasoned.exchange.brought import Brought, Contents, LeftOut, bounded, checked
from seasoned.exchange.listing import listed, read

FILE = "SKILL.md"
MARK = "seasoned-book"
"""Key of the front matter's metadata by which a folder is known as ours."""
MAX_NAME_CHARS = 64
MAX_DESCRIPTION_CHARS = 1024
MAX_FRONT_CHARS = 20_000
OnePer = Literal["section", "skill"]

_FRONT = re.compile(r"---[ \t]*\n(.*?\n|)---[ \t]*(?:\n|\Z)", re.DOTALL)


def rendered(book: str, revision: int, skills: Iterable[Skill], *, one_per: OnePer = "section") -> dict[str, str]:
    """The text of each `SKILL.md`, by the name of its folder.

    Args:
        book: The skillbook's name.
        revision: The skillbook's revision.
        skills: What agents are to read.
        one_per: What gets a folder of its own.
    """
    groups: dict[str, list[Skill]] = {}
    for skill in skills:
        groups.setdefault(section_name(skill.section) if one_per == "section" else skill.id, []).append(skill)
    found: dict[str, str] = {}
    for key in sorted(groups):
        members = groups[key]
        wanted = key if one_per == "section" else " ".join(inert(members[0].text)[:1])
        name = _free_name(wanted, key, found)
        found[name] = _file(name, book, revision, members)
    return found


def parsed(files: Mapping[str, str]) -> Contents:
    """The skills of some `SKILL.md`.

    A body of headings and list items alone gives a skill for each item; any other body is one skill, whose reason is
    the description.

    Args:
        files: Text by path; line breaks are line feeds.

    Raises:
        SkillbookError: One of them has no front matter, no description, or is too long.
    """
    skills: list[Brought] = []
    left_out: list[LeftOut] = []
    for path, text in files.items():
        front, body, first_line = _parts(path, text)
        name, description = front.get("name"), front.get("description")
        if not isinstance(description, str) or not description.strip():
            raise SkillbookError(
                "the front matter has no description", where=path, hint="it says when to use the skill"
            )
        # Only texts: a reference in YAML can make a small file a huge value, which nothing here ever writes out.
        named = (each for each in (metadata(front).get("seasoned-section"), name) if isinstance(each, str) and each)
        section = next(named, "general")
        bodies = read(body)
        if not body.strip():
            left_out.append(LeftOut(where=path, why="there is nothing below the front matter"))
        elif bodies.items and not bodies.prose:
            skills += (
                checked(Brought(where=f"{path}, line {first_line + i.line}", text=i.text, section=section))
                for i in bodies.items
            )
        else:
            whole = bounded(body.strip(), "text", path)
            skills.append(checked(Brought(where=path, text=whole, reason=description, section=section)))
    return Contents(
        format="agent-skills", why=f"{FILE} with front matter", skills=tuple(skills), left_out=tuple(left_out)
    )


def front_matter(path: str, text: str) -> dict[str, JsonValue]:
    """What a `SKILL.md` says of itself.

    Raises:
        SkillbookError: There is no front matter, or it is not a YAML mapping.
    """
    return _parts(path, text)[0]


def mark_of(book: str) -> str:
    """What stands under `MARK` for a book of this name."""
    return " ".join(inert(book)) or "book"


def metadata(front: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """The metadata of a front matter; empty where it has none."""
    found = front.get("metadata")
    return found if isinstance(found, dict) else {}


def _parts(path: str, text: str) -> tuple[dict[str, JsonValue], str, int]:
    """Front matter, body, and the number of lines before the body."""
    found = _FRONT.match(text)
    if found is None:
        raise SkillbookError("the file has no front matter", where=path, why="it does not begin with a line of ---")
    written = bounded(found[1], "front matter", path, most=MAX_FRONT_CHARS)
    try:
        # Texts, lists and mappings alone: tags convert nothing, and merge keys, which can grow without bound, are keys.
        front: object = yaml.load(written, Loader=yaml.BaseLoader)  # noqa: S506 - it makes no objects
    except (yaml.YAMLError, ValueError, RecursionError) as cause:
        why = str(cause) or type(cause).__name__
        raise SkillbookError("the front matter is not YAML", where=path, why=" ".join(why.split())) from cause
    if not isinstance(front, dict):
        raise SkillbookError("the front matter is no list of names and values", where=path)
    values: dict[str, JsonValue] = {str(key): value for key, value in front.items()}  # pyright: ignore
    return values, text[found.end() :], found[0].count("\n")


def _free_name(wanted: str, key: str, taken: Mapping[str, str]) -> str:
    """A name by the specification, and no other skill's."""
    digest = sha256(key.encode()).hexdigest()[:8]
    name = re.sub(r"[^a-z0-9]+", "-", wanted.lower())[:MAX_NAME_CHARS].strip("-") or f"skills-{digest}"
    return f"{name[: MAX_NAME_CHARS - 9].strip('-')}-{digest}" if name in taken else name


def _file(name: str, book: str, revision: int, members: list[Skill]) -> str:
    section = section_name(members[0].section)
    texts = "; ".join(" ".join(inert(skill.text)) for skill in members)
    description = f"Learned from earlier runs, on {section}. Use when one of these applies: {texts}"
    if len(description) > MAX_DESCRIPTION_CHARS:
        description = description[: MAX_DESCRIPTION_CHARS - 1] + "…"
    marks = {MARK: mark_of(book), "seasoned-revision": str(revision), "seasoned-section": section}
    front = {"name": name, "description": description, "metadata": marks}
    head = yaml.safe_dump(front, sort_keys=False, allow_unicode=True, width=10**6)
    return f"---\n{head}---\n\n# {section}\n\n{listed(members, with_sections=False)}\n"
