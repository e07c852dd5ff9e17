"""`seasoned audit`: what people and policies did, to what, and why."""

import json as json_text

from pydantic import JsonValue

from seasoned.cli.output import emit_json, emit_table
from seasoned.cli.place import Place, opened, require_book
from seasoned.cli.which import moment
from seasoned.core.text import shortened
from seasoned.store.trail import Entry

_DETAIL_CHARS = 200


def audit(*, since: str | None = None, json: bool = False, place: Place | None = None) -> None:
    """List what people and policies did, oldest first: verdicts, edits, labels, tags, erasures, imports and the like.

    It shows all skillbooks of the store, or with --book what was done to one. The record can only be added to.

    Args:
        since: Only what was done at this time or later: 2026-11-20, or 7d ago.
        json: Print one JSON document.
        place: Where to look.
    """
    earliest = moment("--since", since)
    with opened(place) as here:
        if place is not None and place.book is not None:
            require_book(here)
        entries = here.store.trail.all(since=earliest, book=place.book if place is not None else None)
    if json:
        emit_json({"acts": [entry.model_dump(mode="json") for entry in entries]})
        return
    emit_table(
        ("when", "who", "did", "skillbook", "to what", "why and how"),
        [_row(entry) for entry in entries],
        empty="Nobody did anything yet that is on record." if earliest is None else "Nothing was done since then.",
    )


def _row(entry: Entry) -> tuple[str, ...]:
    who = entry.by if entry.kind == "person" else f"{entry.by} ({entry.kind})"
    said = [(name.replace("_", " ").removeprefix("n "), value) for name, value in entry.detail.items()]
    detail = ", ".join(f"{name} {_in_words(value)}" for name, value in said if value is not None)
    why = "; ".join(part for part in (entry.reason, detail) if part)
    at = f"{entry.at:%Y-%m-%d %H:%M}"
    return at, who, entry.act, entry.book, entry.subject, shortened(why, _DETAIL_CHARS)


def _in_words(value: JsonValue) -> str:
    return value if isinstance(value, str) else json_text.dumps(value, ensure_ascii=False)
