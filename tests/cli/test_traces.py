"""Looking at traces, labelling them, and deleting them on request."""

import io
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from seasoned.core.operation import skill_id
from seasoned.core.parsed import Parsed
from seasoned.core.trace import Source, Step, Task, Trace
from seasoned.store.database import Database
from seasoned.store.store import Store
from tests.cli.conftest import Command
from tests.cli.runs_file import write_runs
from tests.make import LEARNER, add, make_evidence, make_trace

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
RULE = "When late, refuse."
LONG = "row of a table\n" * 60


def timed(kind: str, text: str, seconds: float, **rest: object) -> Step:
    return Step.model_validate({"kind": kind, "text": text, "at": NOON + timedelta(seconds=seconds), **rest})


DESK = Trace.of(
    task=Task(key="refund", text="Refund my bicycle"),
    steps=(
        timed("user", "Refund my bicycle\x1b[31m", 0),
        timed("tool_call", 'find({"id":1})', 1, name="find", pair=3),
        timed("tool_call", "policy({})", 2, name="policy", pair=4),
        timed("tool_result", "no such order", 3.5, name="find", pair=1, is_error=True),
        timed("tool_result", LONG, 75, name="policy", pair=2),
        timed("image", "a receipt", 3700, blob="ab" * 32),
    ),
    source=Source(format="test", path="desk.jsonl", run_key="run-77"),
    agent="desk",
)
CHILD = Trace.of(
    task=Task(key="look", text="Look it up"),
    steps=(Step(kind="user", text="Look it up"),),
    source=Source(format="test"),
    parent_id=DESK.id,
    agent="clerk",
)
PASSED = make_trace(("user", "Sell me a bell"), task="bell", score=1)


@pytest.fixture(autouse=True)
def filled(tmp_path: Path) -> Path:
    """A store with three runs and a skill, where commands look without being told."""
    path = tmp_path / ".seasoned" / "store.db"
    with Store(path) as store:
        store.traces.add([Parsed(trace=trace) for trace in (DESK, CHILD, PASSED)])
        store.books.append("default", [add(RULE, (make_evidence(DESK, "no such order", 3),), LEARNER)], scope="r")
    return path


def listed(command: Command, *words: str) -> list[str]:
    return [row["id"] for row in json.loads(command("traces", "list", *words, "--json").out)["traces"]]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), [DESK.id, CHILD.id, PASSED.id]),
        (("--verdict", "none"), [DESK.id, CHILD.id]),
        (("--verdict", "pass"), [PASSED.id]),
        (("--tool", "policy"), [DESK.id]),
        (("--error",), [DESK.id]),
        (("--agent", "clerk"), [CHILD.id]),
        (("--text", '"me a bell"'), [PASSED.id]),
        (("--since", "2026-11-20"), [DESK.id]),
        (("--since", "2026-11-20T13:00+01:00", "--until", "2026-11-21"), [DESK.id]),
        (("--until", "2026-11-20"), []),
        (("--since", "7d"), []),
        (("--path", "desk"), [DESK.id]),
        (("--limit", "2"), [DESK.id, CHILD.id]),
    ],
    ids=" ".join,
)
def test_lists_are_filtered(command: Command, words: tuple[str, ...], expected: list[str]) -> None:
    if words == ("--since", "7d"):
        # Whether these days are within the last seven depends on when the test runs; that nothing fails does not.
        expected = listed(command, "--since", f"{datetime.now(UTC) - timedelta(days=7):%Y-%m-%dT%H:%M:%S}")
    assert listed(command, *words) == expected


@pytest.mark.parametrize("time", ["yesterday", "2026-13-01", "999999w", ""])
def test_a_time_that_is_none_is_refused_with_what_to_write(command: Command, time: str) -> None:
    done = command("traces", "list", "--since", time)
    assert (done.code, "write 2026-11-20" in done.err) == (2, True)


def test_a_table_says_how_many_it_left_out_and_leaves_out_empty_columns(command: Command) -> None:
    done = command("traces", "list", "--limit", "1")
    assert "1 of 3" in done.err
    assert "model" not in done.out
    assert "2026-11-20 12:00" in done.out


def test_a_table_in_a_pipe_is_whole_however_wide(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    lines = command("traces", "list").out.splitlines()
    assert [line.split()[-1] for line in lines] == ["task", "refund", "look", "bell"]


def test_numbers_stand_below_each_other_to_the_right(command: Command) -> None:
    head, *rows = command("traces", "list").out.splitlines()
    end = head.index("steps") + len("steps")
    assert [row[:end][-1] for row in rows] == ["6", "1", "1"]


def test_search_shows_where_and_marks_what(command: Command) -> None:
    shown = command("traces", "search", "order such")
    assert DESK.id in shown.out
    assert "step 3" in shown.out
    assert "no [such] [order]" in shown.out
    (hit,) = json.loads(command("traces", "search", "bell", "--verdict", "pass", "--json").out)["hits"]
    assert (hit["row"]["id"], hit["step"], hit["snippet"]) == (PASSED.id, 0, "Sell me a bell")


def test_search_without_a_hit_or_a_word_says_what_to_try(command: Command) -> None:
    assert "refund*" in command("traces", "search", "zebra").err
    done = command("traces", "search", "***")
    assert (done.code, "give a word" in done.err) == (2, True)


def test_statistics_name_what_is_unknown_and_over_how_many_a_rate_is(command: Command) -> None:
    shown = command("traces", "stats").out
    assert "1 pass, 0 fail, 2 without a verdict: 100% of 1 passed" in shown
    assert "cost: unknown" in shown
    assert "find" in shown
    assert "█" not in shown, "a pipe gets numbers alone"
    document = json.loads(command("traces", "stats", "--error", "--json").out)
    assert (document["all"]["n_runs"], document["all"]["success_rate"], document["n_errors"]) == (1, None, 1)
    assert [(t["name"], t["n_calls"], t["n_failed"]) for t in document["tools"]] == [("find", 1, 1), ("policy", 1, 0)]
    assert "traces import" in command("traces", "stats", "--task", "none").err


def test_a_run_shows_results_beside_their_calls_and_times_from_its_start(command: Command) -> None:
    lines = [line.split(maxsplit=4) for line in command("traces", "show", DESK.id[:12]).out.splitlines()]
    steps = [line[:3] for line in lines if line and line[0].isdigit()]
    assert [step[0] for step in steps] == ["0", "1", "3", "2", "4", "5"]
    whole = command("traces", "show", "run-77").out
    for part in ("└ failed +3.5s  no such order", "└ result +1:15", "image +1:01:40  [image abababababab] a receipt"):
        assert part in whole
    assert "\x1b" not in whole
    assert f"started: {CHILD.id}" in whole
    assert "began: 2026-11-20 12:00:00 UTC" in whole
    assert f"started by: {DESK.id}" in command("traces", "show", CHILD.id).out


def test_long_payloads_are_folded_unless_asked_for(command: Command) -> None:
    folded = command("traces", "show", DESK.id)
    assert folded.out.count("row of a table") == 8
    assert "1 folded" in folded.err
    assert command("traces", "show", DESK.id, "--full").out.count("row of a table") == 60


@pytest.mark.parametrize(("typed", "expected"), [("2:4", [2, 3]), (":2", [0, 1]), ("4:", [4, 5]), ("3", [3])])
def test_a_range_of_steps_is_shown(command: Command, typed: str, expected: list[int]) -> None:
    lines = command("traces", "show", DESK.id, "--steps", typed).out.splitlines()
    heads = ("user", "tool", "image", "└")
    shown = [line.split()[0] for line in lines if line.split()[1:] and line.split()[1] in heads]
    assert [int(index) for index in shown if index.isdigit()] == expected


@pytest.mark.parametrize("typed", ["9:", "4:2", ":", "a:b", "-1", ""])
def test_a_range_without_steps_is_refused(command: Command, typed: str) -> None:
    assert command("traces", "show", DESK.id, f"--steps={typed}").code == 2


def test_the_document_of_a_run_holds_what_was_said_and_its_sub_agents(command: Command) -> None:
    command("traces", "label", DESK.id, "fail", "--by", "ada")
    document = json.loads(command("traces", "show", DESK.id, "--json").out)
    assert [s["outcome"]["name"] for s in document.pop("outcomes")] == ["ada"]
    assert [row["id"] for row in document.pop("children")] == [CHILD.id]
    assert Trace.model_validate(document).steps == DESK.steps


def test_a_person_labels_a_run_and_can_change_their_mind(command: Command) -> None:
    first = command("traces", "label", PASSED.id, "fail", "--score", "0.25", "--feedback", "wrong bell", "--by", "ada")
    assert "fail by human ada, score 0.25: wrong bell" in first.err
    assert listed(command, "--verdict", "fail") == [PASSED.id]
    assert (
        "said already"
        in command(
            "traces", "label", PASSED.id, "fail", "--score", "0.25", "--feedback", "wrong bell", "--by", "ada"
        ).err
    )
    command("traces", "label", PASSED.id, "pass", "--by", "bob")
    shown = command("traces", "show", PASSED.id).out
    assert [line.split(",")[0] for line in shown.splitlines() if line.startswith("said: ")] == [
        "said: pass by verifier",
        "said: fail by human ada",
        "said: pass by human bob",
    ]


@pytest.mark.parametrize(
    "words",
    [
        (),
        (DESK.id,),
        (DESK.id, "pass", "--csv", "labels.csv"),
        (DESK.id, "perhaps"),
        (DESK.id, "pass", "--score", "1.5"),
        ("ffff", "pass"),
        ("--csv", "none.csv"),
    ],
    ids=" ".join,
)
def test_a_label_that_cannot_be_meant_is_refused(command: Command, words: tuple[str, ...]) -> None:
    assert command("traces", "label", *words).code == 2
    assert len(listed(command, "--verdict", "none")) == 2


def test_labels_from_a_file_name_every_bad_row(command: Command, tmp_path: Path) -> None:
    rows = ("run_key,task_key,success", "run-77,,fail", ",look,pass", ",refund,maybe", "run-77,bell,pass", ",none,pass")
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    done = command("traces", "label", "--csv", "labels.csv", "--by", "ada")
    assert done.code == 1
    for said in ("line 4: success is neither", "line 5: it names no single run", "line 6: ", "2 runs labelled, 3 pro"):
        assert said in done.err
    assert (listed(command, "--verdict", "fail"), listed(command, "--verdict", "pass")) == (
        [DESK.id],
        [CHILD.id, PASSED.id],
    )
    (tmp_path / "fine.csv").write_text("id,verdict\n" + DESK.id + ",fail\n")
    fine = command("traces", "label", "--csv", "fine.csv", "--by", "ada", "--json")
    document = json.loads(fine.out)
    assert (fine.code, document["problems"], document["labelled"][0]["is_new"]) == (0, [], False)


def answers(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_a_deleted_run_is_gone_and_its_skill_says_so(command: Command, filled: Path) -> None:
    done = command("traces", "delete", DESK.id, "--yes", "--why", "asked by mail")
    assert done.code == 0
    assert "deleted 1 trace; with the texts of 1 quote" in done.err
    assert skill_id(RULE) in done.err
    assert CHILD.id in done.err
    assert b"no such order" not in b"".join(file.read_bytes() for file in filled.parent.iterdir())
    shown = command("skills", "show", skill_id(RULE)).out
    assert "all evidence of this skill was erased" in shown
    assert f"{DESK.id}, step 3  erased" in shown
    (skill,) = json.loads(command("skills", "list", "--json").out)["skills"]
    assert [(e["quote"], e["erased"]) for e in skill["evidence"]] == [("", True)]
    assert "0 (1 erased)" in command("skills", "list").out


def test_a_skill_without_its_trace_is_still_reviewed_and_reworded(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    command("traces", "delete", DESK.id, "--yes")
    assert command("skills", "edit", skill_id(RULE), "When very late, refuse.").code == 0
    answers(monkeypatch, "m\na\n")
    assert "1 approved" in command("review").err
    assert "When very late" in command("prompt", "compile").out


def test_deleting_twice_says_when_and_an_unknown_id_where_to_look(command: Command) -> None:
    command("traces", "delete", DESK.id, "--yes")
    again = command("traces", "delete", DESK.id, "--yes")
    assert (again.code, f"the trace {DESK.id} was deleted" in again.err) == (2, True)
    unknown = command("traces", "delete", "ffff", "--yes")
    assert (unknown.code, "seasoned traces list" in unknown.err) == (2, True)


@pytest.mark.parametrize(("answer", "n_left"), [("y\n", 2), ("yes\n", 2), ("n\n", 3), ("", 3)])
def test_deleting_asks_first(command: Command, monkeypatch: pytest.MonkeyPatch, answer: str, n_left: int) -> None:
    answers(monkeypatch, answer)
    done = command("traces", "delete", "--task", "bell")
    assert PASSED.id in done.err
    assert (done.code == 0) == (n_left == 2)
    assert len(listed(command)) == n_left


@pytest.mark.parametrize("words", [("--yes",), (DESK.id, "--task", "bell", "--yes")], ids=" ".join)
def test_deleting_needs_ids_or_a_filter_but_not_both(command: Command, words: tuple[str, ...]) -> None:
    assert command("traces", "delete", *words).code == 2
    assert len(listed(command)) == 3


def test_a_filter_that_chooses_nothing_deletes_nothing(command: Command) -> None:
    assert command("traces", "delete", "--task", "none", "--yes").code == 1
    assert len(listed(command)) == 3


def test_the_document_of_a_deletion_counts_what_went(command: Command) -> None:
    document = json.loads(command("traces", "delete", DESK.id, PASSED.id, "--yes", "--json").out)
    assert document["trace_ids"] == [DESK.id, PASSED.id]
    assert (document["n_quotes"], document["skills"], document["is_purged"]) == (1, [skill_id(RULE)], True)


def test_bytes_that_could_not_be_purged_are_said(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def in_the_way(_: Database, _tables: Sequence[str]) -> bool:
        return False

    monkeypatch.setattr(Database, "rewrite", in_the_way)
    done = command("traces", "delete", DESK.id, "--yes")
    assert (done.code, "deleted bytes may still be in its files" in done.err) == (1, True)


def test_an_import_leaves_deleted_runs_out_unless_told_otherwise(command: Command, tmp_path: Path) -> None:
    write_runs(tmp_path / "runs.jsonl", n_tasks=1, n_trials=1)
    command("traces", "import", "runs.jsonl")
    command("traces", "delete", "--task", "bicycle 00", "--yes")
    again = command("traces", "import", "runs.jsonl")
    assert "2 runs of these were deleted" in again.err
    assert len(listed(command)) == 3
    document = json.loads(command("traces", "import", "runs.jsonl", "--json").out)
    assert (document["stored"]["new"], document["stored"]["erased"]) == (0, 2)
    assert "2 new" in command("traces", "import", "runs.jsonl", "--even-deleted").err


def test_contradicted_outcomes_are_in_the_document_of_an_import(command: Command, tmp_path: Path) -> None:
    path = write_runs(tmp_path / "runs.jsonl", n_tasks=1, n_trials=1)
    command("traces", "import", "runs.jsonl")
    path.write_text(path.read_text().replace('"reward": 0', '"reward": 1'))
    document = json.loads(command("traces", "import", "runs.jsonl", "--json").out)
    (contradicted,) = document["stored"]["contradicted"]
    assert contradicted in listed(command, "--verdict", "fail")
    shown = command("traces", "show", contradicted).out
    assert "contradicted what was known, changed nothing" in shown
