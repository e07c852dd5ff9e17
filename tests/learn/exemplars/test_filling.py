"""Filling by policy: successes by a verifier or a person, the shortest of each task, none twice, and why not."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.core.exemplar import Case, case_of
from seasoned.core.outcome import Outcome, OutcomeSource
from seasoned.core.trace import Trace
from seasoned.ingest.format import Parsed
from seasoned.ingest.importing import read_paths
from seasoned.learn.exemplars.filling import ALIKE, IDLE, IN_BANK, NO_PART, SAME, SHORTER, Filled, fill
from seasoned.learn.exemplars.policy import BankPolicy, Part
from tests.exemplars import AT, desk_run

FAILED = "the run did not succeed"


def filled(
    *traces: Trace, policy: BankPolicy | None = None, known: Sequence[Case] = (), parts: tuple[Part, ...] = ("run",)
) -> Filled:
    return fill(traces, policy or BankPolicy(parts=parts), AT, known=known, note="by ada")


def cases(done: Filled, *traces: Trace, status: str = "proposed") -> list[Case]:
    by_id = {trace.id: trace for trace in traces}
    kept = (e.model_copy(update={"status": status}) for e in done.exemplars)
    return [case_of(e, by_id[e.trace_id]) for e in kept]


class TestSuccess:
    def test_a_success_is_kept_with_what_is_known_of_it(self) -> None:
        run = desk_run(tools=("look", "pay", "look"))
        done = filled(run)
        (kept,) = done.exemplars
        assert (kept.trace_id, kept.kind, kept.start, kept.end) == (run.id, "run", 2, len(run.steps))
        assert (kept.tools, kept.score, kept.source, kept.feedback) == (("look", "pay"), 1.0, "verifier", "well done")
        assert (kept.problem, kept.agent, kept.n_chars) == (
            run.task.text,
            "desk",
            sum(len(s.text) for s in run.steps[2:]),
        )
        assert (kept.status, kept.author.kind, kept.at) == ("proposed", "policy", AT)
        assert kept.note == "a score of at least 1, says a verifier or human; by ada"
        assert (done.n_considered, done.n_kept, done.left_out) == (1, 1, {})

    def test_a_run_that_passed_by_doing_nothing_teaches_nothing(self) -> None:
        idle, busy = desk_run(tools=(), key="idle"), desk_run("invoice", asked="Where is my invoice?", score=0.0)
        assert filled(idle, busy).left_out == {FAILED: 1, IDLE: 1}
        assert filled(idle, busy, policy=BankPolicy(even_idle=True)).n_kept == 1
        assert filled(idle).n_kept == 1, "an agent that has no tools is not idle"

    def test_a_policy_that_is_not_reviewed_approves(self) -> None:
        (kept,) = filled(desk_run(), policy=BankPolicy(is_reviewed=False)).exemplars
        assert (kept.status, kept.author.kind) == ("approved", "policy")

    @pytest.mark.parametrize(
        ("outcome", "why"),
        [
            (None, "nobody said how the run ended"),
            (Outcome(score=1.0, success=True, source="judge"), "its outcome is from a judge, which is not asked for"),
            (Outcome(success=True, source="self-report"), "its outcome is from a self-report, which is not asked for"),
            (Outcome(score=0.9, success=False, source="verifier"), FAILED),
            (Outcome(score=1.0, success=False, source="verifier"), FAILED),
            (Outcome(source="human"), FAILED),
        ],
    )
    def test_what_is_no_success(self, outcome: Outcome | None, why: str) -> None:
        done = filled(desk_run(score=None, outcome=outcome))
        assert (done.exemplars, done.left_out, done.n_considered) == ((), {why: 1}, 1)

    @pytest.mark.parametrize("source", ["judge", "self-report"])
    def test_another_source_counts_where_it_is_named(self, source: OutcomeSource) -> None:
        run = desk_run(outcome=Outcome(success=True, source=source))
        assert filled(run, policy=BankPolicy(sources=(source,))).n_kept == 1

    def test_a_lower_bar_lets_lower_scores_in(self) -> None:
        run = desk_run(score=0.6)
        assert filled(run, policy=BankPolicy(min_score=0.5)).n_kept == 1
        assert filled(run, policy=BankPolicy(min_score=0.7)).left_out == {FAILED: 1}


class TestNothingTwice:
    def test_of_a_task_the_shortest_is_kept(self) -> None:
        long, short = desk_run(tools=("a", "b")), desk_run(tools=("a",))
        wordy = desk_run(tools=("a",), answer="It is on its way, as I said before.")
        done = filled(long, wordy, short)
        assert [e.trace_id for e in done.exemplars] == [short.id]
        assert done.left_out == {SHORTER: 2}

    def test_or_the_shortest_few(self) -> None:
        runs = [desk_run(tools=("a",) * n) for n in (3, 1, 2)]
        done = filled(*runs, policy=BankPolicy(per_task=2))
        assert [e.trace_id for e in done.exemplars] == [runs[1].id, runs[2].id]

    def test_the_same_problem_by_the_same_tools_is_kept_once(self) -> None:
        one, other, by_other_tools = desk_run("a"), desk_run("b"), desk_run("c", tools=("ask",))
        done = filled(one, other, by_other_tools)
        assert (done.n_kept, done.left_out) == (2, {SAME: 1})
        assert by_other_tools.id in {e.trace_id for e in done.exemplars}

    def test_and_so_is_one_that_differs_in_names_and_numbers(self) -> None:
        first = desk_run("a", asked="Send RX-20931 back to ada@example.com by 2026-11-20")
        again = desk_run("b", asked="Send RX-55555 back to bob@example.com by 2026-12-24")
        assert filled(first, again).left_out == {ALIKE: 1}

    def test_what_is_too_long_is_left_out_whole(self) -> None:
        done = filled(desk_run(answer="x" * 500), policy=BankPolicy(max_chars=500))
        assert (done.n_kept, done.left_out) == (0, {"it is longer than 500 characters": 1})

    def test_the_order_of_the_runs_is_kept(self) -> None:
        runs = [desk_run(str(n), asked=f"Mend the {word}") for n, word in enumerate(("wheel", "bell", "chain"))]
        assert [e.trace_id for e in filled(*runs).exemplars] == [run.id for run in runs]


class TestFillingAgain:
    def test_from_the_same_runs_adds_nothing(self) -> None:
        runs = [desk_run("a", tools=("x",)), desk_run("a", tools=("x", "y")), desk_run("b", asked="Mend the wheel")]
        choices: tuple[tuple[Part, ...], ...] = (("run",), ("run", "subtask", "call"))
        for parts in choices:
            first = filled(*runs, parts=parts)
            again = filled(*runs, parts=parts, known=cases(first, *runs))
            assert (again.n_kept, again.left_out[IN_BANK]) == (0, first.n_kept)

    def test_what_is_approved_keeps_its_place(self) -> None:
        first, shorter = desk_run(tools=("a", "b")), desk_run(tools=("a",))
        known = cases(filled(first), first, status="approved")
        assert filled(first, shorter, known=known).left_out == {IN_BANK: 1, SHORTER: 1}

    @pytest.mark.parametrize("status", ["rejected", "retired"])
    def test_what_was_turned_down_leaves_its_place_to_another_run(self, status: str) -> None:
        short, longer = desk_run(tools=("a",)), desk_run(tools=("a", "b"))
        done = filled(short, longer, known=cases(filled(short), short, status=status))
        assert ([e.trace_id for e in done.exemplars], done.left_out) == ([longer.id], {IN_BANK: 1})


class TestSlices:
    def test_of_each_kind_and_each_set_of_tools_one_is_kept_for_a_task(self) -> None:
        done = filled(desk_run(tools=("a", "b")), desk_run(tools=("a",), key="2"), parts=("subtask", "call"))
        assert sorted((e.end - e.start, e.tools) for e in done.exemplars) == [
            (2, ("a",)),
            (3, ("a",)),
            (4, ("a", "b")),
            (5, ("a", "b")),
        ]
        assert {e.kind for e in done.exemplars} == {"slice"}
        assert done.left_out == {SHORTER: 1}

    def test_steps_that_are_a_run_and_a_subtask_are_kept_once_as_a_run(self) -> None:
        (kept,) = filled(desk_run(), parts=("run", "subtask")).exemplars
        assert kept.kind == "run"

    def test_a_run_without_such_a_part_is_counted(self) -> None:
        assert filled(desk_run(tools=()), parts=("call",)).left_out == {NO_PART: 1}


@st.composite
def runs_of_few_tasks(draw: st.DrawFn) -> Trace:
    task = draw(st.sampled_from("abc"))
    tools = draw(st.lists(st.sampled_from(["x", "y"]), max_size=3))
    score = draw(st.sampled_from([None, 0.0, 1.0]))
    return desk_run(task, asked=f"Do {task}", tools=tuple(tools), score=score, key=str(draw(st.integers(0, 3))))


@given(st.lists(runs_of_few_tasks(), max_size=8, unique_by=lambda run: run.id), st.integers(1, 2))
def test_all_that_is_considered_is_kept_or_counted_and_a_task_has_its_shortest(runs: list[Trace], n: int) -> None:
    done = filled(*runs, policy=BankPolicy(per_task=n, even_idle=True))
    assert done.n_kept + sum(done.left_out.values()) == done.n_considered == len(runs)
    for task in {run.task.key for run in runs}:
        good = sorted(len(run.steps) for run in runs if run.task.key == task and run.verdict)
        kept = [e.end - e.start + 2 for e in done.exemplars if e.task_key == task]
        assert sorted(kept) == good[: len(kept)]
        assert len(kept) == min(n, len(good))


def test_of_real_airline_runs_each_task_that_was_ever_solved_has_its_shortest(shared_traces: Path) -> None:
    runs = [i.trace for i in read_paths([shared_traces / "tau_bench"], bytes(32)) if isinstance(i, Parsed)]
    done = filled(*runs)
    solved = {run.task.key for run in runs if run.verdict}
    assert (done.n_considered, {e.task_key for e in done.exemplars}) == (100, solved)
    assert done.left_out == {FAILED: 69, SHORTER: 29 - len(solved), IDLE: 2}
    steps = [step for case in cases(done, *runs) for step in case.steps]
    assert not any(step.kind == "system" for step in steps)
    assert {case.steps[-1].kind for case in cases(done, *runs)} <= {"assistant", "tool_result"}
