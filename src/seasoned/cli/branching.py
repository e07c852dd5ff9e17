"""`seasoned skills branch|branches|merge`: skillbooks that share a history, and bringing them together."""

import sys
from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from seasoned.cli.output import emit_json, emit_table, note, out, safe
from seasoned.cli.place import Place, opened, require_book
from seasoned.core.merging import Choices, MergeConflict
from seasoned.core.skillbook import Skillbook
from seasoned.core.text import plural
from seasoned.curate.history import Merged, merge_books, what_happened
from seasoned.curate.review.person import this_person
from seasoned.errors import UsageError
from seasoned.store.books.revisions import revision_of
from seasoned.store.books.tags import HEAD

NEXT_LINE = "\n           "
"""So far in stands what one side of a conflict says."""
Ids = Annotated[tuple[str, ...], Parameter(consume_multiple=True)]


def branch(new: str, /, *, at: str = HEAD, place: Place | None = None) -> None:
    """Begin a skillbook that shares this one's history up to a revision, to try things out in.

    Args:
        new: The name of the branch; `--book NAME` works in it.
        at: The revision: a number, `head~3`, a tag, a day or time; without it the book as it stands.
        place: Where to look.
    """
    with opened(place) as here:
        require_book(here)
        made = here.store.books.branch(here.book, new, at=revision_of(here.store, here.book, at))
    note(f"{made.name} branches off {here.book} at revision {made.revision}")


def branches(*, json: bool = False, place: Place | None = None) -> None:
    """List the skillbooks, where they branch off, and what was merged into them.

    Args:
        json: Print one JSON document.
        place: Where to look.
    """
    with opened(place) as here:
        infos, merges = here.store.books.infos(), here.store.books.merges()
    if json:
        emit_json(
            {
                "books": [info.model_dump(mode="json") for info in infos],
                "merges": [merge.model_dump(mode="json") for merge in merges],
            }
        )
        return
    rows = [
        (
            info.name,
            str(info.revision),
            "" if info.parent is None else f"{info.parent}@{info.parent_revision}",
            ", ".join(f"{m.source}@{m.source_revision}" for m in merges if m.book == info.name),
        )
        for info in infos
    ]
    emit_table(("skillbook", "#revision", "branches off", "took in"), rows, empty="No skillbooks yet.")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Decided:
    """How conflicts are decided."""

    ours: Ids = ()
    """Skills in conflict for which the book that takes in stands; `policy` is the rules of review."""
    theirs: Ids = ()
    """Skills in conflict for which the source's side is taken."""
    ours_all: bool = False
    """Decide every other conflict so that the book that takes in stands."""
    theirs_all: bool = False
    """Decide every other conflict for the source."""

    def among(self, books: list[Skillbook]) -> Choices | None:
        """The choices, of the skills of these books; None where there are none."""
        if self.ours_all and self.theirs_all:
            raise UsageError("--ours-all and --theirs-all contradict each other", hint="give one of them")
        ours, theirs = _ids(self.ours, books), _ids(self.theirs, books)
        if both := ours & theirs:
            raise UsageError(f"{', '.join(sorted(both))} cannot be decided both ways", hint="name it once")
        chosen = Choices(
            ours=ours, theirs=theirs, rest="ours" if self.ours_all else "theirs" if self.theirs_all else None
        )
        return None if chosen == Choices() else chosen


def merge(
    source: str,
    /,
    *,
    into: str = "",
    decided: Decided | None = None,
    dry_run: bool = False,
    json: bool = False,
    place: Place | None = None,
) -> None:
    """Bring what a branch did since the last merge, or since it began, into another skillbook.

    What only one side changed is taken over with its authors; what both changed differently is a conflict, and with
    one that is not decided nothing is merged and the command exits with 1.

    Args:
        source: The skillbook whose work is brought in; it stays as it is.
        into: The one that takes it in; without it --book, or the one that is used by default.
        decided: How conflicts are decided.
        dry_run: Only say what would be done.
        json: Print one JSON document.
        place: Where to look.
    """
    with opened(place) as here:
        name = into or here.book
        known = [here.store.books.read(name), here.store.books.read(source)]
        choices = (decided or Decided()).among(known)
        done = merge_books(here.store, source, name, by=this_person(), choices=choices, dry_run=dry_run)
    if json:
        emit_json({"unresolved": len(done.unresolved), **done.model_dump(mode="json", exclude_defaults=True)})
    else:
        _report(done, known[1])
    if done.unresolved:
        sys.exit(1)


def _ids(typed: tuple[str, ...], books: list[Skillbook]) -> frozenset[str]:
    """The skills that were named by the beginnings of their ids, in either book; `policy` is itself."""
    together = Skillbook(name=" and ".join(b.name for b in books), skills=books[1].skills | books[0].skills)
    return frozenset(each if each == "policy" else together.find(each).id for each in typed)


def _report(done: Merged, source: Skillbook) -> None:
    for operation in done.operations:
        author = operation.author.name
        skill = source.skills.get(operation.skill_id)
        line = what_happened(operation, operation.text or ("" if skill is None else skill.text))
        out.print(safe(f"{operation.kind:<8} {author}: {line}"), soft_wrap=not out.is_terminal)
    for conflict in done.conflicts:
        _print_conflict(conflict)
    summary = f"{plural(len(done.operations), 'operation')} on {plural(len(done.changed), 'skill')}"
    if n := len(done.unresolved):
        note(f"Nothing was merged: {plural(n, 'conflict')} to decide, with --ours ID, --theirs ID or --ours-all.")
    elif not done.is_done:
        note(f"Would merge {done.source}@{done.source_revision} into {done.book}: {summary}.")
    elif done.operations:
        note(f"{done.book} is at revision {done.revision}: {summary} from {done.source}@{done.source_revision}.")
    else:
        note(f"{done.book} has all that {done.source} did; nothing was changed.")


def _print_conflict(conflict: MergeConflict) -> None:
    standing = "conflict" if conflict.choice is None else f"conflict, decided for {conflict.choice}"
    out.print(Text(standing, "bold red") + safe(f" {', '.join(conflict.ids)}: {conflict.why}"))
    for field in conflict.fields:
        out.print(safe(f"  {field.field}", "bold") + safe(f"  {field.skill_id}", "dim"))
        for side, value in (("base", field.base), ("ours", field.ours), ("theirs", field.theirs)):
            out.print(
                Text(f"    {side:<7}", "dim") + safe((value or "(none)").replace("\n", NEXT_LINE)),
                soft_wrap=not out.is_terminal,
            )
