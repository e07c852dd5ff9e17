"""The logs that the paper's authors published, replayed: ReAct on HotpotQA, and code with reflections.

What was counted by hand, in the files and without this code, is marked so.
"""

import json
from pathlib import Path

import pytest
from pydantic import JsonValue, TypeAdapter

from seasoned.core.parsed import Parsed
from seasoned.core.trace import Trace
from seasoned.ingest.importing import read_paths
from seasoned.learn.injected import HandedOut
from seasoned.learn.reflexion.attempts import Attempt, attempt_text, attempts_by_task, repeated_action
from seasoned.learn.reflexion.config import ReflexionConfig
from seasoned.learn.reflexion.reflecting import Failure, request_of
from seasoned.learn.reflexion.repeats import said_before
from seasoned.pipeline.reflexion.curve import Paired, Spent, pass_curve, retry_bounds

BASE = "react_text/hotpotqa_runs__root__ReAct__base__100_questions_5_trials.txt"
CODE = (
    "reflexion_code_jsonl/programming_runs__root__reflexion_leetcode_python3_gpt4__"
    "leetcode-hard-py-40-uncontaminated._reflexion_5_gpt-4_pass_at_k_1_py.jsonl"
)
Logged = dict[str, JsonValue]


def read(shared_traces: Path, name: str) -> list[Trace]:
    path = shared_traces / name
    if not path.is_file():
        pytest.skip(f"the published log is not at {path}")
    return [item.trace for item in read_paths([path], b"0" * 32) if isinstance(item, Parsed)]


@pytest.fixture(scope="module")
def base(shared_traces: Path) -> dict[str, tuple[Attempt, ...]]:
    """ReAct that is simply tried again, by question."""
    return attempts_by_task(read(shared_traces, BASE))


@pytest.fixture(scope="module")
def reflections(shared_traces: Path) -> dict[str, list[str]]:
    """Of each programming task, what the authors' model reflected, in order."""
    path = shared_traces / CODE
    if not path.is_file():
        pytest.skip(f"the published log is not at {path}")
    records = [TypeAdapter(Logged).validate_json(line) for line in path.read_text().splitlines() if line.strip()]
    texts = TypeAdapter(list[str])
    return {str(record["task_id"]): texts.validate_python(record["reflections"]) for record in records}


def test_every_question_has_five_trials_in_order(base: dict[str, tuple[Attempt, ...]]) -> None:
    # By hand: `BEGIN TRIAL 1` to `5`, of 100 questions.
    assert len(base) == 100
    assert {tuple(each.trial for each in attempts) for attempts in base.values()} == {(1, 2, 3, 4, 5)}


def test_the_same_34_questions_pass_in_every_trial(base: dict[str, tuple[Attempt, ...]]) -> None:
    # By hand: the five lines `Trial summary: Correct: 34`.
    passed = [sum(attempts[n].trace.verdict is True for attempts in base.values()) for n in range(5)]
    assert passed == [34, 34, 34, 34, 34]


def test_plain_retries_of_an_agent_that_is_the_same_every_time_gain_nothing(
    base: dict[str, tuple[Attempt, ...]],
) -> None:
    """Why a gain over retries at temperature 0 proves nothing about retries that sample."""
    trials = [
        tuple(Spent(amount=1, is_success=each.trace.verdict is True) for each in attempts) for attempts in base.values()
    ]
    curve = pass_curve([Paired(reflexion=each[:1], retry=each) for each in trials], 1)
    retried = pass_curve([Paired(reflexion=each, retry=each) for each in trials], 5)
    assert curve[0].reflexion.value == pytest.approx(0.34)
    assert [point.retry.value for point in retried if point.retry] == pytest.approx([0.34] * 5)
    assert [point.difference for point in retried if point.difference and point.difference.value] == []
    # By hand: 1 - 0.66⁵ = 0.875, if all questions were equally hard and trials independent.
    low, high = retry_bounds([each[0].is_success for each in trials], 5)
    assert (low, high) == (pytest.approx(0.34), pytest.approx(0.875, abs=0.001))


def test_five_questions_of_each_trial_repeat_an_action(base: dict[str, tuple[Attempt, ...]]) -> None:
    # Counted in the file with awk: lines `Action n: X` with the same X as the one before, within a question.
    found = [sum(bool(repeated_action(attempts[n].trace.steps)) for attempts in base.values()) for n in range(5)]
    assert found == [5, 5, 5, 5, 5]


def test_the_longest_attempt_is_cut_where_its_observations_are_largest(
    base: dict[str, tuple[Attempt, ...]],
) -> None:
    every = [each.trace for attempts in base.values() for each in attempts]
    (longest,) = [trace for trace in every if trace.source.where == "line 2166"]
    lines = [json.loads(line) for line in attempt_text(longest, HandedOut(), 1_600).splitlines()]
    # By hand: 1,600 tokens are 6,400 characters, 13 steps take 60 each beside their texts, which leaves 5,620. What is
    # no observation has 68 + 114 + 31 + 140 + 52 + 84 + 16 + 89 + 16 = 610, which leaves 5,010. Of the observations
    # with 3,682, 300, 3,441 and 19 characters the small ones stay; the large ones get (5,010 - 319) // 2 = 2,345 each.
    returned = [len(line["text"]) for line in lines[1:-1] if line["kind"] == "tool_result"]
    assert returned == [2_345, 300, 2_345, 19]
    assert lines[-1]["status"] == "failed"


def test_of_four_reflections_the_last_three_are_in_force(
    reflections: dict[str, list[str]], base: dict[str, tuple[Attempt, ...]]
) -> None:
    texts = reflections["put-marbles-in-bags"]
    assert len(texts) == 4  # by hand
    failure = Failure(trace=next(iter(base.values()))[0].trace, earlier=tuple(texts))
    question = request_of(failure, ReflexionConfig()).messages[1].content
    assert [text in question for text in texts] == [False, True, True, True]


BY_HAND = {
    "find-the-string-with-lcp": {3, 4},
    "handling-sum-queries-after-update": {2, 4},
    "minimum-number-of-visited-cells-in-a-grid": {3, 4},
    "rearranging-fruits": {3, 4},
    "count-increasing-quadruplets": {3, 4},
}
"""Of five tasks with four reflections each: which of them a person finds to say what an earlier one said."""


def test_repeats_are_found_by_half_with_one_that_is_none(reflections: dict[str, list[str]]) -> None:
    """How good the detector is where a model diagnoses in ever other words: careful rather than complete."""
    found = {name: repeats(reflections[name]) for name in BY_HAND}
    right = sum(len(found[name] & BY_HAND[name]) for name in BY_HAND)
    wrong = sum(len(found[name] - BY_HAND[name]) for name in BY_HAND)
    assert (right, wrong, sum(map(len, BY_HAND.values()))) == (5, 1, 10)
    # The one that is none says the opposite in the same words: `exclusive` for `inclusive`.
    assert found["handling-sum-queries-after-update"] - BY_HAND["handling-sum-queries-after-update"] == {3}


def repeats(texts: list[str]) -> set[int]:
    """Numbers, from 1, of the reflections that the detector finds to be repeats."""
    return {place + 1 for place, text in enumerate(texts) if said_before(text, texts[:place]) is not None}
