"""`seasoned skills`: look at skills, add one by hand, and decide without the interactive review."""

import uuid
from collections.abc import Callable
from typing import Literal

from pydantic import JsonValue
from rich.text import Text

from seasoned.cli.output import emit_json, emit_table, note, out, safe
from seasoned.cli.place import Open, Place, opened
from seasoned.cli.standing import print_standing, rate_cell
from seasoned.core.operation import Operation, skill_id
from seasoned.core.skill import Skill, SkillStatus
from seasoned.core.skillbook import Skillbook
from seasoned.core.text import shortened
from seasoned.curate.rates import Standing, standings
from seasoned.curate.review import Review, in_context, this_person, without_verdict
from seasoned.curate.taint import taints
from seasoned.errors import UsageError

STATUS_STYLES: dict[SkillStatus, str] = {
    "proposed": "yellow",
    "approved": "green",
    "rejected": "red",
    "retired": "dim",
    "merged": "dim",
}
_NO_VERDICT = "from runs without a verdict"


def list_skills(
    *,
    status: Literal["proposed", "approved", "rejected", "retired", "merged"] | None = None,
    sort: Literal["birth", "rate"] = "birth",
    json: bool = False,
    place: Place | None = None,
) -> None:
    """List the skills of a skillbook.

    Args:
        status: Only skills that stand so.
        sort: birth is the order in which they came; rate puts those first that help most often.
        json: Print one JSON document with every field.
        place: Where to look.
    """
    with opened(place) as here:
        book = here.store.books.read(here.book)
        skills = [s for s in book.skills.values() if status in (None, s.status)]
        unlabelled, done = without_verdict(skills, here.store), standings(here.store, book)
    if sort == "rate":
        skills.sort(key=lambda s: -done[s.id].rate.mean)
    if json:
        documents = [_document(s, done[s.id], is_unlabelled=s.id in unlabelled) for s in skills]
        emit_json({"book": book.name, "revision": book.revision, "skills": documents})
        return
    rows = [_row(s, book, done[s.id], is_unlabelled=s.id in unlabelled) for s in skills]
    emit_table(
        ("id", "status", "section", "#quotes", "rate", "remarks", "text"),
        rows,
        empty=f"No such skills in {here.book!r}. `seasoned learn PATH --model M` proposes some.",
    )


def show(skill: str, /, *, json: bool = False, place: Place | None = None) -> None:
    """Show one skill with its history and its evidence where it stands in the traces.

    Args:
        skill: The skill's id, or enough of its beginning.
        json: Print one JSON document.
        place: Where to look.
    """
    with opened(place) as here:
        book = here.store.books.read(here.book)
        found = book.find(skill)
        done = standings(here.store, book)[found.id]
        if json:
            emit_json(_document(found, done, is_unlabelled=bool(without_verdict([found], here.store))))
            return
        print_skill(found, book)
        print_standing(done)
        print_evidence(found, here)


def add(text: str, /, *, section: str = "general", reason: str = "", place: Place | None = None) -> None:
    """Add a skill by hand; it carries no evidence and says so, and waits for review like any other.

    Args:
        text: The instruction: "When …, do …".
        section: Heading that it belongs under.
        reason: Why it holds.
        place: Where to add it.
    """
    if not text.strip():
        raise UsageError("the skill has no text", hint='write it as "When …, do …"')
    operation = Operation(
        kind="ADD",
        skill_id=skill_id(text),
        author=this_person(),
        text=text,
        section=section,
        reason=reason,
        taints=taints(text, ()),
    )
    with opened(place, may_create=True) as here:
        here.store.books.append(here.book, [operation], scope=f"by-hand-{uuid.uuid4().hex}")
    out.print(operation.skill_id)


def edit(skill: str, text: str, /, *, reason: str = "", place: Place | None = None) -> None:
    """Reword a skill; the earlier wording stays in its history.

    Args:
        skill: The skill's id, or enough of its beginning.
        text: The new wording.
        reason: Why it was reworded.
        place: Where to look.
    """
    _decide((skill,), lambda review, one: review.edit(one, text, reason=reason), "reworded", place)


def approve(*skills: str, reason: str = "", place: Place | None = None) -> None:
    """Approve proposals: they go into compiled prompts.

    Args:
        skills: Ids, or enough of their beginnings.
        reason: Why.
        place: Where to look.
    """
    _decide(skills, lambda review, one: review.approve(one, reason=reason), "approved", place)


def reject(*skills: str, reason: str, place: Place | None = None) -> None:
    """Reject proposals; the same wording is not proposed again.

    Args:
        skills: Ids, or enough of their beginnings.
        reason: Why; it stays with the skill.
        place: Where to look.
    """
    _decide(skills, lambda review, one: review.reject(one, reason=_reasoned(reason)), "rejected", place)


def retire(*skills: str, reason: str, place: Place | None = None) -> None:
    """Retire approved skills: no compiled prompt holds them any more, their history stays.

    Args:
        skills: Ids, or enough of their beginnings.
        reason: Why; it stays with the skill.
        place: Where to look.
    """
    _decide(skills, lambda review, one: review.retire(one, reason=_reasoned(reason)), "retired", place)


def restore(*skills: str, reason: str = "", place: Place | None = None) -> None:
    """Take the last verdict on skills back.

    Args:
        skills: Ids, or enough of their beginnings.
        reason: Why.
        place: Where to look.
    """
    _decide(skills, lambda review, one: review.restore(one, reason=reason), "restored", place)


def print_skill(skill: Skill, book: Skillbook) -> None:
    """One skill of a book: standing, wording, reason, history and what to be careful about."""
    confidence = "" if skill.confidence is None else f", confidence {skill.confidence:.2f}"
    head = Text(skill.id, "bold") + Text("  ") + Text(skill.status, STATUS_STYLES[skill.status])
    out.print(head + safe(f"  section {skill.section}{confidence}", "dim"))
    out.print(safe(skill.text))
    if skill.reason:
        out.print(Text("why: ", "dim") + safe(skill.reason))
    if skill.status_reason:
        out.print(Text(f"{skill.status} because: ", "dim") + safe(skill.status_reason))
    if skill.merged_into is not None:
        into = book.standing(skill.id)
        out.print(Text("merged into: ", "bold") + safe(f"{into.id}: {into.text}"))
    for conflict in skill.conflicts:
        other = book.skills.get(conflict.skill_id)
        what = "gone" if other is None else f"{other.status}: {other.text}"
        out.print(Text(f"{conflict.kind} ", "bold red") + safe(f"{conflict.skill_id} ({what})", "red"))
        if conflict.reason:
            out.print(Text("  because: ", "dim") + safe(conflict.reason))
    if where := _where(skill):
        out.print(Text("applies to: ", "dim") + safe(where))
    for taint in skill.taints:
        out.print(Text("careful: ", "bold red") + safe(taint, "red"))
    for wording in skill.wordings:
        author = f"{wording.author.kind} {wording.author.name}"
        model = f" ({wording.author.model_id})" if wording.author.model_id else ""
        line = f"revision {wording.revision}, {wording.at:%Y-%m-%d %H:%M}, {author}{model}"
        out.print(safe(line if wording is skill.wordings[-1] else f"{line}: {wording.text}", "dim"))


def print_evidence(skill: Skill, here: Open, *, most: int | None = None) -> None:
    """The quotes behind a skill, each between the steps around it."""
    if not skill.evidence:
        out.print(Text("no evidence: a person wrote this skill by hand", "yellow"))
    if skill.is_unproven:
        out.print(Text("all evidence of this skill was erased: nothing in the store proves it any more", "yellow"))
    if without_verdict([skill], here.store):
        out.print(Text(f"{_NO_VERDICT}: nobody has said whether these runs went well", "yellow"))
    shown = skill.evidence[:most]
    for number, evidence in enumerate(shown, 1):
        if evidence.is_erased:
            where = f"evidence {number} of {len(skill.evidence)}: {evidence.trace_id}, step {evidence.step}"
            out.print()
            out.print(Text(where, "bold") + Text("  erased: the run was deleted on request", "yellow"))
            continue
        trace = next(here.store.traces.of([evidence.trace_id]), None)
        out.print()
        if trace is None:
            where = f"evidence {number} of {len(skill.evidence)}: {evidence.trace_id}, step {evidence.step}"
            out.print(Text(where, "bold") + Text("  not checked: this store does not have the run", "yellow"))
            out.print(Text("  ") + safe(evidence.quote, "black on yellow"))
            continue
        words = {True: "passed", False: "failed", None: "no verdict"}
        where = f"evidence {number} of {len(skill.evidence)}: {trace.id} ({words[trace.verdict]}), step {evidence.step}"
        out.print(Text(where, "bold"))
        for step in in_context(evidence, trace):
            name = f" {step.name}" if step.name else ""
            line = safe(f"  {step.index:>3} {step.kind}{name}: ", "cyan") + safe(step.before)
            out.print(line + safe(step.quote, "black on yellow") + safe(step.after))
    if len(shown) < len(skill.evidence):
        out.print(Text(f"… and {len(skill.evidence) - len(shown)} more: seasoned skills show {skill.id}", "dim"))


def _row(skill: Skill, book: Skillbook, done: Standing, *, is_unlabelled: bool) -> tuple[str | Text, ...]:
    """A skill as a list shows it."""
    return (
        skill.id,
        Text(skill.status, STATUS_STYLES[skill.status]),
        skill.section,
        _n_quotes(skill),
        rate_cell(done),
        "; ".join([*_remarks(skill, book), *([_NO_VERDICT] if is_unlabelled else [])]),
        shortened(skill.text, 160),
    )


def _document(skill: Skill, done: Standing, *, is_unlabelled: bool) -> JsonValue:
    """A skill as `--json` prints it: each quote says whether it was erased, and how the skill has done."""
    evidence: list[JsonValue] = [{**e.model_dump(mode="json"), "erased": e.is_erased} for e in skill.evidence]
    more = {**done.model_dump(mode="json"), "without_verdict": is_unlabelled}
    return {**skill.model_dump(mode="json"), "evidence": evidence, **more}


def _remarks(skill: Skill, book: Skillbook) -> list[str]:
    """What a list says of a skill beside its standing; `show` names every conflict."""
    kinds = {
        kind: [c.skill_id for c in skill.conflicts if c.kind == kind] for kind in (c.kind for c in skill.conflicts)
    }
    found = [f"{kind} {ids[0]}" + (f" and {len(ids) - 1} more" if len(ids) > 1 else "") for kind, ids in kinds.items()]
    return found if skill.merged_into is None else [*found, f"merged into {book.standing(skill.id).id}"]


def _where(skill: Skill) -> str:
    agent = [f"agent {skill.scope.agent}"] if skill.scope.agent else []
    tools = [f"tools {', '.join(skill.scope.tools)}"] if skill.scope.tools else []
    return "; ".join(agent + tools)


def _n_quotes(skill: Skill) -> str:
    n_erased = sum(e.is_erased for e in skill.evidence)
    return f"{len(skill.evidence) - n_erased}" + (f" ({n_erased} erased)" if n_erased else "")


def _decide(skills: tuple[str, ...], act: Callable[[Review, str], None], done: str, place: Place | None) -> None:
    if not skills:
        raise UsageError("no skill was named", hint="give one or more ids; `seasoned skills list` shows them")
    with opened(place) as here:
        review = Review(here.store, here.book)
        # All of them are found before anything is decided, so that a wrong id decides nothing.
        found = [review.book().find(skill) for skill in skills]
        for skill in found:
            act(review, skill.id)
            note(f"{done} {skill.id}")


def _reasoned(reason: str) -> str:
    if not reason.strip():
        raise UsageError("a reason is needed", hint="say why in --reason; it stays with the skill")
    return reason
