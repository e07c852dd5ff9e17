"""`seasoned exemplars`: fill, add, look, decide."""

import json
from pathlib import Path

import pytest

from seasoned.core.marks import begin_mark, end_mark
from seasoned.store.store import Store
from tests.cli.conftest import Command
from tests.cli.runs_file import chat, write_runs

ID = "exemplar-0123456789abcdef"


@pytest.fixture
def desk(command: Command, tmp_path: Path) -> Command:
    """A store with runs of two tasks; each task has two that failed and two that passed."""
    command("traces", "import", str(write_runs(tmp_path / "runs.jsonl", n_tasks=2, n_trials=2)), "--store", "s.db")
    return lambda *words: command(*words, "--store", "s.db")


def ids(command: Command, *words: str) -> list[str]:
    return [each["id"] for each in json.loads(command("exemplars", "list", "--json", *words).out)["exemplars"]]


def trace_of(command: Command, *, verdict: str) -> str:
    return json.loads(command("traces", "list", "--json", "--verdict", verdict).out)["traces"][0]["id"]


def import_one(command: Command, tmp_path: Path, text: str) -> str:
    """A good run in which the system prompt says this; returns its id."""
    run = chat("saddle", looks=True, trial=9)
    said = json.dumps(run).replace("You are the desk agent of a bicycle shop.", json.dumps(text)[1:-1])
    path = tmp_path / "one.jsonl"
    path.write_text(said + "\n", encoding="utf-8")
    command("traces", "import", str(path))
    return json.loads(command("traces", "list", "--json", "--task", "saddle").out)["traces"][0]["id"]


class TestFill:
    def test_it_proposes_one_good_run_of_each_task_and_says_what_it_left_out(self, desk: Command) -> None:
        done = desk("exemplars", "fill")
        assert done.out.split() == ids(desk, "--status", "proposed")
        assert "2 of 8 considered kept for 'default'" in done.err
        assert "4 left out: the run did not succeed" in done.err
        assert "2 left out: the task has a shorter one, or one in the bank" in done.err
        assert "`seasoned exemplars approve` lets them be shown" in done.err

    def test_again_it_proposes_nothing(self, desk: Command) -> None:
        desk("exemplars", "fill")
        again = json.loads(desk("exemplars", "fill", "--json").out)
        assert (again["n_kept"], again["exemplars"]) == (0, [])
        assert again["left_out"]["it is in the bank already"] == 2

    def test_a_dry_run_keeps_nothing(self, desk: Command) -> None:
        done = desk("exemplars", "fill", "--dry-run")
        assert "2 of 8 considered would be kept" in done.err
        assert len(done.out.split()) == 2
        assert ids(desk) == []

    def test_the_policy_can_be_widened_and_approve(self, desk: Command) -> None:
        kept = json.loads(desk("exemplars", "fill", "--per-task", "2", "--approve", "--json").out)["exemplars"]
        assert {each["status"] for each in kept} == {"approved"}
        assert {each["author"]["kind"] for each in kept} == {"policy"}
        assert all("filled by" in each["note"] for each in kept)
        parts = json.loads(desk("exemplars", "fill", "--part", "call", "--json", "--dry-run").out)
        assert {each["kind"] for each in parts["exemplars"]} == {"slice"}

    def test_only_chosen_runs_are_looked_at(self, desk: Command) -> None:
        assert json.loads(desk("exemplars", "fill", "--verdict", "fail", "--json").out)["n_kept"] == 0
        nothing = desk("exemplars", "fill", "--task", "no such task")
        assert (nothing.code, nothing.out) == (0, "")
        assert "No such traces in the store" in nothing.err

    def test_a_run_to_which_examples_were_shown_is_left_out(self, command: Command, tmp_path: Path) -> None:
        import_one(command, tmp_path, f"Be kind.\n{begin_mark(ID)}\nan old run\n{end_mark(ID)}")
        done = json.loads(command("exemplars", "fill", "--json").out)
        assert done["left_out"] == {"exemplars were shown to the agent in this run": 1}

    def test_redaction_that_is_unknown_is_refused(self, desk: Command) -> None:
        done = desk("exemplars", "fill", "--redact", "nonsense")
        assert (done.code, "nothing to redact by the name 'nonsense'" in done.err) == (2, True)


class TestAdd:
    def test_a_person_proposes_steps_with_tags_and_a_problem(self, desk: Command) -> None:
        trace = trace_of(desk, verdict="pass")
        words = ("--steps", "2:4", "--tag", "lookup", "--problem", "Find the order", "--reason", "short")
        done = desk("exemplars", "add", trace, *words)
        shown = json.loads(desk("exemplars", "show", done.out.strip(), "--json").out)
        assert (shown["kind"], shown["start"], shown["end"], shown["tools"]) == ("slice", 2, 4, ["get_order"])
        assert (shown["tags"], shown["problem"], shown["note"]) == (["lookup"], "Find the order", "short")
        assert (shown["status"], shown["author"]["kind"]) == ("proposed", "person")
        assert [step["kind"] for step in shown["steps"]] == ["tool_call", "tool_result"]

    def test_a_whole_run_that_is_there_already_says_so(self, desk: Command) -> None:
        trace = trace_of(desk, verdict="pass")
        first = desk("exemplars", "add", trace)
        again = desk("exemplars", "add", trace)
        assert (first.out, again.code) == (again.out, 0)
        assert "it is in the bank already, proposed" in again.err

    def test_a_run_that_failed_is_refused(self, desk: Command) -> None:
        done = desk("exemplars", "add", trace_of(desk, verdict="fail"))
        assert (done.code, done.out) == (2, "")
        assert "a run that failed is no example" in done.err
        assert "fail by verifier" in done.err

    @pytest.mark.parametrize(
        ("steps", "what"),
        [("99", "the run has no such steps"), ("x", "--steps is no range"), ("0:2", "the agent did nothing in it")],
    )
    def test_steps_that_show_nothing_are_refused(self, desk: Command, steps: str, what: str) -> None:
        done = desk("exemplars", "add", trace_of(desk, verdict="pass"), "--steps", steps)
        assert (done.code, what in done.err) == (2, True)

    def test_an_unknown_run_is_refused(self, desk: Command) -> None:
        assert desk("exemplars", "add", "trace-zz").code == 2


class TestLook:
    def test_the_list_ends_with_the_bank_in_one_line(self, desk: Command) -> None:
        desk("exemplars", "fill")
        done = desk("exemplars", "list")
        assert "get_order" in done.out
        assert "2 exemplars: 2 proposed; 2 tasks, 1 tool;" in done.err
        assert desk("exemplars", "list", "--status", "approved").out == ""

    def test_an_empty_bank_says_how_to_fill_it(self, desk: Command) -> None:
        done = desk("exemplars", "list")
        assert (done.code, done.out) == (0, "")
        assert "`seasoned exemplars fill` proposes the runs that went well" in done.err

    def test_a_book_that_is_not_there_is_refused_where_others_are(self, desk: Command) -> None:
        desk("skills", "add", "When late, refuse.")
        assert desk("exemplars", "list", "--book", "defualt").code == 2

    def test_show_has_problem_steps_outcome_and_who_decided(self, desk: Command) -> None:
        desk("exemplars", "fill")
        done = desk("exemplars", "show", ids(desk)[0].removeprefix("exemplar-")[:8])
        for part in (
            "problem: Please refund bicycle",
            "get_order(",
            "outcome: pass by verifier",
            "bank policy (policy)",
        ):
            assert part in done.out
        assert "desk agent of a bicycle shop" not in done.out

    def test_an_unknown_exemplar_is_refused(self, desk: Command) -> None:
        done = desk("exemplars", "show", "zz")
        assert (done.code, "no exemplar has this id" in done.err) == (2, True)

    def test_a_run_that_is_judged_failed_later_is_said_and_not_given_out(self, desk: Command) -> None:
        desk("exemplars", "fill", "--approve")
        kept, other = ids(desk)
        trace = json.loads(desk("exemplars", "show", kept, "--json").out)["trace_id"]
        desk("traces", "label", trace, "fail", "--feedback", "rude")
        done = desk("exemplars", "list")
        assert "its run is judged failed now" in done.out
        assert "1 not shown, as its run is judged failed now" in done.err
        assert "not shown to any agent: its run is judged failed now" in desk("exemplars", "show", kept).out
        assert json.loads(desk("exemplars", "list", "--json").out)["exemplars"][0]["failed_now"] is True
        with Store("s.db") as store:
            assert [exemplar.id for exemplar in store.exemplars.usable("default")] == [other]


class TestVerdicts:
    def test_all_that_wait_are_approved_and_taken_back_one_by_one(self, desk: Command) -> None:
        desk("exemplars", "fill", "--part", "run", "--part", "call")
        done = desk("exemplars", "approve", "--all-proposed", "--reason", "read")
        first, *_ = approved = ids(desk, "--status", "approved")
        assert (len(approved), ids(desk, "--status", "proposed")) == (done.err.count("approved "), [])
        assert f"restored {first}, proposed again" in desk("exemplars", "restore", first).err
        assert ids(desk, "--status", "proposed") == [first]

    def test_each_verdict_leads_where_it_says(self, desk: Command) -> None:
        desk("exemplars", "fill")
        kept, _ = ids(desk)
        steps = [
            ("reject", "rejected"),
            ("restore", "proposed"),
            ("approve", "approved"),
            ("retire", "retired"),
            ("restore", "approved"),
        ]
        for verb, status in steps:
            done = desk("exemplars", verb, kept, "--reason", "because", "--json")
            assert json.loads(done.out)["exemplars"][0]["status"] == status
        assert "reject exemplar" in desk("audit").out

    @pytest.mark.parametrize("verb", ["reject", "retire"])
    def test_turning_down_needs_a_reason(self, desk: Command, verb: str) -> None:
        desk("exemplars", "fill")
        done = desk("exemplars", verb, *ids(desk))
        assert (done.code, "a reason is needed" in done.err) == (2, True)

    def test_a_verdict_that_the_status_forbids_exits_with_1(self, desk: Command) -> None:
        desk("exemplars", "fill")
        done = desk("exemplars", "retire", *ids(desk), "--reason", "old")
        assert (done.code, "it is proposed" in done.err) == (1, True)
        again = desk("exemplars", "restore", *ids(desk))
        assert (again.code, "there is no verdict to take back" in again.err) == (1, True)

    def test_nothing_named_both_named_and_nothing_waiting_are_refused(self, desk: Command) -> None:
        assert "none was named" in desk("exemplars", "approve").err
        assert "no exemplar waits" in desk("exemplars", "approve", "--all-proposed").err
        desk("exemplars", "fill")
        assert "both ids and" in desk("exemplars", "approve", *ids(desk), "--all-proposed").err
        assert ids(desk, "--status", "approved") == []
