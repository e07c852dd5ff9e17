"""What Kayba's ACE and the ACE paper's code keep: read, never written.

Three shapes: Kayba's JSON up to 0.9 (`content`, `justification`, `evidence`; earlier under `bullets`), its JSON of
schema 2 (`issue`, `insight`, `keywords`, `active`), and the paper's text lines `[id] helpful=3 harmful=0 :: text` under
headings. Their evidence names no place in a trace, so it is no evidence here: it becomes part of the reason, as do
their ids and counts. Sources: kayba-ai/agentic-context-engine, ace-agent/ace. Pure; raises `SkillbookError`.
"""

import re

from pydantic import JsonValue

from seasoned.errors import SkillbookError
from seasoned.exchange.brought import MAX_SECTION_CHARS, Brought, Contents, LeftOut, checked
from seasoned.ingest.narrow import as_count, as_label, as_list, as_object, as_text

LINE = re.compile(r"\s*(?:[-*] +)?\[([^\]\n]{1,200})\] *helpful=(\d{1,9}) *harmful=(\d{1,9}) *::[ \t]*(.*)")
_HEADING = re.compile(r"#{1,6}[ \t]*(.*\S)")
_ROOTS = ("skills", "bullets")


def is_kayba(value: JsonValue) -> bool:
    """Whether a JSON document is one of Kayba's."""
    found = as_object(value)
    return any(isinstance(found.get(root), dict) for root in _ROOTS) and ("sections" in found or "next_id" in found)


def kayba(value: JsonValue, where: str) -> Contents:
    """The skills of one of Kayba's JSON documents; what was deleted there is left out.

    Raises:
        SkillbookError: It is none, it is of a newer schema, or a skill is over a limit.
    """
    document = as_object(value)
    version = as_label(document.get("schema_version"))
    if version not in ("", "1", "2"):
        raise SkillbookError(f"the schema {version[:20]!r} of Kayba is not known", where=where, why="1 and 2 are")
    root = next((root for root in _ROOTS if isinstance(document.get(root), dict)), None)
    if root is None:
        raise SkillbookError("this is none of Kayba's documents", where=where, why="it has no object `skills`")
    skills: list[Brought] = []
    left_out: list[LeftOut] = []
    for key, body in as_object(document[root]).items():
        path = f"{where}, $.{root}.{key[:80]}"
        entry = as_object(body)
        if entry.get("active") is False or as_text(entry.get("status")) == "invalid":
            left_out.append(LeftOut(where=path, why="it was deleted there"))
        elif not _text(entry):
            left_out.append(LeftOut(where=path, why="it has no text"))
        else:
            skills.append(checked(_brought(key, entry, path)))
    why = f"it has `{root}` as Kayba writes them" + (f", schema {version}" if version else "")
    return Contents(format="kayba", why=why, skills=tuple(skills), left_out=tuple(left_out))


def lines(text: str, where: str) -> Contents:
    """The skills of the paper's text form; lines that are neither a skill nor a heading are left out.

    Raises:
        SkillbookError: A skill is over a limit.
    """
    skills: list[Brought] = []
    left_out: list[LeftOut] = []
    section = "general"
    for number, line in enumerate(text.split("\n"), 1):
        place = f"{where}, line {number}"
        if found := LINE.fullmatch(line):
            name, helpful, harmful, words = found.groups()
            if not words.strip():
                left_out.append(LeftOut(where=place, why="it has no text"))
                continue
            skills.append(
                checked(
                    Brought(
                        where=place,
                        text=words.strip(),
                        reason=_provenance("an ACE text", name, int(helpful), int(harmful)),
                        section=section,
                        source_id=name,
                        helpful=int(helpful),
                        harmful=int(harmful),
                    )
                )
            )
        elif heading := _HEADING.fullmatch(line.strip()):
            section = _section(heading[1])
        elif line.strip():
            left_out.append(LeftOut(where=place, why="it is neither a skill nor a heading"))
    why = "it has lines of the form `[id] helpful=… harmful=… :: text`"
    return Contents(format="ace", why=why, skills=tuple(skills), left_out=tuple(left_out))


def _brought(key: str, entry: dict[str, JsonValue], path: str) -> Brought:
    name = as_label(entry.get("id")) or key
    helpful, harmful = (_count(entry, f"{word}_count", word) for word in ("helpful", "harmful"))
    text, issue = _text(entry), as_text(entry.get("issue")).strip()
    keywords = ", ".join(filter(None, map(as_label, as_list(entry.get("keywords")))))
    n_sources = len(as_list(entry.get("sources"))) + len(as_list(entry.get("occurrences")))
    said = [
        as_text(entry.get("justification")).strip(),
        f"The issue there: {issue}" if issue and issue != text else "",
        f"Evidence there: {as_text(entry.get('evidence')).strip()}" if as_text(entry.get("evidence")).strip() else "",
        f"Keywords there: {keywords}" if keywords else "",
        f"Sources named there: {n_sources}" if n_sources else "",
        _provenance("Kayba", name, helpful, harmful),
    ]
    return Brought(
        where=path,
        text=text,
        reason="\n".join(filter(None, said)),
        section=_section(as_text(entry.get("section"))),
        source_id=name,
        helpful=helpful,
        harmful=harmful,
    )


def _text(entry: dict[str, JsonValue]) -> str:
    """What the agent was told: the insight where there is one, as the issue alone is told without it."""
    words = (as_text(entry.get(name)).strip() for name in ("insight", "content", "issue"))
    return next(filter(None, words), "")


def _count(entry: dict[str, JsonValue], *names: str) -> int | None:
    return next((count for name in names if (count := as_count(entry.get(name))) is not None), None)


def _provenance(program: str, name: str, helpful: int | None, harmful: int | None) -> str:
    counts = "" if helpful is None and harmful is None else f", helpful {helpful or 0}, harmful {harmful or 0} there"
    return f"From {program}: {name}{counts}."


def _section(name: str) -> str:
    return " ".join(name.replace("_", " ").split()).lower()[:MAX_SECTION_CHARS] or "general"
