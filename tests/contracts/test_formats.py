"""The contract of `Format`: every installed format passes, built-in or not."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from seasoned.core.ids import sha256_hex
from seasoned.ingest.detect import detect
from seasoned.ingest.files.document import Document
from seasoned.ingest.format import Detection, Format, Parsed, Sample
from seasoned.ingest.record import Problem
from seasoned.ingest.registry import installed_formats
from tests.ingest.documents import document
from tests.ingest.formats.examples import EXAMPLES

FORMATS = installed_formats().formats
WORDS = st.sampled_from(
    ["messages", "role", "user", "assistant", "tool", "content", "tool_calls", "function", "name", "arguments", "traj",
     "reward", "task_id", "info", "request", "response", "choices", "message", "type", "image_url", "usage", "text",
     "contents", "parts", "functionCall", "functionResponse", "candidates", "method", "generateContent", "events",
     "author", "invocation_id", "interactions", "body", "output", "toolUse", "toolResult", "stream"]
)  # fmt: skip
json_values: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=3), inner, max_size=5),
    max_leaves=20,
)
REACT_LINES = """Question: a
3 Claim: b
Thought 1: c
Action 1: Search[d]
Action 2:
Observation 1: Answer is CORRECT
Correct answer: e
BEGIN TRIAL 2
------------- BEGIN HALTED AGENTS ------
{'reward': 9e999}
{'a':
Reflections:
- f
Here are some examples:
(END OF EXAMPLES)

g"""
react_lines = st.lists(st.sampled_from(REACT_LINES.split("\n")), max_size=25)


@pytest.fixture(params=FORMATS, ids=lambda chosen: chosen.name)
def chosen(request: pytest.FixtureRequest) -> Format:
    return request.param


def test_the_built_in_formats_are_installed() -> None:
    assert {chosen.name for chosen in FORMATS} >= EXAMPLES.keys()


def check(chosen: Format, data: bytes | str) -> None:
    """What holds for any bytes whatever."""
    some = document(data)
    claim = chosen.detect(Sample.of(some))
    assert claim is None or (isinstance(claim, Detection) and claim.format == chosen.name and claim.reason)
    for item in chosen.read(some):
        if isinstance(item, Problem):
            assert item.where
            assert item.why
            continue
        trace = item.trace
        assert trace.source.format == chosen.name
        assert trace.source.path == some.path
        assert trace.source.where
        assert trace.task.key
        assert trace.steps or trace.verdict is not None  # a published result may be all that is left of a run
        assert all(sha256_hex(data) == digest for digest, data in item.blobs.items())
        for index, step in enumerate(trace.steps):
            assert step.pair is None or trace.steps[step.pair].pair == index
            assert step.blob is None or step.blob in item.blobs
        trace.model_dump_json()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(value=json_values, lines=st.lists(json_values, max_size=3))
def test_any_json_gives_runs_or_problems(chosen: Format, value: JsonValue, lines: list[JsonValue]) -> None:
    check(chosen, json.dumps(value))
    check(chosen, "\n".join(json.dumps(line) for line in lines))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=react_lines)
def test_any_transcript_gives_runs_or_problems(chosen: Format, lines: list[str]) -> None:
    check(chosen, "\n".join(lines))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300))
def test_any_bytes_give_runs_or_problems(chosen: Format, data: bytes) -> None:
    check(chosen, data)


@pytest.mark.parametrize("name", EXAMPLES)
def test_its_own_example_is_detected_and_read(name: str) -> None:
    some = document(EXAMPLES[name])
    found, claim = detect(some, FORMATS)
    assert found is not None
    assert (found.name, claim.format) == (name, name)
    assert [type(item) for item in found.read(some)] == [Parsed]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_same_bytes_give_the_same_ids_under_any_path(name: str, tmp_path: Path) -> None:
    (chosen,) = (chosen for chosen in FORMATS if chosen.name == name)
    path = tmp_path / "elsewhere"
    path.write_text(EXAMPLES[name])
    elsewhere = Document(str(path), lambda: path.open("rb"))
    ids = [[item.trace.id for item in chosen.read(some) if isinstance(item, Parsed)] for some in (
        document(EXAMPLES[name]), document(EXAMPLES[name]), elsewhere)]  # fmt: skip
    assert ids[0] == ids[1] == ids[2] != []
