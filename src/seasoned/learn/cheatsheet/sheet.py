"""The sheet: numbered entries that changes add, word better, confirm or strike out; what no change names stays.

The published curator writes the whole sheet anew each time, which can lose most of it at once (ACE reports 18,282
tokens shrinking to 122); here nothing is lost that nobody names, and few entries are struck out at a time. Pure.
"""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from seasoned.core.finding import Evidence
from seasoned.core.value import Text, Value
from seasoned.learn.asking import Held, Item
from seasoned.learn.learner import DroppedFinding

MAX_ENTRY_CHARS = 1_500


class Change(Item):
    """What a curator wants with one entry."""

    kind: Literal["ADD", "REWORD", "CONFIRM", "STRIKE"]
    entry: int | None = None
    """Number of an entry that is there; None for a new one."""
    text: Text = ""
    """Of a new entry or a new wording."""

    @property
    def name(self) -> str:
        """What it does, and with what."""
        return f"{self.kind} {self.text or self.entry}"


class Entry(Value):
    """One thing worth knowing."""

    number: int
    text: Text
    evidence: tuple[Evidence, ...]
    n_confirmed: int = 0
    """Questions about later runs in which it was confirmed or worded better."""


class Sheet(Value):
    """All entries, in order of their numbers."""

    max_entries: int
    max_chars: int
    max_struck: int
    entries: tuple[Entry, ...] = ()
    n_numbers: int = Field(default=0, ge=0)
    """Numbers that were ever given; none is given twice."""

    @property
    def text(self) -> str:
        """As the curator reads it."""
        return "\n".join(f"[{entry.number}] {entry.text}" for entry in self.entries)

    def problem(self, change: Change) -> str:
        """Why a change cannot be made; empty if it can."""
        if change.kind != "ADD" and change.entry not in {entry.number for entry in self.entries}:
            return f"there is no entry {change.entry}"
        if change.kind in ("ADD", "REWORD") and not 0 < len(change.text.strip()) <= MAX_ENTRY_CHARS:
            return f"it needs a text of at most {MAX_ENTRY_CHARS} characters"
        return ""

    def changed(self, changes: Sequence[Held[Change]]) -> tuple["Sheet", tuple[DroppedFinding, ...]]:
        """The sheet after the changes, in order, and those for which there was no room."""
        sheet, dropped, n_struck = self, list[DroppedFinding](), 0
        for held in changes:
            n_struck += held.item.kind == "STRIKE"
            after = sheet.after(held)
            why = sheet.problem(held.item) or after.no_room
            if held.item.kind == "STRIKE" and n_struck > self.max_struck:
                why = f"at most {self.max_struck} entries are struck out at a time"
            if why:
                dropped.append(DroppedFinding(claim=held.item.name, reason=why))
            else:
                sheet = after
        return sheet, tuple(dropped)

    @property
    def no_room(self) -> str:
        """Why it is too large; empty if it is not."""
        if len(self.entries) <= self.max_entries and len(self.text) <= self.max_chars:
            return ""
        return f"the sheet is full: at most {self.max_entries} entries and {self.max_chars} characters"

    def after(self, held: Held[Change]) -> "Sheet":
        """The sheet after one change, whether there is room for it or not."""
        change, number = held.item, self.n_numbers + 1
        if change.kind == "ADD":
            if any(entry.text == change.text.strip() for entry in self.entries):
                return self
            entry = Entry(number=number, text=change.text.strip(), evidence=held.evidence)
            return self.model_copy(update={"entries": (*self.entries, entry), "n_numbers": number})
        kept = [entry for entry in self.entries if change.kind != "STRIKE" or entry.number != change.entry]
        entries = [_seen_again(entry, held) if entry.number == change.entry else entry for entry in kept]
        return self.model_copy(update={"entries": tuple(entries)})


def _seen_again(entry: Entry, held: Held[Change]) -> Entry:
    text = held.item.text.strip() if held.item.kind == "REWORD" else entry.text
    evidence = tuple(dict.fromkeys([*entry.evidence, *held.evidence]))
    return entry.model_copy(update={"text": text, "evidence": evidence, "n_confirmed": entry.n_confirmed + 1})
