"""`seasoned prompt promote`, `rollback`, `labels` and `label`: which prompt users get, and every move of that."""

from dataclasses import dataclass

from cyclopts import Parameter
from pydantic import JsonValue
from rich.text import Text

from seasoned.cli.output import emit_json, emit_table, note, safe, say
from seasoned.cli.place import Open, Place, opened, require_book
from seasoned.cli.which_prompt import latest_prompt, named_prompt
from seasoned.core.canary import CanaryMove
from seasoned.core.prompt import Prompt
from seasoned.core.text import shortened
from seasoned.curate.review.person import this_person
from seasoned.errors import UsageError
from seasoned.pipeline.canary import begin
from seasoned.pipeline.promoting import Promotion, Unproven, roll_back, take_away
from seasoned.pipeline.promoting import promote as let_point
from seasoned.store.labels import LabelMove

_SHOWN_CHARS = 100


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class PromoteOptions:
    """Why a prompt is promoted, and to whom."""

    reason: str = ""
    """Why."""
    unproven: str = ""
    """Promote although no comparison on record shows that it is no worse, for this reason."""
    canary: str | None = None
    """Hand it to this share of the label's runs alone, such as 10%, at most half; that takes no comparison."""

    def why(self) -> str | Unproven:
        """The reason as the label's move has it.

        Raises:
            UsageError: There is none.
        """
        if self.unproven and self.canary is None:
            return Unproven("; ".join(part for part in (self.unproven, self.reason) if part))
        if not (self.reason or self.unproven):
            raise UsageError("a promotion needs a reason", hint="--reason says why, or --unproven why without proof")
        return self.reason or self.unproven


def promote(
    prompt: str = "",
    /,
    *,
    label: str,
    options: PromoteOptions | None = None,
    json: bool = False,
    place: Place | None = None,
) -> None:
    """Let a label point at a prompt, so that whoever pulls the label gets that prompt, and say what that changes.

    What takes the place of another prompt must have been compared with it, and passed; the first prompt of a label,
    with the prompt without skills. `seasoned eval compare` of stored runs keeps such comparisons.

    Args:
        prompt: The prompt's id, or enough of its beginning, or another label; without it the skillbook's latest.
        label: Name of the label, such as production; a new one is made.
        options: Why, and to whom.
        json: Print one JSON document.
        place: Where to look.
    """
    options = options or PromoteOptions()
    reason = options.why()
    with opened(place) as here:
        found = named_prompt(here, prompt) if prompt else latest_prompt(here)
        if options.canary is not None:
            begun = begin(here.store, here.book, label, found, share_of(options.canary), by=_me(), reason=str(reason))
            _tell_begun(begun, is_json=json)
            return
        came_to = let_point(here.store, here.book, label, found, by=_me(), reason=reason)
        _tell(here, came_to, is_json=json)


def share_of(typed: str) -> float:
    """A share as a person writes it, `10%` or `0.1`.

    Raises:
        UsageError: It is none.
    """
    try:
        return float(typed.removesuffix("%")) / (100.0 if typed.endswith("%") else 1.0)
    except ValueError as cause:
        raise UsageError(f"{typed!r} is no share of the runs", hint="such as --canary 10%") from cause


def _tell_begun(begun: CanaryMove, *, is_json: bool) -> None:
    if is_json:
        emit_json(begun)
        return
    say(safe(f"{begun.label} of {begun.book}: {begun.share:.0%} of the runs get {begun.prompt_id}", "bold"))
    note(f"`seasoned prompt canary --label {begun.label}` tells how it does; harm ends it once somebody checks.")


def _me() -> str:
    return this_person().name


def rollback(*, label: str, reason: str = "", json: bool = False, place: Place | None = None) -> None:
    """Let a label point where it did before, and say what that changes; again, and it goes one step further back.

    Args:
        label: Name of the label.
        reason: Why.
        json: Print one JSON document.
        place: Where to look.
    """
    with opened(place) as here:
        came_to = roll_back(here.store, here.book, label, by=_me(), reason=reason)
        _tell(here, came_to, is_json=json)


def label(*, remove: str, reason: str = "", json: bool = False, place: Place | None = None) -> None:
    """Take a label away; its moves stay on record, and `seasoned prompt rollback` brings it back.

    Args:
        remove: Name of the label.
        reason: Why.
        json: Print one JSON document.
        place: Where to look.
    """
    with opened(place) as here:
        came_to = take_away(here.store, here.book, remove, by=_me(), reason=reason)
        _tell(here, came_to, is_json=json)


def labels(*, history: bool = False, json: bool = False, place: Place | None = None) -> None:
    """List the skillbook's labels and where they point.

    Args:
        history: List every move of them instead, oldest first.
        json: Print one JSON document.
        place: Where to look.
    """
    with opened(place) as here:
        require_book(here)
        moves = here.store.labels.history(here.book) if history else (*here.store.labels.current(here.book).values(),)
        prompts = {i: here.store.prompts.get(i) for i in {m.prompt_id for m in moves} if i is not None}
    if json:
        emit_json({"moves" if history else "labels": [_document(move, prompts) for move in moves]})
        return
    emit_table(
        ("label", "prompt", "#revision", "#skills", "when", "who", "why"),
        [_row(move, prompts) for move in moves],
        empty=f"No label on {here.book!r} yet. `seasoned prompt promote --label production --unproven …` makes one.",
    )


def _document(move: LabelMove, prompts: dict[str, Prompt]) -> dict[str, JsonValue]:
    prompt = prompts.get(move.prompt_id or "")
    return {**move.model_dump(mode="json"), "revision": None if prompt is None else prompt.revision}


def _row(move: LabelMove, prompts: dict[str, Prompt]) -> tuple[str | Text, ...]:
    prompt = prompts.get(move.prompt_id or "")
    at = f"{move.at:%Y-%m-%d %H:%M}"
    if prompt is None:
        return move.label, Text("taken away", "dim"), "", "", at, move.by, move.reason
    return move.label, prompt.id, str(prompt.revision), str(len(prompt.included)), at, move.by, move.reason


def _tell(here: Open, came_to: Promotion, *, is_json: bool) -> None:
    """What changed, for whom; the skills as they read now."""
    move, changes = came_to.move, came_to.changes
    if is_json:
        document: dict[str, JsonValue] = {
            "is_moved": came_to.is_moved,
            "before": None if came_to.before is None else came_to.before.id,
            "changes": changes.model_dump(mode="json"),
            "notes": list(came_to.notes),
        }
        emit_json({**move.model_dump(mode="json"), **document})
        return
    if not came_to.is_moved:
        note(f"{move.label} of {move.book} points at {move.prompt_id} already; nothing changes for users.")
        return
    before = "nothing" if came_to.before is None else came_to.before.id
    say(safe(f"{move.label} of {move.book}: {before} -> {move.prompt_id or 'nothing'}", "bold"))
    skills = here.store.books.read(move.book).skills
    kinds = (("comes", "green", changes.came), ("goes", "red", changes.went), ("changes", "yellow", changes.changed))
    for word, style, ids in kinds:
        for each in ids:
            text = f" {shortened(skills[each].text, _SHOWN_CHARS)}" if each in skills else ""
            say(Text(f"  {word:<8}", style) + safe(f"{each}{text}"))
    if changes.is_rebased:
        say(Text("  changes ", "yellow") + safe("the base prompt"))
    for each in came_to.notes:
        note(f"  note: {each}", "yellow")
    came, went, changed = (len(ids) for _, _, ids in kinds)
    note(f"For users: skills that come: {came}, go: {went}, change: {changed}.")
    if changes.examples_came or changes.examples_went:
        note(f"For users: examples that come: {len(changes.examples_came)}, go: {len(changes.examples_went)}.")
