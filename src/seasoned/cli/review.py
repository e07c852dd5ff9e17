"""`seasoned review`: one proposal at a time, with its evidence where it stands, one key a decision."""

from collections.abc import Mapping
from typing import get_args

from pydantic import JsonValue
from rich.rule import Rule
from rich.text import Text

from seasoned.cli.keys import read_key, read_line
from seasoned.cli.output import emit_json, note, out, safe, say
from seasoned.cli.place import Open, Place, opened, require_book
from seasoned.cli.skills import print_evidence, print_skill
from seasoned.cli.writing import edit_at_terminal
from seasoned.core.operation import ReasonCode
from seasoned.core.skill import Skill
from seasoned.core.text import plural
from seasoned.curate.review.choosing import Filter, chosen, group_of
from seasoned.curate.review.queue import Waiting
from seasoned.curate.review.sitting import Review
from seasoned.errors import OperationError, UsageError
from seasoned.store.books.claims import Claim

EVIDENCE_SHOWN = 3
ALIKE_SHOWN = 10
"""Of those that read alike, so many are shown whole, and no more are approved in one step."""
CODES: tuple[ReasonCode, ...] = get_args(ReasonCode)
"""Why something is rejected or retired, by the number of its key."""
KEYS = {
    "a": "[a]pprove",
    "A": "[A]pprove all that read alike",
    "e": "[e]dit",
    "r": "[r]eject",
    "x": "[x] let it go",
    "k": "[k]eep it",
    "s": "[s]kip",
    "u": "[u]ndo",
    "m": "[m]ore evidence",
    "q": "[q]uit",
}
"""What each key is called; what is decided on says which of them there are."""


def review(*, mine: bool = False, json: bool = False, place: Place | None = None) -> None:
    """Decide on proposals one by one, the most valuable first: approve, edit, reject with a reason, skip, undo.

    Every decision is stored at once, so leaving loses nothing. What you see is held for you: another reviewer gets
    something else meanwhile. Without a terminal it reads the same keys from standard input; `seasoned skills
    approve|reject ID` decides without any dialogue.

    Args:
        mine: Only what `seasoned skills assign` gave you.
        json: Print the whole queue as one JSON document, with each value and its parts, instead of asking.
        place: Where to look.
    """
    with opened(place) as here:
        require_book(here)
        judge = Review(here.store, here.book)
        found = judge.queue()
        if json:
            shown = judge.mine(found, assigned=True) if mine else found
            claims = here.store.claims.of(here.book)
            emit_json({"book": here.book, "queue": [_document(each, claims) for each in shown]})
            return
        if not judge.mine(found, assigned=mine):
            _nothing(here, judge, found, mine=mine)
            return
        sit(here, mine=mine)


def _nothing(here: Open, judge: Review, found: tuple[Waiting, ...], *, mine: bool) -> None:
    if mine:
        note(f"Nothing in {here.book!r} is yours alone to decide on. `seasoned review` shows what is anybody's.")
    for skill_id, why in judge.of_others(found).items():
        say(safe(f"{skill_id}: {why}", "dim"))
    if not mine:
        note(f"Nothing to review in {here.book!r}. `seasoned learn PATH --model M` proposes skills.")


def _document(each: Waiting, claims: Mapping[str, Claim]) -> JsonValue:
    claim = claims.get(each.skill.id)
    claimed = {"assignee": None, "holder": None} if claim is None else claim.model_dump(include={"assignee", "holder"})
    return {**each.skill.model_dump(mode="json"), **each.model_dump(mode="json", exclude={"skill"}), **claimed}


class _Sitting:
    """What this reviewer has done so far, in order, so that undo takes the latest thing back."""

    def __init__(self, here: Open, *, mine: bool) -> None:
        self.here, self._mine = here, mine
        self.review = Review(here.store, here.book)
        self.acts: list[str | None] = []
        """The id of a skipped skill, or None for an act that is in the log."""
        self.queue: tuple[Waiting, ...] = ()
        """All that waits, as it was when the last one was shown."""

    def waiting(self) -> list[Waiting]:
        self.queue = self.review.queue()
        found = self.review.mine(self.queue, assigned=self._mine)
        return [each for each in found if each.skill.id not in self.acts]

    def undo(self) -> str:
        if self.acts and self.acts[-1] is not None:
            return f"skipping of {self.acts.pop()}"
        undone = self.review.undo()
        self.acts.pop()
        return undone


def sit(here: Open, *, mine: bool = False) -> None:
    """One sitting: until the queue is empty or the reviewer leaves.

    Args:
        here: The store and the skillbook.
        mine: Only what is assigned to this reviewer.
    """
    sitting = _Sitting(here, mine=mine)
    while waiting := sitting.waiting():
        first = next((each for each in waiting if sitting.review.hold(each.skill.id)), None)
        if first is None:
            break  # others were quicker with every one of them
        try:
            if not _decide(sitting, first, n_waiting=len(waiting)):
                break
        finally:
            sitting.review.release(first.skill.id)
    book = sitting.review.book()
    counts = ", ".join(f"{len(book.with_status(s))} {s}" for s in ("approved", "rejected", "proposed"))
    note(f"{counts}. `seasoned prompt compile` makes the prompt.")


def _decide(sitting: _Sitting, each: Waiting, *, n_waiting: int) -> bool:
    """Show what waits and carry out one key; False when the reviewer leaves."""
    out.print(Rule(Text(f"{n_waiting} to decide", "dim")))
    print_skill(each.skill, sitting.review.book())
    out.print(Text("why here: ", "dim") + safe(f"{each.why} (value {each.value:.2f})"))
    _print_group(each, sitting.queue)
    print_evidence(each.skill, sitting.here, most=EVIDENCE_SHOWN)
    keys = _keys(each)
    while True:
        key = read_key(keys)
        if key in ("q", ""):
            return False
        try:
            if _act(key, sitting, each):
                return True
        except (OperationError, UsageError) as error:
            note(str(error), "red")


def _keys(each: Waiting) -> str:
    is_proposal = each.kind == "proposal"
    left_out = {"x", "k"} if is_proposal else {"a", "r"}
    if each.n_group < 2 or not is_proposal:
        left_out |= {"A"}
    return "  ".join(what for key, what in KEYS.items() if key not in left_out)


def _print_group(each: Waiting, queue: tuple[Waiting, ...]) -> None:
    alike, n_more = _alike(each, queue), max(0, each.n_group - 1 - ALIKE_SHOWN)
    if alike:
        out.print(Text(f"{plural(each.n_group - 1, 'proposal')} that read like it:", "bold"))
    for other in alike:
        taint = " (tainted)" if other.skill.taints else ""
        out.print(safe(f"  {other.skill.id}{taint}: {other.skill.text}"))
    if n_more:
        out.print(Text(f"  … and {n_more} more, which [A] leaves alone", "dim"))


def _alike(each: Waiting, queue: tuple[Waiting, ...]) -> tuple[Waiting, ...]:
    """What reads like it, as far as it is shown."""
    return tuple(other for other in group_of(each.skill.id, queue) if other.skill.id != each.skill.id)[:ALIKE_SHOWN]


def _act(key: str, sitting: _Sitting, each: Waiting) -> bool:
    """Carry out a key; True when the next proposal is to be shown."""
    skill = each.skill
    keys = _keys(each)
    if key in KEYS and KEYS[key] not in keys:
        note(f"{key!r} is no key here. {keys}")
        return False
    match key:
        case "s":
            sitting.acts.append(skill.id)
            return True
        case "u":
            note(f"undone: {sitting.undo()}")
            return True
        case "m":
            print_evidence(skill, sitting.here)
            return False
        case "a" | "A" | "k" | "r" | "x" | "e":
            return _verdict(key, sitting, each)
        case _:
            note(f"{key!r} is no key here. {keys}")
            return False


def _verdict(key: str, sitting: _Sitting, each: Waiting) -> bool:
    skill, judge = each.skill, sitting.review
    if not judge.hold(skill.id):
        note("Another reviewer has it by now.", "yellow")
        return True
    match key:
        case "a":
            judge.approve(skill.id, wording=skill.text)
        case "A":
            _approve_group(sitting, each)
        case "k":
            judge.restore(skill.id, reason=read_line("why it stays (may be empty): "))
        case "e":
            edit_at_terminal(judge, skill)
        case _:
            if not _turn_down(judge, each):
                return False
    sitting.acts.append(None)
    return True


def _approve_group(sitting: _Sitting, each: Waiting) -> None:
    """Approve all that is shown and reads alike, in one step; the first counts as named, the others as found."""
    book, skill_id = sitting.review.book(), each.skill.id
    shown = (each, *_alike(each, sitting.queue))
    # What others have decided on or reworded since it was shown is theirs.
    standing = [w for w in shown if (now := book.skills.get(w.skill.id)) is not None and _reads_as(w, now)]
    others = sitting.review.of_others(standing)
    what = chosen("APPROVE", [skill_id], Filter(group=skill_id), book, standing, others)
    wordings = {waiting.skill.id: waiting.skill.text for waiting in shown}
    sitting.review.decide("APPROVE", what.skill_ids, wordings=wordings)
    note(f"{plural(len(what.skill_ids), 'proposal')} approved")
    for passed in what.passed_over:
        say(Text("passed over ", "yellow") + safe(f"{passed.skill_id}: {passed.why}"))


def _reads_as(shown: Waiting, now: Skill) -> bool:
    return (now.status, now.text, now.taints) == (shown.skill.status, shown.skill.text, shown.skill.taints)


def _turn_down(judge: Review, each: Waiting) -> bool:
    """Reject a proposal, or retire a skill whose removal is proposed; False where no reason was given."""
    skill = each.skill
    numbered = ", ".join(f"{number} {code}" for number, code in enumerate(CODES, 1))
    first, _, rest = read_line(f"reason ({numbered}; then or instead in words): ").partition(" ")
    is_code = first.isdecimal() and first.isascii() and 1 <= int(first) <= len(CODES)
    code = CODES[int(first) - 1] if is_code else None
    reason = (rest.strip() or str(code)) if code is not None else f"{first} {rest}".strip()
    if not reason and skill.removal is not None:
        code, reason = skill.removal.code, skill.removal.reason
    if not reason:
        note("A rejection needs a reason: it keeps the same proposal from coming back.", "red")
        return False
    kind = "RETIRE" if skill.status == "approved" else "REJECT"
    judge.decide(kind, [skill.id], reason=reason, code=code, wordings={skill.id: skill.text})
    return True
