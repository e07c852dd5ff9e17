"""`seasoned skills log|diff|blame|rollback|tag|tags`: what happened to a skillbook, and going back."""

import sys
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number
from pydantic import JsonValue

from seasoned.cli.keys import read_line
from seasoned.cli.output import emit_json, emit_table, note, out, safe
from seasoned.cli.place import Open, Place, book_at, opened, require_book
from seasoned.core.blame import Origin, blame
from seasoned.core.bookdiff import BookDiff, diff_books, rendered
from seasoned.core.operation import Author, Event
from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook
from seasoned.curate.history import Rollback, roll_back, rollback_of, what_happened, wordings_then
from seasoned.curate.review.person import this_person
from seasoned.errors import UsageError
from seasoned.store.books.revisions import revision_of
from seasoned.store.books.tags import HEAD

DIFF_STYLES = {"came": "green", "went": "red", "changed": "yellow", "+": "green", "-": "red"}


def log(
    skill: str = "",
    /,
    *,
    limit: Annotated[int, Parameter(validator=Number(gte=0))] = 0,
    json: bool = False,
    place: Place | None = None,
) -> None:
    """List what happened to a skillbook or to one skill, latest first: what, when, by whom, why.

    Args:
        skill: Only what concerns this skill: its id, or enough of its beginning.
        limit: Only the latest so many; 0: all.
        json: Print one JSON document with the operations in full.
        place: Where to look.
    """
    with opened(place) as here:
        require_book(here)
        book = here.store.books.read(here.book)
        wanted = _once_there(here, book, skill).id if skill else None
        events = list(here.store.books.events(here.book, up_to=book.revision, skill_id=wanted))[::-1][: limit or None]
        texts = wordings_then(here.book, here.store.books.events(here.book, up_to=book.revision))
        tags: dict[int, list[str]] = {}
        for tag in here.store.tags.all(here.book):
            tags.setdefault(tag.revision, []).append(tag.name)
    if json:
        listed: list[JsonValue] = [_logged(event, tags.get(event.revision, [])) for event in events]
        emit_json({"book": here.book, "revision": book.revision, "events": listed})
        return
    rows = [_log_row(event, tags.get(event.revision, []), texts.get(event.revision, "")) for event in events]
    emit_table(("#revision", "tags", "when", "what", "who", "to what, and why"), rows, empty="Nothing happened yet.")


def diff(before: str = "", after: str = HEAD, /, *, json: bool = False, place: Place | None = None) -> None:
    """Show what differs between two revisions, skill by skill.

    A revision is a number, `head`, `head~3`, a tag, or a day or time such as 2026-05-01; `BOOK:REVISION` is one of
    another skillbook, such as a branch.

    Args:
        before: The earlier revision; without it the latest tag before the later one, else the revision before it.
        after: The later one; without it the book as it stands.
        json: Print one JSON document.
        place: Where to look.
    """
    with opened(place) as here:
        require_book(here)
        later = book_at(here, after)
        earlier = book_at(here, before) if before else _since_last_tag(here, later)
        found = diff_books(earlier, later)
    if json:
        emit_json({"summary": found.summary, **found.model_dump(mode="json")})
        return
    print_diff(found)


def blame_(skill: str, /, *, json: bool = False, place: Place | None = None) -> None:
    """Show where each part of a skill is from: which run, which model or which person, when and why.

    Args:
        skill: The skill's id, or enough of its beginning.
        json: Print one JSON document.
        place: Where to look.
    """
    with opened(place) as here:
        found = here.store.books.read(here.book).find(skill)
        origins = blame(here.book, here.store.books.events(here.book), found.id)
    if json:
        emit_json({"skill": found.id, "origins": [_traced(origin) for origin in origins]})
        return
    rows: list[tuple[str, ...]] = []
    told: set[int] = set()
    for origin in origins:
        event = origin.event
        # One event brings wording, section, scope and evidence at once: its reason is told with the first of them.
        reason = "" if event.revision in told else event.operation.reason
        told.add(event.revision)
        value = " — ".join(filter(None, (_value(origin), reason)))
        rows.append(
            (
                str(event.revision),
                origin.part,
                f"{event.at:%Y-%m-%d %H:%M}",
                _who(event.operation.author, with_run=True),
                value,
            )
        )
    emit_table(("#revision", "part", "when", "who", "what, and why"), rows, empty="")


def rollback(
    target: str, /, *, to: str = "", reason: str, yes: bool = False, json: bool = False, place: Place | None = None
) -> None:
    """Make a skillbook, or one skill, again what it was at a revision.

    The history stays, and so do the rules of review. What would change is shown first. At a terminal it asks; a script
    is not asked.

    Args:
        target: The revision that comes back: a number, `head~3`, a tag, a day or time. With --to, the skill's id.
        to: The revision that one skill goes back to.
        reason: Why; it stays in the log.
        yes: Do not ask.
        json: Print one JSON document.
        place: Where to look.
    """
    if not reason.strip():
        raise UsageError("a reason is needed", hint="say why in --reason; it stays in the log")
    with opened(place) as here:
        require_book(here)
        book = here.store.books.read(here.book)
        revision = revision_of(here.store, here.book, to or target)
        skill_id = _once_there(here, book, target).id if to else ""
        found = rollback_of(here.store, book, revision, by=this_person(), skill_id=skill_id, reason=reason)
        if not json:
            print_diff(found.diff)
        if not _is_wanted(found, yes=yes):
            note("Nothing was changed.")
            sys.exit(1)
        done = roll_back(here.store, book, found)
    if json:
        emit_json({"revision": done, **found.diff.model_dump(mode="json")})
    elif found.changes_nothing:
        note(f"It already is what it was at revision {revision}; nothing was changed.")
    else:
        note(f"{here.book} is at revision {done}: {skill_id or 'the whole book'} as at revision {revision}.")


def tag(name: str, revision: str = HEAD, /, *, reason: str = "", place: Place | None = None) -> None:
    """Give a revision a name, which never moves.

    Args:
        name: Such as `v1`: 1 to 64 letters, digits, dots, dashes and underscores.
        revision: A number, `head~3`, a day or time; without it the book as it stands.
        reason: Why.
        place: Where to look.
    """
    with opened(place) as here:
        require_book(here)
        number = revision_of(here.store, here.book, revision)
        made = here.store.tags.add(here.book, name, number, by=this_person().name, reason=reason)
    note(f"{made.name} is revision {made.revision} of {made.book}")


def tags(*, json: bool = False, place: Place | None = None) -> None:
    """List the tags of a skillbook; a branch has those of its parent's revisions too.

    Args:
        json: Print one JSON document.
        place: Where to look.
    """
    with opened(place) as here:
        require_book(here)
        found = here.store.tags.all(here.book)
    if json:
        emit_json({"book": here.book, "tags": [each.model_dump(mode="json") for each in found]})
        return
    rows = [(t.name, str(t.revision), f"{t.at:%Y-%m-%d %H:%M}", t.by, t.reason) for t in found]
    emit_table(
        ("tag", "#revision", "when", "who", "why"), rows, empty="No tags yet. `seasoned skills tag NAME` makes one."
    )


def _who(author: Author, *, with_run: bool) -> str:
    """An author on one line: a person by name, a learner with its model, and where there is room with its run."""
    more = ", ".join(filter(None, (author.run_id if with_run else None, author.model_id)))
    name = author.name if author.kind == "person" else f"{author.kind} {author.name}"
    return f"{name} ({more})" if more else name


def print_diff(diff: BookDiff) -> None:
    """The difference of two skillbooks in colours, and on standard error how much it is."""
    # Only at our own line breaks: others are text, and are shown as codes.
    for line in rendered(diff).split("\n")[:-1]:
        word = line.split(maxsplit=1)[0] if line.strip() else ""
        out.print(safe(line, DIFF_STYLES.get(word, "")), soft_wrap=not out.is_terminal)
    note(f"{diff.before} to {diff.after}: {diff.summary}")


def _since_last_tag(here: Open, later: Skillbook) -> Skillbook:
    before = [each.revision for each in here.store.tags.all(later.name) if each.revision < later.revision]
    return here.store.books.at(later.name, max(before, default=max(later.revision - 1, 0)))


def _once_there(here: Open, book: Skillbook, skill: str) -> Skill:
    """A skill by the beginning of its id, also one that the book had and that a rollback took out of it."""
    try:
        return book.find(skill)
    except UsageError:
        born: dict[str, int] = {}
        for event in here.store.books.events(book.name):
            if event.operation.kind == "ADD":
                born.setdefault(event.operation.skill_id, event.revision)
        wanted = skill if skill.startswith("skill-") else f"skill-{skill}"
        gone = [i for i in born if i not in book.skills and i.startswith(wanted)]
        if len(gone) != 1:
            raise
        return here.store.books.at(book.name, born[gone[0]]).skills[gone[0]]


def _is_wanted(rollback: Rollback, *, yes: bool) -> bool:
    if yes or rollback.changes_nothing or not sys.stdin.isatty():
        return True
    return read_line("Go back? [y/N] ").lower() in ("y", "yes")


def _value(origin: Origin) -> str:
    place = "" if origin.evidence is None else f"{origin.evidence.trace_id} step {origin.evidence.step}: "
    value = "(erased)" if origin.evidence is not None and origin.evidence.is_erased else origin.value
    return f"{place}{value}"


def _log_row(event: Event, tags: list[str], text: str) -> tuple[str, ...]:
    operation = event.operation
    what = " — ".join(filter(None, (what_happened(operation, text), operation.reason)))
    return (
        str(event.revision),
        ", ".join(tags),
        f"{event.at:%Y-%m-%d %H:%M}",
        operation.kind,
        _who(operation.author, with_run=False),
        what,
    )


def _logged(event: Event, tags: list[str]) -> JsonValue:
    return {**event.model_dump(mode="json", exclude_defaults=True), "tags": list[JsonValue](tags)}


def _traced(origin: Origin) -> JsonValue:
    author = origin.event.operation.author
    return {
        "part": origin.part,
        "value": origin.value,
        "revision": origin.event.revision,
        "at": origin.event.at.isoformat(),
        "operation": origin.event.operation.kind,
        "author": author.model_dump(mode="json"),
        "reason": origin.event.operation.reason,
        "evidence": None if origin.evidence is None else origin.evidence.model_dump(mode="json"),
    }
