"""Filling a skillbook's bank of exemplars from the stored runs.

Raises `StoreError`.
"""

from datetime import UTC, datetime

from seasoned.learn.exemplars.filling import Filled, fill
from seasoned.learn.exemplars.policy import BankPolicy
from seasoned.learn.injected import HandedOut
from seasoned.pipeline.surroundings import handed_out
from seasoned.store.store import Store
from seasoned.store.traces.trace_filter import TraceFilter


def fill_bank(
    store: Store,
    book: str,
    policy: BankPolicy,
    *,
    chosen: TraceFilter | None = None,
    note: str = "",
    is_dry_run: bool = False,
) -> Filled:
    """Put what the policy asks for into the bank; filling again from the same runs adds nothing.

    Args:
        store: Where the runs and the bank are.
        book: The skillbook whose bank it is.
        policy: What is asked for.
        chosen: Only these runs; None: all. Trials of evaluations on held-out tasks are left out either way.
        note: Said of each exemplar beside the policy's own words, such as who filled the bank.
        is_dry_run: Say what would be kept; keep nothing.
    """
    known = store.exemplars.cases(book, [exemplar.id for exemplar in store.exemplars.of(book)])
    runs = store.traces.iterate((chosen or TraceFilter()).model_copy(update={"is_held_out": False}))
    filled = fill(runs, policy, datetime.now(UTC), known=known, ours=ever_handed_out(store, book), note=note)
    if not is_dry_run:
        store.exemplars.add(book, filled.exemplars)
    return filled


def ever_handed_out(store: Store, book: str) -> HandedOut:
    """What agents were handed until now, as `surroundings.handed_out` has it."""
    return HandedOut(handed_out(store, None, store.books.read(book)))
