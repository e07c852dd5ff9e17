"""A skill as a small form for an editor: `key: value` lines, a line `---`, then the wording.

Lines above `---` that begin with `#` are left out. Raises `UsageError`, with the line, for what does not parse.
"""

from collections.abc import Mapping
from datetime import date

from pydantic import ValidationError

from seasoned.core.scope import Scope
from seasoned.core.value import Text, Value
from seasoned.errors import UsageError

END_OF_HEAD = "---"
_MEANINGS = {
    "section": "heading that it belongs under",
    "reason": "why it holds",
    "agent": "the agent that it is for",
    "tools": "tools that the agent must have, with commas between",
    "tenant": "the customer or tenant that alone gets it",
    "models": "families of models that it is for, such as gpt-5, claude",
    "tags": "free labels, with commas between",
    "valid_from": "first day on which it applies, such as 2026-01-31",
    "valid_until": "last day on which it applies",
}
_LISTS = frozenset({"tools", "models", "tags"})
_DAYS = frozenset({"valid_from", "valid_until"})


class Written(Value):
    """What a person writes of a skill."""

    text: Text = ""
    section: Text = "general"
    reason: Text = ""
    scope: Scope = Scope()


def form_of(skill: Written) -> str:
    """The form, filled in."""
    scope = skill.scope.model_dump(mode="json")
    said: dict[str, object] = {"section": skill.section, "reason": " ".join(skill.reason.split()), **scope}
    lines = ["# Empty is fine: a skill without limits applies everywhere. The wording stands below the line of dashes."]
    for key, meaning in _MEANINGS.items():
        value = said[key]
        shown = ", ".join(scope[key]) if key in _LISTS else "" if value is None else str(value)
        lines += [f"# {meaning}", f"{key}: {shown}".rstrip()]
    return "\n".join([*lines, END_OF_HEAD, skill.text]) + "\n"


def parsed_form(text: str, *, where: str) -> Written:
    """What a filled in form says; a key that is left out is empty.

    Args:
        text: The form.
        where: Its file, for errors.

    Raises:
        UsageError: A line is no `key: value`, a key is unknown or there twice, a day is none, or there is no `---`.
    """
    # Only line ends are ends here: a wording may hold other characters at which Unicode would break a line.
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").split("\n")
    try:
        end = [line.rstrip() for line in lines].index(END_OF_HEAD)
    except ValueError:
        what = f"the form has no line {END_OF_HEAD}"
        raise UsageError(what, where=where, hint="the wording of the skill stands below such a line") from None
    values: dict[str, str] = {}
    places: dict[str, str] = {}
    for number, line in enumerate(lines[:end], 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key, colon, value = line.partition(":")
        key, place = key.strip(), f"{where}, line {number}"
        if not colon or key not in _MEANINGS:
            what = "the line is no `key: value`" if not colon else f"there is no key {key!r} in the form"
            raise UsageError(what, where=place, hint=f"the keys are {', '.join(_MEANINGS)}")
        if key in values:
            raise UsageError(f"the key {key!r} is there twice", where=place, why=f"also in {places[key]}")
        values[key], places[key] = value.strip(), place
    days = {key: _day(values.get(key, ""), places.get(key, where)) for key in sorted(_DAYS)}
    body = "\n".join(lines[end + 1 :]).strip()
    written = {"text": body, "section": values.get("section") or "general", "reason": values.get("reason", "")}
    return Written.model_validate({**written, "scope": _scope(values, days, where)})


def _scope(values: Mapping[str, str], days: Mapping[str, date | None], where: str) -> Scope:
    lists = {key: listed(values.get(key, "").split(",")) for key in sorted(_LISTS)}
    return scope_with(
        Scope(), {"agent": values.get("agent", ""), "tenant": values.get("tenant", ""), **lists, **days}, where=where
    )


def listed(names: list[str]) -> tuple[str, ...]:
    """Names without spaces around them, sorted, each once."""
    return tuple(sorted({name.strip() for name in names if name.strip()}))


def scope_with(scope: Scope, changes: Mapping[str, object], *, where: str) -> Scope:
    """A scope with some of it changed.

    Raises:
        UsageError: It would end before it begins.
    """
    try:
        return Scope.model_validate({**scope.model_dump(), **changes})
    except ValidationError as cause:
        why = cause.errors()[0]["msg"].removeprefix("Value error, ")
        raise UsageError("the skill cannot apply so", where=where, why=why) from cause


def _day(text: str, where: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as cause:
        raise UsageError(f"{text!r} is no day", where=where, hint="write it as 2026-01-31") from cause
