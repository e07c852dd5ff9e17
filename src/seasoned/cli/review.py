"""`seasoned review`: one proposal at a time, with its evidence where it stands, one key a decision."""

from rich.rule import Rule
from rich.text import Text

from seasoned.cli.keys import edited_text, read_key, read_line
from seasoned.cli.output import emit_json, note, out
from seasoned.cli.place import Open, Place, opened
from seasoned.cli.skills import print_evidence, print_skill
from seasoned.core.skill import Skill
from seasoned.curate.review import Review, queue
from seasoned.errors import OperationError, UsageError

EVIDENCE_SHOWN = 3
KEYS = "[a]pprove  [e]dit  [r]eject  [s]kip  [u]ndo  [m]ore evidence  [q]uit"


def review(*, json: bool = False, place: Place | None = None) -> None:
    """Decide on proposals one by one: approve, edit, reject with a reason, skip, undo.

    Every decision is stored at once, so leaving loses nothing. Without a terminal it reads the same keys from standard
    input; `seasoned skills approve|reject ID` decides without any dialogue.

    Args:
        json: Print the queue as one JSON document instead of asking.
        place: Where to look.
    """
    with opened(place) as here:
        waiting = queue(here.store.books.read(here.book))
        if json:
            emit_json({"book": here.book, "queue": [s.model_dump(mode="json") for s in waiting]})
            return
        if not waiting:
            note(f"Nothing to review in {here.book!r}. `seasoned learn PATH --model M` proposes skills.")
            return
        sit(here)


class _Sitting:
    """What this reviewer has done so far, in order, so that undo takes the latest thing back."""

    def __init__(self, here: Open) -> None:
        self.here = here
        self.review = Review(here.store, here.book)
        self.acts: list[str | None] = []
        """The id of a skipped skill, or None for an act that is in the log."""

    def waiting(self) -> list[Skill]:
        return [s for s in queue(self.review.book()) if s.id not in self.acts]

    def undo(self) -> str:
        if self.acts and self.acts[-1] is not None:
            return f"skipping of {self.acts.pop()}"
        undone = self.review.undo()
        self.acts.pop()
        return undone


def sit(here: Open) -> None:
    """One sitting: until the queue is empty or the reviewer leaves."""
    sitting = _Sitting(here)
    while waiting := sitting.waiting():
        if not _decide(sitting, waiting):
            break
    book = sitting.review.book()
    counts = ", ".join(f"{len(book.with_status(s))} {s}" for s in ("approved", "rejected", "proposed"))
    note(f"{counts}. `seasoned prompt compile` makes the prompt.")


def _decide(sitting: _Sitting, waiting: list[Skill]) -> bool:
    """Show the first proposal and carry out one key; False when the reviewer leaves."""
    skill = waiting[0]
    out.print(Rule(Text(f"{len(waiting)} to decide", "dim")))
    print_skill(skill, sitting.review.book())
    print_evidence(skill, sitting.here, most=EVIDENCE_SHOWN)
    while True:
        key = read_key(KEYS)
        if key in ("q", ""):
            return False
        try:
            if _act(key, sitting, skill):
                return True
        except (OperationError, UsageError) as error:
            note(str(error), "red")


def _act(key: str, sitting: _Sitting, skill: Skill) -> bool:
    """Carry out a key; True when the next proposal is to be shown."""
    match key:
        case "a":
            sitting.review.approve(skill.id, wording=skill.text)
        case "r":
            reason = read_line("reason: ")
            if not reason:
                note("A rejection needs a reason: it keeps the same proposal from coming back.", "red")
                return False
            sitting.review.reject(skill.id, reason=reason, wording=skill.text)
        case "e":
            sitting.review.edit(skill.id, edited_text(skill.text))
        case "s":
            sitting.acts.append(skill.id)
            return True
        case "u":
            note(f"undone: {sitting.undo()}")
            return True
        case "m":
            print_evidence(skill, sitting.here)
            return False
        case _:
            note(f"{key!r} is no key here. {KEYS}")
            return False
    sitting.acts.append(None)
    return True
