"""Moving labels: a prompt is promoted, a label goes back or is taken away, and what that changes for users is said.

`promote` is the one way on to a label, so whatever must hold before a prompt reaches users is asked there (`gate`);
going back asks nothing, as it is the way out of trouble. A label that moves has no canary any more. Raises
`UsageError`, `PromptError`, `StoreConflict` and `StoreError`.
"""

from dataclasses import dataclass

from seasoned.compile.diff import SkillChanges, examples_in, skill_changes
from seasoned.core.label import label_name
from seasoned.core.prompt import Prompt
from seasoned.core.value import Text, Value
from seasoned.errors import PromptError
from seasoned.pipeline.gate import Proof, proof_of
from seasoned.store.labels import NOWHERE, LabelMove
from seasoned.store.store import Store


@dataclass(frozen=True)
class Unproven:
    """Why a prompt is promoted although nothing shows that it is no worse."""

    because: str

    def __str__(self) -> str:
        """As the label's move has it."""
        return f"unproven: {self.because}"


class Promotion(Value):
    """What a move of a label came to."""

    move: LabelMove
    before: Prompt | None
    """Where the label pointed; None: there was no such label."""
    after: Prompt | None
    """Where it points; None: it was taken away."""
    changes: SkillChanges
    """For users of the label. Without a prompt on one side, all skills of the other one come or go."""
    notes: tuple[Text, ...] = ()
    """What is allowed when a prompt is promoted, but may be an oversight."""

    proof: Proof | None = None
    """What showed that the prompt is no worse; None where nothing was asked."""

    @property
    def is_moved(self) -> bool:
        """False where the label pointed there already; nothing was put on record then."""
        return self.before is None or self.after is None or self.before.id != self.after.id


def promote(
    store: Store, book: str, label: str, prompt: Prompt, *, by: str, reason: "str | Unproven" = ""
) -> Promotion:
    """Let a label point at a prompt that was shown to be no worse than the one it points at.

    Args:
        store: Holds the prompt.
        book: The skillbook whose label it is.
        label: Its name; a new one begins with this.
        prompt: Where it points from now on.
        by: Who does it.
        reason: Why; with `Unproven` no proof is asked for, and the record says so.

    Raises:
        PromptError: The prompt is a placebo, or nothing on record shows that it is no worse.
        UsageError: The name is none, or the prompt is not in the store.
        StoreConflict: Somebody else moved the label meanwhile.
    """
    if prompt.is_placebo:
        raise PromptError(
            "a placebo is never promoted",
            where=prompt.id,
            why="its skills are neutral text, made to measure against",
            hint="compile without --placebo, and promote that",
        )
    before = labelled(store, book, label_name(label))
    # What users had before a label was taken away still stands: taking it away is no way round the gate.
    had, proof = before or _last(store, book, label), None
    if not isinstance(reason, Unproven) and _id(had) != prompt.id:
        proof = proof_of(store, book, label, had, prompt)
    moved = store.labels.move(book, label, prompt.id, by=by, reason=str(reason), expected=_id(before))
    notes = (*_notes(moved, before, prompt), *(() if proof is None else proof.notes))
    return _promotion(moved, before, prompt).model_copy(update={"notes": notes, "proof": proof})


def roll_back(store: Store, book: str, label: str, *, by: str, reason: str = "") -> Promotion:
    """Let a label point where it pointed before; see `store.labels.path` for what that is after several moves.

    Without a reason, the record says that it was rolled back.

    Raises:
        PromptError: Nothing came before.
        StoreConflict: Somebody else moved the label meanwhile.
    """
    before, previous = labelled(store, book, label), store.labels.previous(book, label)
    if previous is None:
        raise PromptError(
            f"the label {label!r} of {book!r} has nothing to go back to",
            why="no prompt came before the one it points at" if before else "it never pointed at a prompt",
            hint="`seasoned prompt labels --history` shows its moves, `seasoned prompt promote` sets it",
        )
    moved = store.labels.move(book, label, previous, by=by, reason=reason or "rolled back", expected=_id(before))
    return _promotion(moved, before, store.prompts.get(previous))


def take_away(store: Store, book: str, label: str, *, by: str, reason: str = "") -> Promotion:
    """Take a label away; rolling it back brings it back.

    Raises:
        UsageError: There is no such label.
        StoreConflict: Somebody else moved the label meanwhile.
    """
    before = labelled(store, book, label)
    moved = store.labels.move(book, label, None, by=by, reason=reason, expected=_id(before))
    return _promotion(moved, before, None)


def labelled(store: Store, book: str, label: str) -> Prompt | None:
    """The prompt that a label points at; None where there is no such label."""
    move = store.labels.at(book, label)
    return None if move is None or move.prompt_id is None else store.prompts.get(move.prompt_id)


def _last(store: Store, book: str, label: str) -> Prompt | None:
    """Where a label pointed that was taken away; None where it never was."""
    previous = store.labels.previous(book, label)
    return None if previous is None else store.prompts.get(previous)


def _id(prompt: Prompt | None) -> str:
    return NOWHERE if prompt is None else prompt.id


def _promotion(move: LabelMove, before: Prompt | None, after: Prompt | None) -> Promotion:
    return Promotion(move=move, before=before, after=after, changes=_changes(before, after))


def _changes(before: Prompt | None, after: Prompt | None) -> SkillChanges:
    if before is not None and after is not None:
        return skill_changes(before, after)
    came = () if after is None else tuple(cost.skill_id for cost in after.included)
    went = () if before is None else tuple(cost.skill_id for cost in before.included)
    return SkillChanges(
        came=came,
        went=went,
        examples_came=() if after is None else examples_in(after),
        examples_went=() if before is None else examples_in(before),
    )


def _notes(move: LabelMove, before: Prompt | None, after: Prompt) -> tuple[str, ...]:
    found: list[str] = []
    if after.book != move.book:
        found.append(f"the prompt was compiled from the skillbook {after.book!r}, not from {move.book!r}")
    if before is not None and before.book == after.book and after.revision < before.revision:
        found.append(f"the prompt is of revision {after.revision}, older than revision {before.revision} before it")
    return tuple(found)
