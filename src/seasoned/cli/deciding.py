"""`seasoned skills approve` and the other verdicts: decide without the interactive review, on one skill or many."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number
from pydantic import JsonValue
from rich.text import Text

from seasoned.cli.output import emit_json, note, safe, say
from seasoned.cli.place import Place, opened
from seasoned.core.operation import OperationKind, ReasonCode
from seasoned.core.skillbook import Skillbook
from seasoned.core.text import plural
from seasoned.curate.review.choosing import BulkKind, Chosen, Filter, chosen
from seasoned.curate.review.sitting import Review
from seasoned.errors import UsageError

_DONE: dict[OperationKind, str] = {
    "APPROVE": "approved",
    "REJECT": "rejected",
    "RETIRE": "retired",
    "REMOVE": "proposed the removal of",
    "RESTORE": "restored",
}


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Which:
    """Skills to decide on together: those that fit all that is said."""

    section: str | None = None
    """Of this section."""
    tag: str | None = None
    """With this tag."""
    min_runs: Annotated[int | None, Parameter(validator=Number(gte=1))] = None
    """With evidence from so many different runs."""
    min_confidence: Annotated[float | None, Parameter(validator=Number(gte=0, lte=1))] = None
    """Of a learner that was so sure."""
    group: str | None = None
    """Those that read alike, by the id of any of them; `seasoned review --json` shows the groups."""
    all_shown: bool = False
    """All that `seasoned review` shows for such a verdict."""
    dry_run: bool = False
    """Say what would be decided; decide nothing."""
    json: bool = False
    """Print what was decided and what was passed over as one JSON document."""


def approve(*skills: str, reason: str = "", which: Which | None = None, place: Place | None = None) -> None:
    """Approve proposals: they go into compiled prompts. Several are approved at once, all or none.

    What a filter finds is passed over if it is tainted or in conflict: name it to approve it.

    Args:
        skills: Ids, or enough of their beginnings.
        reason: Why.
        which: More skills, by a filter.
        place: Where to look.
    """
    _decide_many("APPROVE", skills, which, place, reason=reason, code=None)


def reject(
    *skills: str,
    reason: str = "",
    code: ReasonCode | None = None,
    which: Which | None = None,
    place: Place | None = None,
) -> None:
    """Reject proposals; the same wording is proposed again only with as many new runs as were behind it.

    Args:
        skills: Ids, or enough of their beginnings.
        reason: Why, in words; it stays with the skill. Needed where there is no code.
        code: Why, for counting.
        which: More skills, by a filter.
        place: Where to look.
    """
    _decide_many("REJECT", skills, which, place, reason=_reasoned(reason, code), code=code)


def retire(
    *skills: str,
    reason: str = "",
    code: ReasonCode | None = None,
    which: Which | None = None,
    place: Place | None = None,
) -> None:
    """Retire approved skills: no compiled prompt holds them any more, their history stays.

    Args:
        skills: Ids, or enough of their beginnings.
        reason: Why, in words; it stays with the skill. Needed where there is no code.
        code: Why, for counting.
        which: More skills, by a filter; --all-shown means the proposed removals.
        place: Where to look.
    """
    _decide_many("RETIRE", skills, which, place, reason=_reasoned(reason, code), code=code)


def remove(*skills: str, reason: str = "", code: ReasonCode | None = None, place: Place | None = None) -> None:
    """Propose that skills go; a reviewer retires or rejects them, or keeps them.

    Args:
        skills: Ids, or enough of their beginnings.
        reason: Why, in words. Needed where there is no code.
        code: Why, for counting.
        place: Where to look.
    """
    _decide("REMOVE", skills, place, reason=_reasoned(reason, code), code=code)


def restore(*skills: str, reason: str = "", code: ReasonCode | None = None, place: Place | None = None) -> None:
    """Take the last verdict on skills back, or keep skills whose removal was proposed.

    Args:
        skills: Ids, or enough of their beginnings.
        reason: Why.
        code: Why, for counting.
        place: Where to look.
    """
    _decide("RESTORE", skills, place, reason=reason, code=code)


def undo(*, json: bool = False, place: Place | None = None) -> None:
    """Take back what you did last, however many skills it concerned; again takes back what you did before that.

    What others have built on since stays, and is said.

    Args:
        json: Print one JSON document.
        place: Where to look.
    """
    with opened(place) as here:
        undone = Review(here.store, here.book).undo_last()
    act, n_all = undone.act, undone.n_undone + len(undone.kept)
    how_many = f", {undone.n_undone} of {n_all}" if n_all > 1 else ""
    note(f"undone: {act.name}, made {act.events[0].at:%Y-%m-%d %H:%M}{how_many}")
    for kept in undone.kept:
        say(Text("  stays  ", "yellow") + safe(f"{kept.skill_id}: {kept.why}"))
    if json:
        what: dict[str, JsonValue] = {"act": act.name, "first": act.first, "last": act.last}
        emit_json({**what, "n_undone": undone.n_undone, "kept": [k.model_dump() for k in undone.kept]})


def assign(*skills: str, to: str = "", place: Place | None = None) -> None:
    """Say who is to decide on skills: only that person gets them in the queue, and `seasoned review --mine` shows them.

    Args:
        skills: Ids, or enough of their beginnings.
        to: The reviewer, by the name of their account; without it anybody.
        place: Where to look.
    """
    with opened(place) as here:
        review = Review(here.store, here.book)
        found = _found(review.book(), skills)
        here.store.claims.assign(here.book, found, to.strip() or None, by=review.author.name)
    note(f"{plural(len(found), 'skill')} for {to.strip() or 'anybody'} to decide on")


def _decide_many(
    kind: BulkKind,
    skills: Sequence[str],
    which: Which | None,
    place: Place | None,
    *,
    reason: str,
    code: ReasonCode | None,
) -> None:
    which = which or Which()
    with opened(place) as here:
        review = Review(here.store, here.book)
        book = review.book()
        what = _chosen(review, kind, skills, which, book)
        if what.skill_ids and not which.dry_run:
            wordings = {skill_id: book.skills[skill_id].text for skill_id in what.skill_ids}
            review.decide(kind, what.skill_ids, reason=reason, code=code, wordings=wordings)
    if which.json:
        document: dict[str, JsonValue] = {"kind": kind, "dry_run": which.dry_run, "skills": [*what.skill_ids]}
        emit_json({**document, "passed_over": [each.model_dump() for each in what.passed_over]})
    done = f"would be {_DONE[kind]}" if which.dry_run else _DONE[kind]
    for skill_id in what.skill_ids:
        note(f"{skill_id} would be {_DONE[kind]}" if which.dry_run else f"{_DONE[kind]} {skill_id}")
    for each in what.passed_over:
        say(Text("passed over ", "yellow") + safe(f"{each.skill_id}: {each.why}"))
    if what.passed_over or len(what.skill_ids) > 1:
        again = "" if which.dry_run or not what.skill_ids else "; `seasoned skills undo` takes it back"
        note(f"{plural(len(what.skill_ids), 'skill')} {done}, {len(what.passed_over)} passed over{again}")


def _chosen(review: Review, kind: BulkKind, skills: Sequence[str], which: Which, book: Skillbook) -> Chosen:
    said = {name: value for name, value in asdict(which).items() if name in Filter.model_fields}
    wanted = Filter.model_validate(said)
    if wanted.is_empty:
        return Chosen(skill_ids=tuple(_found(book, skills)))
    if wanted.group is not None:
        wanted = wanted.model_copy(update={"group": book.find(wanted.group).id})
    queue = review.queue(book)
    what = chosen(kind, [book.find(skill).id for skill in skills], wanted, book, queue, review.of_others(queue))
    if not what.skill_ids and not what.passed_over:
        raise UsageError("no skill fits the filter", hint="`seasoned review --json` shows what waits, with its value")
    return what


def _decide(
    kind: OperationKind, skills: Sequence[str], place: Place | None, *, reason: str, code: ReasonCode | None
) -> None:
    with opened(place) as here:
        review = Review(here.store, here.book)
        found = _found(review.book(), skills)
        review.decide(kind, found, reason=reason, code=code)
    for skill_id in found:
        note(f"{_DONE[kind]} {skill_id}")


def _found(book: Skillbook, skills: Sequence[str]) -> list[str]:
    """The ids of all that are named, before anything is decided: a wrong id decides nothing."""
    if not skills:
        raise UsageError(
            "no skill was named",
            hint="give one or more ids; `seasoned skills list` shows them, and --help the filters there may be",
        )
    return list(dict.fromkeys(book.find(skill).id for skill in skills))


def _reasoned(reason: str, code: ReasonCode | None) -> str:
    if not reason.strip() and code is None:
        raise UsageError("a reason is needed", hint="say why in --reason or --code; it stays with the skill")
    return reason.strip() or code or ""
