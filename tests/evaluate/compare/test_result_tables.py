"""Tables of results: what counts as a row, what its verdict is, and what makes a table unclear."""

import json
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from seasoned.core.trace import Trace
from seasoned.evaluate.compare.arms import arm_of
from seasoned.evaluate.compare.result_columns import plain_name
from seasoned.evaluate.compare.result_tables import RESULTS, ResultTable
from seasoned.ingest.detect import UNKNOWN, detect
from seasoned.ingest.format import Sample
from seasoned.ingest.record import Problem
from seasoned.ingest.registry import installed_formats
from tests.ingest.documents import as_lines, document, read


def verdicts(text: str) -> dict[str, list[bool | None]]:
    """By task, the verdicts of a table without problems."""
    runs, problems = table(text)
    assert problems == []
    found: dict[str, list[bool | None]] = {}
    for run in runs:
        found.setdefault(run.task.key, []).append(run.verdict)
    return found


def table(text: str) -> tuple[list[Trace], list[tuple[str, str]]]:
    assert ResultTable().detect(Sample.of(document(text))) is not None
    runs, problems = read(ResultTable(), text)
    return [parsed.trace for parsed in runs], [(problem.where, problem.why) for problem in problems]


def refused(text: str) -> str:
    """Why a table as a whole is not read."""
    runs, problems = table(text)
    assert runs == []
    ((where, why),) = problems
    assert where == "file"
    return why


TWO = {"a": [True], "b": [False]}


@pytest.mark.parametrize(
    "text",
    [
        '[{"task_id": "a", "success": true}, {"task_id": "b", "success": false}]',
        as_lines({"task_id": "a", "passed": 1}, {"task_id": "b", "passed": 0}),
        as_lines({"Task ID": "a", "isCorrect": True}, {"Task ID": "b", "isCorrect": False}),
        as_lines({"instance_id": "a", "score": 1.0}, {"instance_id": "b", "score": 0.0}),
        "question_id,correct\na,TRUE\nb,no\n",
        "problem_id;solved\na;pass\nb;fail\n",
        "key\treward\na\t1.0\nb\t0\n",
        '{"a": true, "b": false}',
        '{"a": 1, "b": 0}',
        '{"a": {"resolved": true, "cost": 2}, "b": {"resolved": false}}',
        '{"resolved_ids": ["a"], "unresolved_ids": ["b"]}',
        '{"resolved_ids": ["a"], "submitted_ids": ["a", "b"], "total_instances": 9}',
        '{"resolved_ids": ["a"], "completed_ids": ["a"], "empty_patch_ids": ["b"]}',
    ],
)
def test_each_way_to_write_down_who_passed(text: str) -> None:
    assert verdicts(text) == TWO


def test_a_single_row_is_a_table_too() -> None:
    assert verdicts('{"task_id": "a", "success": true}\n') == {"a": [True]}


@pytest.mark.parametrize(
    "text",
    [
        '{"accuracy": 0.5, "f1": 0.4}',
        '{"pass@1": 0.5, "pass@8": 1.0}',
        '{"easy_accuracy": 1.0, "hard_accuracy": 0.0}',
        '{"a": true}',
        '{"a": true, "b": "text"}',
        '{"a": NaN, "b": null}',
        '{"resolved_ids": ["a"]}',
        as_lines({"instance_id": "a", "model_patch": "diff"}),
        "a,b\n1,2\n",
        "",
    ],
)
def test_what_is_no_table_of_results_is_not_claimed(text: str) -> None:
    assert ResultTable().detect(Sample.of(document(text))) is None


def test_rows_of_one_task_are_its_trials_in_order() -> None:
    runs, _ = table("task_id,success\na,true\na,false\na,true\n")
    assert [run.verdict for run in runs] == [True, False, True]
    assert len({run.id for run in runs}) == 3


def test_a_trial_column_numbers_them() -> None:
    runs, problems = table("task_id,trial,passed\na,0,1\na,1,0\nb,,1\nb,2,1\n")
    assert problems == []
    assert [run.verdict for run in runs] == [True, False, True, True]
    assert len({run.id for run in runs}) == 4


def test_two_rows_of_one_trial_are_refused_with_both_their_lines() -> None:
    why = refused("task_id,trial,passed\na,0,1\nb,0,1\na,0,0\n")
    assert "line 2 and line 4 are of the same task and the same `trial`" in why
    assert "number the trials" in why


def test_two_columns_that_disagree_are_refused_by_name() -> None:
    why = refused("task_id,success,correct\na,1,1\nb,1,0\n")
    assert why.startswith("`success` and `correct` disagree at line 3")
    assert "keep one" in why


@pytest.mark.parametrize(
    ("row", "passed"),
    [
        ({"success": True, "score": 0.8}, True),
        ({"success": False, "score": 0.8}, False),
        ({"success": None, "score": 1.0}, True),
        ({"score": 0.2, "reward": 0.7}, False),
    ],
)
def test_a_word_says_what_the_bar_of_a_score_is(row: dict[str, JsonValue], passed: bool) -> None:
    (run,), _ = table(as_lines({"task_id": "a", **row}))
    assert run.verdict is passed


def test_a_word_against_a_full_score_is_refused() -> None:
    assert "disagree at line 2" in refused(
        as_lines({"task_id": "a", "success": True, "score": 1}, {"task_id": "b", "success": False, "score": 1})
    )


def test_scores_between_0_and_1_do_not_pass_and_that_is_said() -> None:
    runs, problems = table("task_id,score\na,0.99\nb,1\n")
    assert [run.verdict for run in runs] == [False, True]
    ((where, why),) = problems
    assert where == "file"
    assert why.startswith("of 2 rows 1 have a score between 0 and 1 alone, which counts as not passed")


def test_without_a_column_for_the_task_it_says_which_names_would_do() -> None:
    why = refused("file,passed\na,1\nb,0\n")
    assert why.startswith("no column names the task of a row")
    assert "`task_id`" in why


def test_columns_that_could_both_name_the_task_are_refused_by_name() -> None:
    why = refused("id,name,passed\n1,a,1\n2,a,0\n3,b,1\n")
    assert why.startswith("the columns `id` and `name` could each name the task")
    assert "`task_id`" in why


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("id,task_id,passed\n1,a,1\n2,a,0\n", ["a", "a"]),
        ("id,name,passed\n1,a,1\n2,b,0\n", ["1", "2"]),
        ("task,id,passed\nquiz,1,1\nquiz,2,0\n", ["1", "2"]),
    ],
    ids=["one is plainly the task's", "both tell rows apart alike", "one is the same in all rows"],
)
def test_which_column_names_the_task(text: str, keys: list[str]) -> None:
    assert [run.task.key for run in table(text)[0]] == keys


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("NaN", "its `score` is neither a number nor true or false (pass or fail, yes or no)"),
        ("null", "its `score` is missing"),
        ('""', "its `score` is missing"),
        ("1.5", "its `score` is not within 0 and 1"),
        ("-1", "its `score` is not within 0 and 1"),
        ('"maybe"', "its `score` is neither a number nor true or false (pass or fail, yes or no)"),
        ("[1]", "its `score` is neither a number nor true or false (pass or fail, yes or no)"),
    ],
)
def test_a_row_whose_verdict_cannot_be_read_is_a_run_without_one(cell: str, why: str) -> None:
    runs, problems = table(f'{{"task_id": "a", "score": {cell}}}\n{{"task_id": "b", "score": 1}}\n')
    assert [run.verdict for run in runs] == [None, True]
    assert problems == [("line 1", f"{why}; the run counts as one without a verdict")]
    assert arm_of("x", runs).n_unjudged == 1


def test_a_csv_cell_that_is_no_number_is_none() -> None:
    runs, problems = table("task_id,score\na,nan\nb,1\n")
    assert [run.verdict for run in runs] == [None, True]
    assert [where for where, _ in problems] == ["line 2"]


def test_a_row_without_a_key_is_a_problem() -> None:
    runs, problems = table("task_id,score\n,1\nb,1\n")
    assert [run.task.key for run in runs] == ["b"]
    assert problems == [("line 2", "no `task_id` in it")]


def test_what_a_row_says_that_it_cost_is_kept_and_the_rest_is_unknown() -> None:
    runs, _ = table("task_id,passed,cost,tokens,latency_s,model\na,1,0.5,120,3.5,m\nb,1,,,,m\nc,0,-1,x,nan,m\n")
    told = [(t.cost_usd, t.n_tokens, t.duration_s, t.n_steps, t.n_calls) for t in arm_of("x", runs).trials]
    assert told == [(0.5, 120, 3.5, None, None), (None,) * 5, (None,) * 5]
    assert {run.model for run in runs} == {"m"}


def test_input_and_output_tokens_are_added() -> None:
    runs, _ = table("task_id,passed,prompt_tokens,completion_tokens\na,1,100,20\nb,1,100,\n")
    assert [trial.n_tokens for trial in arm_of("x", runs).trials] == [120, None]


def test_several_models_in_one_table_are_said() -> None:
    runs, problems = table("task_id,passed,model\na,1,m\na,0,n\n")
    assert len(runs) == 2
    ((_, why),) = problems
    assert "2 different agents or models" in why


def test_the_same_table_twice_is_the_same_runs_and_another_one_is_not() -> None:
    first, second = "task_id,passed\na,1\nb,0\n", "task_id,passed\na,1\nb,1\n"
    runs = list(chain.from_iterable(table(text)[0] for text in (first, first, second)))
    arm = arm_of("x", runs)
    assert (len(arm.trials), arm.n_repeated, arm.n_verdicts_only) == (4, 2, 4)


def test_damage_is_reported_and_the_rest_is_read() -> None:
    runs, problems = table(
        '{"task_id": "a", "passed": true}\n{"task_id": "b", "pas\n{"task_id": "c", "passed": true}\n'
    )
    assert [run.task.key for run in runs] == ["a", "c"]
    assert [where for where, _ in problems] == ["line 2"]


@pytest.mark.parametrize(
    "text",
    [
        "task_key,success\nt1,true\nt2,false\n",
        '[{"task_id": "a", "success": true}]',
        '{"a": true, "b": false}',
        '{"resolved_ids": ["a"], "unresolved_ids": ["b"]}',
    ],
    ids=["labels", "rows", "verdicts by task", "a report"],
)
def test_no_installed_format_takes_results_for_runs(text: str) -> None:
    assert detect(document(text), installed_formats().formats)[1].format == UNKNOWN


def test_any_installed_format_wins_over_a_table_of_results() -> None:
    run = json.dumps({"messages": [{"role": "user", "content": "hi"}], "task_id": "a", "success": True})
    found, _ = detect(document(run), (*installed_formats().formats, ResultTable()))
    assert found is not None
    assert found.name != RESULTS


cells: st.SearchStrategy[JsonValue] = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
names = st.sampled_from(["task_id", "id", "name", "trial", "success", "score", "cost", "tokens", "model", "x"])


@given(st.lists(st.dictionaries(names, cells, max_size=6), max_size=6))
def test_any_rows_give_runs_or_problems(rows: list[dict[str, JsonValue]]) -> None:
    some = document(as_lines(*rows))
    claim = ResultTable().detect(Sample.of(some))
    items = list(ResultTable().read(some))
    runs = [item.trace for item in items if not isinstance(item, Problem)]
    assert len({run.id for run in runs}) == len(runs)
    assert all(run.task.key and not run.steps for run in runs)
    if claim is not None and any("success" in row or "score" in row for row in rows):
        assert items
    arm_of("x", runs)


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.booleans(), min_size=2, max_size=9))
def test_an_object_of_verdicts_says_what_it_says(by_task: dict[str, bool]) -> None:
    keys = [key for key in by_task if key.strip()]
    runs, _ = read(ResultTable(), json.dumps(by_task))
    if len({key.strip() for key in keys}) == len(by_task) and not {*map(plain_name, by_task)} & {"acc", "f1", "avg"}:
        assert [run.trace.verdict for run in runs] == list(by_task.values())


@given(
    st.binary(max_size=200)
    | st.sampled_from([b'{"task_id": "a", "passed": tr', b"task_id,passed\na,1\nb", b"\x1f\x8b\x08"])
)
def test_any_bytes_give_runs_or_problems(data: bytes) -> None:
    ResultTable().detect(Sample.of(document(data)))
    for item in ResultTable().read(document(data)):
        assert not isinstance(item, Problem) or item.why


@pytest.mark.parametrize(
    "text",
    [
        "task_id,passed,Passed\na,1,0\nb,0,0\n",
        as_lines({"task_id": "a", "taskId": "b", "passed": True}, {"task_id": "c", "passed": True}),
        as_lines({"task_id": "a", "isCorrect": True, "is_correct": False}),
    ],
)
def test_columns_that_read_alike_and_differ_are_not_chosen_between(text: str) -> None:
    assert "two columns at" in refused(text)


def test_columns_that_read_alike_and_agree_are_one() -> None:
    assert verdicts(as_lines({"task_id": "a", "Passed": True, "passed": True, "Note": 1, "note": 2})) == {"a": [True]}


def test_a_trial_is_the_same_with_space_around_its_number() -> None:
    assert "same `trial`" in refused("task_id,trial,passed\na,0,1\na, 0,0\n")
