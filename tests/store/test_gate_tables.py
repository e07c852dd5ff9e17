"""What the gate before a label looks at: comparisons on record, anchors, and canaries with their runs."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete

from seasoned.core.comparison import KeptComparison, OverPlacebo
from seasoned.core.outcome import Outcome
from seasoned.core.parsed import Parsed
from seasoned.core.trace import Source, Step, Task, Trace
from seasoned.errors import StoreConflict, StoreError, UsageError
from seasoned.store import schema
from seasoned.store.store import Store
from tests.prompts import bare_prompt

A, B, C = (bare_prompt(text).id for text in "ABC")
PASSED = Outcome(success=True, source="verifier", name="test")
FAILED = Outcome(success=False, source="verifier", name="test")
KEPT = KeptComparison(
    book="desk",
    baseline_id=A,
    candidate_id=B,
    passes=True,
    at=datetime(2026, 11, 22, tzinfo=UTC),
    by="ada",
    difference=0.25,
    low=0.1,
    high=0.4,
    p=0.01,
    margin=0.05,
    verdict="better",
    is_not_inferior=True,
    n_tasks=2,
    n_trials=(2, 4),
    tasks=("t1", "t2"),
    gained=("t2",),
    over_placebo=OverPlacebo(placebo_id=C, difference=0.2, low=-0.1, high=0.5, is_distinguishable=False),
)


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with Store(place) as opened:
        for text in "ABC":
            opened.prompts.add(bare_prompt(text))
        opened.labels.move("desk", "production", A, by="ada")
        yield opened


def run_of(prompt_id: str, key: str, outcome: Outcome | None = None, form: str = "messages") -> Parsed:
    steps = (Step(kind="user", text="please"), Step(kind="assistant", text="done"))
    source = Source(format=form, run_key=key)
    trace = Trace.of(
        task=Task(key="t", text="t"), steps=steps, source=source, prompt_id=prompt_id, outcome=outcome, agent="desk"
    )
    return Parsed(trace=trace)


def test_a_comparison_is_kept_with_all_its_figures_and_found_by_its_candidate(store: Store) -> None:
    other = KEPT.model_copy(update={"candidate_id": C, "book": "other", "over_placebo": None})
    store.comparisons.keep(KEPT)
    store.comparisons.keep(other)
    assert store.comparisons.of(B) == (KEPT,)
    assert store.comparisons.all() == (KEPT, other)
    assert store.comparisons.all("other") == (other,)
    store.comparisons.keep(KEPT.model_copy(update={"at": datetime(2026, 11, 23, tzinfo=UTC)}))
    assert store.comparisons.of(B) == (KEPT,)
    changed = KEPT.model_copy(update={"passes": False})
    store.comparisons.keep(changed)
    assert store.comparisons.of(B) == (KEPT, changed)
    with pytest.raises(StoreError, match="append-only"), store.database.writing() as connection:
        connection.execute(delete(schema.comparison))


def test_anchors_are_set_once_removed_together_and_on_the_audit_trail(store: Store) -> None:
    assert [a.task_key for a in store.anchors.add("desk", ["t2", "t1", "t2"], by="ada", reason="paid for")] == [
        "t2",
        "t1",
    ]
    assert store.anchors.add("desk", ["t1"], by="bob", reason="again") == ()
    assert [(a.task_key, a.by) for a in store.anchors.of("desk")] == [("t1", "ada"), ("t2", "ada")]
    assert store.anchors.of("other") == ()
    with pytest.raises(UsageError, match="'t3' is no anchor of 'desk'"):
        store.anchors.remove("desk", ["t1", "t3"], by="bob", reason="gone")
    store.anchors.remove("desk", ["t1"], by="bob", reason="gone")
    assert [a.task_key for a in store.anchors.of("desk")] == ["t2"]
    acts = [(e.by, e.act, e.subject, e.reason) for e in store.trail.all(book="desk") if "anchor" in e.act]
    assert acts == [
        ("ada", "anchor", "t2", "paid for"),
        ("ada", "anchor", "t1", "paid for"),
        ("bob", "remove anchor", "t1", "gone"),
    ]


def test_a_label_has_one_canary_which_ends_on_record(store: Store) -> None:
    begun = store.canaries.begin("desk", "production", B, 0.1, by="ada", reason="try it")
    assert store.canaries.at("desk", "production") == begun
    assert store.canaries.everywhere() == (begun,)
    with pytest.raises(UsageError, match="has a canary"):
        store.canaries.begin("desk", "production", C, 0.1, by="ada", reason="too")
    with pytest.raises(StoreConflict, match="another canary"):
        store.canaries.end("desk", "production", by="policy", reason="harm", expected=C)
    store.canaries.end("desk", "production", by="policy", reason="harm", expected=B)
    assert store.canaries.at("desk", "production") is None
    assert [move.prompt_id for move in store.canaries.history("desk", "production")] == [B, None]
    with pytest.raises(UsageError, match="has no canary"):
        store.canaries.end("desk", "production", by="ada", reason="again")
    told = [(e.kind, e.act, e.reason) for e in store.trail.all(book="desk") if "canary" in e.act]
    assert told == [("person", "canary", "try it"), ("policy", "end canary", "harm")]


def test_a_canary_needs_a_label_that_points_elsewhere(store: Store) -> None:
    with pytest.raises(UsageError, match="no label 'staging'"):
        store.canaries.begin("desk", "staging", B, 0.1, by="ada", reason="x")
    with pytest.raises(UsageError, match="already"):
        store.canaries.begin("desk", "production", A, 0.1, by="ada", reason="x")


def test_a_canary_is_over_when_its_label_moves(store: Store) -> None:
    store.canaries.begin("desk", "production", B, 0.1, by="ada", reason="try it")
    store.labels.move("desk", "production", C, by="ada")
    assert store.canaries.at("desk", "production") is None
    assert store.canaries.everywhere() == ()


def test_the_runs_of_a_canary_come_in_the_order_of_their_first_verdicts(store: Store) -> None:
    store.traces.add([run_of(A, "before", PASSED)])
    canary = store.canaries.begin("desk", "production", B, 0.5, by="ada", reason="try it")
    late, judged, evaluated = run_of(A, "late"), run_of(B, "judged", FAILED), run_of(B, "e", PASSED, "evaluation")
    waiting = run_of(A, "waiting")
    store.traces.add([late, waiting, judged, evaluated, run_of(C, "another prompt", PASSED)])
    store.outcomes.attach(late.trace.id, PASSED)
    found = store.canaries.runs(canary, A)
    assert [(run.trace_id, run.verdict) for run in found] == [
        (judged.trace.id, False),
        (late.trace.id, True),
        (waiting.trace.id, None),
    ]
    store.outcomes.attach(judged.trace.id, PASSED.model_copy(update={"source": "human"}))
    assert [run.trace_id for run in store.canaries.runs(canary, A)] == [run.trace_id for run in found]
