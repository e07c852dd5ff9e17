"""Which tool result answers which tool call: by position first, then by id.

Ids repeat within real runs (73 of 1,164 results in one published set), results come back in another order than their
calls, and either side may be lost. So position sets the scope and the id decides within it:

1. The calls made since the last result are one batch. A result answers the open call of the newest batch that has its
   id.
2. With no id on either side, it answers the first open call of that batch with its name, or the first one at all where
   a name is missing.
3. Else it answers the newest open call of an earlier batch that has its id.
4. Else it is an orphan, as is a call that no result answers.

Knows nothing of formats. Raises nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slot:
    """A call or a result as pairing sees it."""

    index: int
    """Of its step in the run."""
    is_call: bool
    id: str | None
    name: str | None


def pairs(slots: Iterable[Slot]) -> dict[int, int]:
    """Index of the partner for each call and result that has one.

    Args:
        slots: The calls and results of one run, in order; other steps left out.
    """
    found: dict[int, int] = {}
    batch, earlier = list[Slot](), list[Slot]()
    answering = False
    for slot in slots:
        if slot.is_call:
            if answering:
                earlier, batch, answering = earlier + batch, [], False
            batch.append(slot)
            continue
        answering = True
        call = _in_batch(batch, slot)
        if call is not None:
            batch.remove(call)
        elif slot.id:
            call = next((open_call for open_call in reversed(earlier) if open_call.id == slot.id), None)
            if call is not None:
                earlier.remove(call)
        if call is not None:
            found[call.index], found[slot.index] = slot.index, call.index
    return found


def _in_batch(batch: list[Slot], result: Slot) -> Slot | None:
    if result.id:
        same = next((call for call in batch if call.id == result.id), None)
        if same is not None:
            return same
    without_id = [call for call in batch if not call.id or not result.id]
    named = next((call for call in without_id if call.name and call.name == result.name), None)
    if named is not None:
        return named
    return next((call for call in without_id if not call.name or not result.name), None)
