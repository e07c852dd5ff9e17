"""What the trials of an evaluation come to, as the store has them. Raises `StoreError`."""

from collections import Counter
from collections.abc import Iterable
from typing import TypedDict

from seasoned.core.trial import TrialRecord
from seasoned.store.store import Store


class Totals(TypedDict):
    """Fields of `Evaluated`; see there."""

    n_trials: int
    n_passed: int
    n_unjudged: int
    n_unreachable: int
    n_retries: int
    ended: dict[str, int]
    differences: dict[str, int]
    cost_usd: float | None
    n_tokens: int | None
    grading_cost_usd: float | None


def totals_of(store: Store, records: Iterable[TrialRecord]) -> Totals:
    """The trials counted."""
    records = list(records)
    ended = Counter[str](record.ended for record in records)
    differences = Counter[str](each.kind for record in records for each in record.differences)
    n_passed = n_failed = 0
    costs: list[float] = []
    tokens: list[int] = []
    for trace in store.traces.of([record.trace_id for record in records if record.trace_id is not None]):
        n_passed, n_failed = n_passed + (trace.verdict is True), n_failed + (trace.verdict is False)
        usage = trace.usage
        costs += [] if usage.cost_usd is None else [usage.cost_usd]
        tokens += [n for n in (usage.input_tokens, usage.output_tokens) if n is not None]
    judging = [cost for record in records if (cost := record.grading_cost_usd) is not None]
    n_unreachable = ended["unreachable"]
    n_trials = len(records) - n_unreachable
    return Totals(
        n_trials=n_trials,
        n_passed=n_passed,
        n_unjudged=n_trials - n_passed - n_failed,
        n_unreachable=n_unreachable,
        n_retries=sum(record.n_tries - 1 for record in records),
        ended=dict(sorted(ended.items())),
        differences=dict(sorted(differences.items())),
        cost_usd=sum(costs) if costs else None,
        n_tokens=sum(tokens) if tokens else None,
        grading_cost_usd=sum(judging) if judging else None,
    )
