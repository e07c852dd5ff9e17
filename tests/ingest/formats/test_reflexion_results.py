"""Reflexion's result files: who is solved so far, and which reflections there are, without what was done."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from seasoned.core.outcome import Outcome
from seasoned.ingest.detect import detect
from seasoned.ingest.formats.reflexion_results import ReflexionResults
from seasoned.ingest.registry import installed_formats
from tests.ingest.documents import document, read


def entry(name: str, *memory: str, solved: bool, **more: JsonValue) -> dict[str, JsonValue]:
    return {"name": name, "memory": list(memory), "is_success": solved, **more}


def shown(*memory: str, solved: bool) -> list[tuple[str, str, bool]]:
    (parsed,), problems = read(ReflexionResults(), json.dumps([entry("env_0", *memory, solved=solved)]))
    assert problems == []
    return [(step.kind, step.text, step.injected) for step in parsed.trace.steps]


def test_an_entry_is_a_run_of_the_task_with_its_name() -> None:
    (parsed,), _ = read(ReflexionResults(), json.dumps([entry("env_7", solved=True)]))
    assert (parsed.trace.task.key, parsed.trace.task.text, parsed.trace.agent) == ("env_7", "", "reflexion")
    assert parsed.trace.outcome == Outcome(score=1.0, success=True, source="verifier", name="is_success")
    assert parsed.trace.steps == ()


def test_what_was_written_after_a_failed_trial_is_what_the_agent_said_last() -> None:
    assert shown("Look in the fridge.", "Open it first.", solved=False) == [
        ("system", "Look in the fridge.", True),
        ("assistant", "Open it first.", False),
    ]


def test_an_environment_that_was_solved_was_told_its_reflections_before() -> None:
    assert shown("Look in the fridge.", solved=True) == [("system", "Look in the fridge.", True)]


def test_the_last_three_reflections_were_told() -> None:
    assert [text for _, text, _ in shown("a", "b", "c", "d", "e", solved=False)] == ["b", "c", "d", "e"]
    assert [text for _, text, _ in shown("a", "b", "c", "d", solved=True)] == ["b", "c", "d"]


def test_trials_that_look_alike_in_two_files_are_two_runs_and_a_copy_is_none() -> None:
    first = json.dumps([entry("env_0", solved=True), entry("env_1", solved=False)])
    second = json.dumps([entry("env_0", solved=True), entry("env_1", solved=True)])
    ids = [[parsed.trace.id for parsed in read(ReflexionResults(), text)[0]] for text in (first, second, first)]
    assert ids[0] == ids[2]
    assert len({*ids[0], *ids[1]}) == 4
    packed = [parsed.trace.id for parsed in read(ReflexionResults(), gzip.compress(first.encode()))[0]]
    assert packed == ids[0]


def test_two_entries_of_one_name_in_a_file_are_two_runs() -> None:
    runs, _ = read(ReflexionResults(), json.dumps([entry("env_0", solved=True), entry("env_0", solved=True)]))
    assert len({parsed.trace.id for parsed in runs}) == 2


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ({"name": "env_1", "memory": []}, "no `is_success` in it"),
        ({"memory": []}, "no `is_success` and no `name` in it"),
        ("text", "no `is_success` and no `memory` and no `name` in it"),
        (entry("env_1", solved=True) | {"is_success": 1}, "its `is_success` is neither true nor false"),
        (entry("env_1", solved=True) | {"memory": "text"}, "its `memory` is no list of texts"),
        (entry("env_1", solved=True) | {"memory": [1]}, "its `memory` is no list of texts"),
        (entry("env_1", solved=True) | {"name": 1}, "its `name` is no text"),
        (entry(" ", solved=True), "its `name` is no text"),
        (entry("env_1", solved=False, skip=True), "the environment was skipped, so nobody tried it; it was left out"),
    ],
)
def test_a_broken_entry_is_a_problem_and_the_others_are_read(broken: JsonValue, why: str) -> None:
    runs, problems = read(ReflexionResults(), json.dumps([broken, entry("env_2", solved=False, skip=False)]))
    assert [parsed.trace.source.where for parsed in runs] == ["item 2"]
    assert [(problem.where, problem.why) for problem in problems] == [("item 1", why)]


def test_a_file_that_ends_early_keeps_what_came_before() -> None:
    whole = json.dumps([entry(f"env_{n}", "Try again.", solved=False) for n in range(5)])
    runs, problems = read(ReflexionResults(), whole[:-30])
    assert len(runs) == 4
    assert len(problems) == 1


@pytest.mark.parametrize(
    "other",
    [
        '[{"name": "env_0", "is_success": true}]',
        '[{"name": "env_0", "memory": "16 GB", "is_success": true}]',
        '[{"name": "env_0", "memory": [], "is_success": "true"}]',
    ],
)
def test_what_lacks_a_key_or_has_another_type_is_of_no_known_format(other: str) -> None:
    assert detect(document(other), installed_formats().formats)[0] is None


@given(
    st.lists(
        st.builds(entry, st.text(max_size=4), st.text(max_size=4), st.text(max_size=4), solved=st.booleans()),
        max_size=6,
    )
)
def test_each_entry_gives_one_run_or_one_problem(entries: list[dict[str, JsonValue]]) -> None:
    runs, problems = read(ReflexionResults(), json.dumps(entries))
    assert len(runs) + len(problems) == len(entries)
    assert len({parsed.trace.id for parsed in runs}) == len(runs)


def test_it_is_told_by_its_content_in_a_file_of_any_name(tmp_path: Path) -> None:
    (tmp_path / "x").write_text(json.dumps([entry("env_0", solved=True)]))
    found, claim = detect(document((tmp_path / "x").read_bytes()), installed_formats().formats)
    assert found is not None
    assert (found.name, claim.confidence) == ("reflexion_results", 0.95)
