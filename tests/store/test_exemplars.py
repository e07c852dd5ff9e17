"""The bank: what is added, who decides, and what is given out."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from seasoned.core.exemplar import ExemplarStatus
from seasoned.core.operation import Author
from seasoned.core.outcome import Outcome
from seasoned.core.parsed import Parsed
from seasoned.core.reflection import Reflection
from seasoned.core.trace import Trace
from seasoned.errors import OperationError, UsageError
from seasoned.store import schema
from seasoned.store.database import insert_new
from seasoned.store.store import Store
from seasoned.store.traces.supersede import supersede
from tests.exemplars import AT, desk_run, exemplar_of
from tests.make import LEARNER, PERSON

POLICY = Author(kind="policy", name="bank policy")
BELL, LAMP, TYRE = desk_run("bell"), desk_run("lamp"), desk_run("tyre")
OF_BELL, OF_LAMP, OF_TYRE = exemplar_of(BELL), exemplar_of(LAMP), exemplar_of(TYRE)


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with Store(place) as opened:
        opened.traces.add([Parsed(trace=trace) for trace in (BELL, LAMP, TYRE)])
        yield opened


def fails(store: Store, trace: Trace) -> None:
    store.outcomes.attach(trace.id, Outcome(success=False, source="human"))


class TestAdding:
    def test_what_is_added_can_be_read_in_the_order_in_which_it_came(self, store: Store) -> None:
        assert store.exemplars.add("desk", [OF_LAMP, OF_BELL]) == 2
        assert store.exemplars.add("desk", [OF_TYRE]) == 1
        assert store.exemplars.of("desk") == (OF_LAMP, OF_BELL, OF_TYRE)
        assert store.exemplars.of("other") == ()

    def test_what_is_there_already_is_left_alone_however_it_was_judged(self, store: Store) -> None:
        store.exemplars.add("desk", [OF_BELL])
        (rejected,) = store.exemplars.judge("desk", [OF_BELL.id], "rejected", PERSON, "rude")
        assert store.exemplars.add("desk", [OF_BELL, OF_LAMP, OF_LAMP]) == 1
        assert store.exemplars.of("desk") == (rejected, OF_LAMP)

    def test_banks_are_apart(self, store: Store) -> None:
        assert store.exemplars.add("desk", [OF_BELL]) + store.exemplars.add("other", [OF_BELL]) == 2
        store.exemplars.judge("desk", [OF_BELL.id], "approved", PERSON)
        assert store.exemplars.of("other", status="proposed") == (OF_BELL,)

    def test_an_exemplar_whose_run_has_gone_meanwhile_is_passed_over(self, store: Store) -> None:
        store.traces.get(BELL.id)
        store.erasures.erase([BELL.id], by="ada")
        assert store.exemplars.add("desk", [OF_BELL, OF_LAMP]) == 1

    def test_a_learner_only_proposes(self, store: Store) -> None:
        approved = OF_BELL.model_copy(update={"author": LEARNER, "status": "approved"})
        with pytest.raises(OperationError, match="only propose"):
            store.exemplars.add("desk", [approved])
        with pytest.raises(OperationError, match="only propose"):
            store.exemplars.judge("desk", [OF_BELL.id], "approved", LEARNER)


class TestFinding:
    def test_by_the_beginning_of_its_id(self, store: Store) -> None:
        store.exemplars.add("desk", [OF_BELL, OF_LAMP])
        assert store.exemplars.get("desk", OF_BELL.id) == OF_BELL
        assert store.exemplars.get("desk", OF_BELL.id.removeprefix("exemplar-").upper()[:10]) == OF_BELL

    @pytest.mark.parametrize(("typed", "why"), [("", "more than one"), ("exemplar-", "more than one"), ("zz", "no ex")])
    def test_a_beginning_that_means_none_or_many_is_refused(self, store: Store, typed: str, why: str) -> None:
        store.exemplars.add("desk", [OF_BELL, OF_LAMP])
        with pytest.raises(UsageError, match=f"no single exemplar.*{why}"):
            store.exemplars.get("desk", typed)

    def test_of_another_book_it_is_not_there(self, store: Store) -> None:
        store.exemplars.add("desk", [OF_BELL])
        with pytest.raises(UsageError, match="no exemplar has this id"):
            store.exemplars.get("other", OF_BELL.id)


class TestVerdicts:
    def test_who_decided_when_and_why_stays_with_the_exemplar(self, store: Store) -> None:
        store.exemplars.add("desk", [OF_BELL])
        before = datetime.now(UTC)
        (judged,) = store.exemplars.judge("desk", [OF_BELL.id], "approved", PERSON, "polite")
        assert (judged.status, judged.author, judged.note) == ("approved", PERSON, "polite")
        assert before <= judged.at <= datetime.now(UTC)
        assert store.exemplars.of("desk", status="approved") == (judged,)

    @pytest.mark.parametrize(
        ("path", "refused"),
        [
            (("approved",), "approved"),
            (("approved",), "rejected"),
            (("rejected",), "approved"),
            (("rejected",), "retired"),
            ((), "retired"),
            ((), "proposed"),
            (("approved", "retired"), "proposed"),
        ],
    )
    def test_what_the_status_forbids_is_refused(
        self, store: Store, path: tuple[ExemplarStatus, ...], refused: ExemplarStatus
    ) -> None:
        store.exemplars.add("desk", [OF_BELL])
        for status in path:
            store.exemplars.judge("desk", [OF_BELL.id], status, PERSON)
        with pytest.raises(OperationError, match=f"cannot become {refused}"):
            store.exemplars.judge("desk", [OF_BELL.id], refused, PERSON)

    def test_all_or_none(self, store: Store) -> None:
        store.exemplars.add("desk", [OF_BELL, OF_LAMP])
        store.exemplars.judge("desk", [OF_LAMP.id], "approved", PERSON)
        with pytest.raises(OperationError):
            store.exemplars.judge("desk", [OF_BELL.id, OF_LAMP.id], "approved", PERSON)
        with pytest.raises(UsageError, match="no exemplar 'exemplar-0'"):
            store.exemplars.judge("desk", [OF_BELL.id, "exemplar-0"], "approved", PERSON)
        assert store.exemplars.of("desk", status="proposed") == (OF_BELL,)

    def test_every_act_is_on_record_with_who_and_why(self, store: Store) -> None:
        filled = [e.model_copy(update={"author": POLICY, "note": "a verifier"}) for e in (OF_BELL, OF_LAMP)]
        proposed = OF_TYRE.model_copy(update={"author": LEARNER})
        store.exemplars.add("desk", [*filled, proposed])
        for status in ("approved", "proposed"):
            store.exemplars.judge("desk", [OF_BELL.id], status, PERSON, "hm")
        acts = store.trail.all(book="desk")
        assert [(a.act, a.by, a.kind, a.subject, a.reason) for a in acts] == [
            ("add exemplars", "bank policy", "policy", "desk", "a verifier"),
            ("approve exemplar", "ada", "person", OF_BELL.id, "hm"),
            ("restore exemplar", "ada", "person", OF_BELL.id, "hm"),
        ]
        assert acts[0].detail["exemplars"] == [OF_BELL.id, OF_LAMP.id]


class TestCases:
    def test_cases_have_their_steps_in_the_order_of_the_ids(self, store: Store) -> None:
        store.exemplars.add("desk", [OF_BELL, OF_LAMP])
        lamp, bell = store.exemplars.cases("desk", [OF_LAMP.id, OF_BELL.id])
        assert (lamp.exemplar, bell.exemplar) == (OF_LAMP, OF_BELL)
        assert [s.text for s in bell.steps] == [s.text for s in BELL.steps[2:]]

    def test_what_is_not_in_the_bank_is_refused(self, store: Store) -> None:
        with pytest.raises(UsageError, match="there is no exemplar"):
            store.exemplars.cases("desk", [OF_BELL.id])

    def test_one_whose_run_is_judged_failed_now_is_not_given_out(self, store: Store) -> None:
        store.exemplars.add("desk", [OF_BELL, OF_LAMP])
        store.exemplars.judge("desk", [OF_BELL.id, OF_LAMP.id], "approved", PERSON)
        assert [e.id for e in store.exemplars.usable("desk")] == [OF_BELL.id, OF_LAMP.id]
        fails(store, BELL)
        assert store.exemplars.failed("desk") == {OF_BELL.id}
        assert [e.id for e in store.exemplars.usable("desk")] == [OF_LAMP.id]
        assert [c.exemplar.id for c in store.exemplars.cases("desk", [OF_BELL.id, OF_LAMP.id])] == [OF_LAMP.id]

    def test_a_low_score_for_which_it_was_kept_contradicts_nothing(self, store: Store) -> None:
        half = desk_run("half", score=0.8)
        store.traces.add([Parsed(trace=half)])
        kept = exemplar_of(half, status="approved")
        store.exemplars.add("desk", [kept])
        assert (half.verdict, store.exemplars.usable("desk")) == (False, (kept,))
        assert len(store.exemplars.cases("desk", [kept.id])) == 1
        fails(store, half)
        assert (store.exemplars.usable("desk"), store.exemplars.cases("desk", [kept.id])) == ((), ())

    def test_a_failure_of_the_same_score_counts_where_another_source_says_it(self, store: Store) -> None:
        store.exemplars.add("desk", [OF_BELL.model_copy(update={"status": "approved"})])
        store.outcomes.attach(BELL.id, Outcome(success=False, score=1.0, source="human"))
        assert store.exemplars.failed("desk") == {OF_BELL.id}
        assert (store.exemplars.usable("desk"), store.exemplars.cases("desk", [OF_BELL.id])) == ((), ())

    def test_what_sub_agents_did_for_a_task_is_not_usable_for_it(self, store: Store) -> None:
        child = desk_run("look it up").model_copy(update={"parent_id": BELL.id})
        grandchild = desk_run("read it").model_copy(update={"parent_id": child.id})
        store.traces.add([Parsed(trace=child), Parsed(trace=grandchild)])
        kept = [exemplar_of(trace, status="approved") for trace in (LAMP, child, grandchild)]
        store.exemplars.add("desk", kept)
        assert store.exemplars.usable("desk", task_key="bell") == (kept[0],)
        assert store.exemplars.usable("desk", task_key="lamp") == tuple(kept)
        assert store.exemplars.usable("desk") == tuple(kept)

    def test_only_approved_ones_are_usable(self, store: Store) -> None:
        store.exemplars.add("desk", [OF_BELL])
        assert store.exemplars.usable("desk") == ()


class TestTracesThatGo:
    def test_a_later_version_of_a_run_leaves_the_one_that_an_exemplar_stands_in(self, store: Store) -> None:
        store.exemplars.add("desk", [OF_BELL])
        assert supersede(store, [BELL.id, LAMP.id], [TYRE.id]) == (BELL.id,)
        assert len(store.exemplars.cases("desk", [OF_BELL.id])) == 1
        assert [row.id for row in store.traces.rows()] == [BELL.id, TYRE.id]

    def test_and_the_one_that_a_reflection_is_about(self, store: Store) -> None:
        about = Reflection(task_key="bell", task="t", text="Ask.", trace_id=BELL.id, trial=1, author=LEARNER, at=AT)
        row = {"book": "desk", "id": about.id, "task_key": "bell", "trace_id": BELL.id, "body": "{}"}
        with store.database.writing() as connection:
            connection.execute(insert_new(connection, schema.reflection), row)
        assert supersede(store, [BELL.id], [TYRE.id]) == (BELL.id,)

    def test_an_erased_run_takes_its_exemplars_along(self, store: Store) -> None:
        store.exemplars.add("desk", [OF_BELL, OF_LAMP])
        store.erasures.erase([BELL.id], by="ada")
        assert store.exemplars.of("desk") == (OF_LAMP,)
