"""`seasoned skills`: look at skills."""

from collections import Counter
from typing import Literal

from pydantic import JsonValue
from rich.text import Text

from seasoned.cli.output import emit_json, emit_table, out, safe
from seasoned.cli.place import Open, Place, book_at, opened, require_book
from seasoned.cli.standing import print_standing, rate_cell
from seasoned.core.bookdiff import scope_text
from seasoned.core.operation import ReasonCode
from seasoned.core.skill import Skill, SkillStatus
from seasoned.core.skillbook import Skillbook
from seasoned.core.text import shortened
from seasoned.curate.rates import Standing, standings
from seasoned.curate.review.context import in_context
from seasoned.curate.review.policies import approvals_so_far
from seasoned.curate.review.sitting import without_verdict
from seasoned.store.books.tags import HEAD

STATUS_STYLES: dict[SkillStatus, str] = {
    "proposed": "yellow",
    "approved": "green",
    "rejected": "red",
    "retired": "dim",
    "merged": "dim",
}
_NO_VERDICT = "from runs without a verdict"
BY_HAND = "written by hand, no evidence"


def list_skills(
    *,
    status: Literal["proposed", "approved", "rejected", "retired", "merged"] | None = None,
    sort: Literal["birth", "rate"] = "birth",
    at: str = HEAD,
    code: ReasonCode | None = None,
    json: bool = False,
    place: Place | None = None,
) -> None:
    """List the skills of a skillbook.

    Args:
        status: Only skills that stand so.
        sort: birth is the order in which they came; rate puts those first that help most often.
        at: As it was at a revision: a number, `head~3`, a tag, a day or time.
        code: Only skills whose last verdict was given for this reason.
        json: Print one JSON document with every field.
        place: Where to look.
    """
    with opened(place) as here:
        require_book(here)
        book = book_at(here, at)
        skills = [s for s in book.skills.values() if status in (None, s.status) and code in (None, _code(s))]
        unlabelled, done = without_verdict(skills, here.store), standings(here.store, book)
    if sort == "rate":
        skills.sort(key=lambda s: -done[s.id].rate.mean)
    if json:
        documents = [_document(s, done[s.id], is_unlabelled=s.id in unlabelled) for s in skills]
        codes: JsonValue = dict(Counter(str(found) for s in skills if (found := _code(s)) is not None))
        emit_json({"book": book.name, "revision": book.revision, "codes": codes, "skills": documents})
        return
    rows = [_row(s, book, done[s.id], is_unlabelled=s.id in unlabelled) for s in skills]
    emit_table(
        ("id", "status", "section", "#quotes", "rate", "remarks", "text"),
        rows,
        empty=f"No such skills in {here.book!r}. `seasoned learn PATH --model M` proposes some.",
    )


def show(skill: str, /, *, at: str = HEAD, json: bool = False, place: Place | None = None) -> None:
    """Show one skill with its history and its evidence where it stands in the traces.

    Args:
        skill: The skill's id, or enough of its beginning.
        at: As it was at a revision: a number, `head~3`, a tag, a day or time.
        json: Print one JSON document.
        place: Where to look.
    """
    with opened(place) as here:
        require_book(here)
        book = book_at(here, at)
        found = book.find(skill)
        done = standings(here.store, book)[found.id]
        if json:
            emit_json(_document(found, done, is_unlabelled=bool(without_verdict([found], here.store))))
            return
        print_skill(found, book)
        print_standing(done)
        print_evidence(found, here)


def print_skill(skill: Skill, book: Skillbook) -> None:
    """One skill of a book: standing, wording, reason, history and what to be careful about."""
    confidence = "" if skill.confidence is None else f", confidence {skill.confidence:.2f}"
    head = Text(skill.id, "bold") + Text("  ") + Text(skill.status, STATUS_STYLES[skill.status])
    out.print(head + safe(f"  section {skill.section}{confidence}", "dim"))
    out.print(safe(skill.text))
    if skill.reason:
        out.print(Text("why: ", "dim") + safe(skill.reason))
    if skill.status_reason and not _is_back(skill):
        code = f" ({_code(skill)})" if _code(skill) else ""
        out.print(Text(f"{skill.status} because{code}: ", "dim") + safe(skill.status_reason))
    for remark in _review_remarks(skill, book):
        out.print(safe(remark, "yellow"))
    if skill.merged_into is not None:
        into = book.standing(skill.id)
        out.print(Text("merged into: ", "bold") + safe(f"{into.id}: {into.text}"))
    for conflict in skill.conflicts:
        other = book.skills.get(conflict.skill_id)
        what = "gone" if other is None else f"{other.status}: {other.text}"
        out.print(Text(f"{conflict.kind} ", "bold red") + safe(f"{conflict.skill_id} ({what})", "red"))
        if conflict.reason:
            out.print(Text("  because: ", "dim") + safe(conflict.reason))
    if where := scope_text(skill.scope):
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
        out.print(Text(f"{BY_HAND}: nothing in the store proves it", "yellow"))
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
    found = ([] if skill.evidence else [BY_HAND]) + [shortened(r, 80) for r in _review_remarks(skill, book)] + found
    return found if skill.merged_into is None else [*found, f"merged into {book.standing(skill.id).id}"]


def _review_remarks(skill: Skill, book: Skillbook) -> list[str]:
    """What a reviewer must know of what was decided before: half an approval, a proposed removal, a rejection."""
    found = [standing] if (standing := approvals_so_far(skill, book.policy)) else []
    if skill.removal is not None:
        code = f" ({skill.removal.code})" if skill.removal.code else ""
        author = f"{skill.removal.author.kind} {skill.removal.author.name}"
        found.append(f"removal proposed by {author}{code}: {skill.removal.reason or 'no reason given'}")
    if _is_back(skill):
        again = max(place for place, decision in enumerate(skill.decisions) if decision.kind == "ADD")
        because = next((d.reason for d in reversed(skill.decisions[:again]) if d.kind == "REJECT"), "")
        found.append(f"rejected before because: {because or 'no reason given'}; {skill.decisions[again].reason}")
    return found


def _is_back(skill: Skill) -> bool:
    """Whether it was rejected, and is proposed again."""
    return skill.status == "proposed" and any(decision.kind == "ADD" for decision in skill.decisions)


def _code(skill: Skill) -> ReasonCode | None:
    """The reason, for counting, of the last verdict."""
    return skill.decisions[-1].code if skill.decisions else None


def _n_quotes(skill: Skill) -> str:
    n_erased = sum(e.is_erased for e in skill.evidence)
    return f"{len(skill.evidence) - n_erased}" + (f" ({n_erased} erased)" if n_erased else "")
