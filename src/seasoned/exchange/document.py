"""The whole skillbook as one JSON document: `seasoned.skillbook/1`.

With its history a book comes back as it was: same revisions, times, authors and ids. Whatever a document says is
checked before anybody uses it. Pure; knows nothing of files and stores. Raises `SkillbookError` with the JSON path of
the first mistake.
"""

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NoReturn

from pydantic import Field, JsonValue, ValidationError

from seasoned.core.finding import Evidence
from seasoned.core.operation import Event
from seasoned.core.policy import ReviewPolicy
from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook, fold
from seasoned.core.value import Text, Value
from seasoned.errors import OperationError, SkillbookError
from seasoned.exchange.brought import MAX_SECTION_CHARS, SKILL_ID, Brought, bounded

FAMILY, VERSION = "seasoned.skillbook", 1
MAX_DEPTH = 40
"""Of lists and objects within each other; ours are 9 deep."""


class SkillbookDocument(Value):
    """A skillbook as a JSON document."""

    format: Literal["seasoned.skillbook/1"]
    name: Text
    """Of the book that it was."""
    revision: int = Field(ge=0)
    policy: ReviewPolicy = ReviewPolicy()
    """Who must approve what."""
    skills: tuple[Skill, ...]
    """As they stand at the revision, in order of birth."""
    events: tuple[Event, ...] | None = None
    """The whole log, oldest first; absent in a document without history."""


def document_of(book: Skillbook, events: Iterable[Event] | None) -> SkillbookDocument:
    """The document of a book, with its history where the events are given."""
    return SkillbookDocument(
        format="seasoned.skillbook/1",
        name=book.name,
        revision=book.revision,
        policy=book.policy,
        skills=tuple(book.skills.values()),
        events=None if events is None else tuple(events),
    )


def dumped(document: SkillbookDocument) -> str:
    """The document as JSON text; fields at their defaults are left out."""
    return document.model_dump_json(exclude_defaults=True, indent=2) + "\n"


def schema() -> dict[str, JsonValue]:
    """The JSON Schema (draft 2020-12) of the document."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **SkillbookDocument.model_json_schema()}


def parsed(text: str, where: str) -> SkillbookDocument:
    """The document in a JSON text, checked for all that can be checked without a store.

    Args:
        text: What the file holds.
        where: The file, for messages.

    Raises:
        SkillbookError: It is no such document, or it contradicts itself.
    """
    value = json_value(text, where)
    _refuse_other_versions(value, where)
    try:
        # Read from the text: only so are numbers and texts taken strictly, but days and times read.
        document = SkillbookDocument.model_validate_json(text, strict=True)
    except ValidationError as cause:
        _refuse_invalid(cause, where)
    _Check(document, where).all()
    return document


def json_value(text: str, where: str) -> JsonValue:
    """A JSON text as a value, with nothing in it that JSON does not have.

    Raises:
        SkillbookError: It is not JSON, has a key twice, a number that is none, or is nested too deeply.
    """
    try:
        value: JsonValue = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_without_twins)
    except json.JSONDecodeError as cause:
        place = f"{where}, line {cause.lineno}, column {cause.colno}"
        raise SkillbookError("the file is not JSON", where=place, why=cause.msg) from cause
    except RecursionError as cause:
        raise SkillbookError("the JSON is nested too deeply", where=where) from cause
    except ValueError as cause:
        raise SkillbookError("the file is not JSON", where=where, why=str(cause)) from cause
    if _depth(value) > MAX_DEPTH:
        raise SkillbookError("the JSON is nested too deeply", where=where, why=f"the limit is {MAX_DEPTH} levels")
    return value


def brought(document: SkillbookDocument) -> tuple[Brought, ...]:
    """The skills of a document as any other format would bring them, without history."""
    return tuple(
        Brought(
            where=f"$.skills[{number}]",
            text=skill.text,
            reason=skill.reason,
            section=skill.section,
            scope=skill.scope,
            status=skill.status,
            status_reason=skill.status_reason,
            skill_id=skill.id,
            evidence=skill.evidence,
            taints=skill.taints,
            conflicts=skill.conflicts,
            confidence=skill.confidence,
        )
        for number, skill in enumerate(document.skills)
    )


def placed_evidence(document: SkillbookDocument) -> Iterator[tuple[str, Evidence]]:
    """Every evidence of a document with its JSON path."""
    for number, skill in enumerate(document.skills):
        for place, evidence in enumerate(skill.evidence):
            yield f"$.skills[{number}].evidence[{place}]", evidence
    for number, event in enumerate(document.events or ()):
        for place, evidence in enumerate(event.operation.evidence):
            yield f"$.events[{number}].operation.evidence[{place}]", evidence


def first_difference(book: Skillbook, document: SkillbookDocument) -> str:
    """Where a document's skills or policy differ from a book's, as a JSON path and words; empty if nowhere."""
    if book.policy != document.policy:
        return "$.policy: the events end with another policy"
    folded = tuple(book.skills.values())
    for number, (theirs, ours) in enumerate(zip(document.skills, folded, strict=False)):
        if theirs != ours:
            here, there = ours.model_dump(mode="json"), theirs.model_dump(mode="json")
            field = next(name for name in here if here[name] != there[name])
            return f"$.skills[{number}].{field}: the events make another one of {ours.id}"
    if len(document.skills) != len(folded):
        return f"$.skills: there are {len(document.skills)}, and the events make {len(folded)}"
    return ""


class _Check:
    """What must hold in a document beyond the types of its fields."""

    def __init__(self, document: SkillbookDocument, where: str) -> None:
        self._document, self._where = document, where

    def all(self) -> None:
        self._skills()
        self._lineage()
        if self._document.events is not None:
            self._log(self._document.events)

    def _refuse(self, what: str, path: str, why: str | None = None, hint: str | None = None) -> NoReturn:
        raise SkillbookError(what, where=f"{self._where}, {path}", why=why, hint=hint or "nothing was imported")

    def _skills(self) -> None:
        seen: dict[str, int] = {}
        for number, skill in enumerate(self._document.skills):
            path = f"$.skills[{number}]"
            if skill.id in seen:
                self._refuse("two skills have one id", f"{path}.id", f"$.skills[{seen[skill.id]}] has {skill.id} too")
            seen[skill.id] = number
            self._text(skill.text, f"{path}.text")
            self._text(skill.reason, f"{path}.reason", "reason")
            bounded(skill.section, "section", f"{self._where}, {path}.section", most=MAX_SECTION_CHARS)
            self._id(skill.id, f"{path}.id")
            if not skill.wordings or skill.wordings[-1].text != skill.text:
                self._refuse("the last wording is not the skill's text", f"{path}.wordings")
            if any(not 0 <= place < len(skill.evidence) for place in skill.given):
                self._refuse("a place of evidence is named that is not there", f"{path}.given")

    def _text(self, text: str, path: str, what: str = "text") -> None:
        bounded(text, what, f"{self._where}, {path}")
        if what == "text" and not text.strip():
            self._refuse("a skill has no text", path)

    def _id(self, skill_id: str, path: str) -> None:
        if not SKILL_ID.fullmatch(skill_id):
            self._refuse(f"{skill_id[:80]!r} is no skill's id", path, "an id is `skill-` and letters, digits, dashes")

    def _lineage(self) -> None:
        skills = {skill.id: skill for skill in self._document.skills}
        sound: set[str] = set()
        """Skills whose way has been walked."""
        for number, skill in enumerate(self._document.skills):
            path = f"$.skills[{number}].merged_into"
            if (skill.status == "merged") != (skill.merged_into is not None):
                self._refuse("a merged skill, and no other, says what it went into", path)
            way, at = {skill.id}, skill
            while at.merged_into is not None and at.id not in sound:
                if at.merged_into not in skills:
                    self._refuse("a skill went into one that is not there", path, f"there is no {at.merged_into}")
                if at.merged_into in way:
                    self._refuse("skills went into each other in a circle", path, f"back into {at.merged_into}")
                way.add(at.merged_into)
                at = skills[at.merged_into]
            sound |= way

    def _log(self, events: Sequence[Event]) -> None:
        for number, event in enumerate(events):
            path, operation = f"$.events[{number}]", event.operation
            if event.revision != number + 1:
                what = "is there twice" if event.revision <= number else "does not follow the one before"
                self._refuse(f"revision {event.revision} {what}", f"{path}.revision", f"it should be {number + 1}")
            if event.at.tzinfo is None:
                self._refuse("a time has no zone", f"{path}.at", hint="write it in UTC, with a Z at its end")
            if operation.skill_id:
                self._id(operation.skill_id, f"{path}.operation.skill_id")
            if operation.kind in ("ADD", "EDIT", "MERGE"):
                bounded(operation.text or "", "text", f"{self._where}, {path}.operation.text")
                bounded(operation.reason, "reason", f"{self._where}, {path}.operation.reason")
        if len(events) != self._document.revision:
            why = f"there are {len(events)} events, so it is {len(events)}"
            self._refuse(f"the book's revision cannot be {self._document.revision}", "$.revision", why)
        if difference := first_difference(self._folded(events), self._document):
            path, _, why = difference.partition(": ")
            self._refuse("the skills are not what the events make", path, why)

    def _folded(self, events: Sequence[Event]) -> Skillbook:
        try:
            return fold(self._document.name, events)
        except OperationError as cause:
            # Once an event is not allowed, no longer log is: the first such one is found by halving.
            number = bisect_left(range(len(events)), 1, key=lambda n: not self._folds(events[: n + 1]))
            self._refuse("an event is not allowed where it stands", f"$.events[{number}]", str(cause))

    def _folds(self, events: Sequence[Event]) -> bool:
        try:
            fold(self._document.name, events)
        except OperationError:
            return False
        return True


def _refuse_other_versions(value: JsonValue, where: str) -> None:
    name = value.get("format") if isinstance(value, dict) else None
    family, _, version = name.partition("/") if isinstance(name, str) else ("", "", "")
    if family != FAMILY or not version.isdecimal() or not version.isascii():
        raise SkillbookError(
            "this is no skillbook document",
            where=f"{where}, $.format",
            why=f'it should be "{FAMILY}/{VERSION}"' + ("" if name is None else f", and is {str(name)[:80]!r}"),
        )
    if version != str(VERSION):
        raise SkillbookError(
            f"the document is of version {version[:20]}",
            where=f"{where}, $.format",
            why=f"this release reads version {VERSION}",
            hint="upgrade seasoned",
        )


def _refuse_invalid(cause: ValidationError, where: str) -> NoReturn:
    errors = cause.errors(include_url=False, include_context=False)
    first = errors[0]
    path = "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
    is_unknown = first["type"] == "extra_forbidden"
    why = "this release knows no such field here" if is_unknown else first["msg"]
    more = f" (and {len(errors) - 1} more mistakes)" if len(errors) > 1 else ""
    raise SkillbookError(
        "the document is not as the format says",
        where=f"{where}, {path}",
        why=why + more,
        hint="upgrade seasoned if a newer release wrote it; nothing was imported",
    ) from cause


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _without_twins(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found = dict(pairs)
    if len(found) != len(pairs):
        ((twin, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"the key {twin[:80]!r} stands twice in one object")
    return found


def _depth(value: JsonValue) -> int:
    level: list[JsonValue] = [value]
    depth = 0
    while level:
        depth += 1
        inner: list[JsonValue] = []
        for each in level:
            inner += each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
        level = inner
    return depth
