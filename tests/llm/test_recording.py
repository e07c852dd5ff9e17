"""Recording a model, and answering from the recording."""

import asyncio
import gzip
import json
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.errors import ProviderError, ReplayMiss
from seasoned.llm.model import Message, Model, OutputShape, Reply, Request, ToolRequest, ToolSpec
from seasoned.llm.recording import Recorder, ReplayModel, read_recording
from seasoned.llm.testing import TestModel


def says(*contents: str, **settings: float | tuple[ToolSpec, ...]) -> Request:
    roles = ("user", "assistant")
    messages = tuple(Message(role=roles[n % 2], content=content) for n, content in enumerate(contents))
    return Request.model_validate({"messages": messages, **settings})


def ask(model: Model, *requests: Request) -> list[Reply]:
    return [asyncio.run(model.complete(request)) for request in requests]


def recording_of(*requests: Request) -> bytes:
    header = {"recording": 1, "model": "test:m", "made_by": "a test", "at": "2026-01-02T03:04:05Z"}
    lines: list[object] = [header]
    lines += [{"request": request.model_dump(mode="json"), "reply": {"content": "ok"}} for request in requests]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def miss(asked: Request, *recorded: Request) -> str:
    with pytest.raises(ReplayMiss) as caught:
        ask(ReplayModel(recording_of(*recorded)), asked)
    return caught.value.why or ""


# --- round trip


@pytest.mark.parametrize("name", ["r.jsonl", "deep/r.jsonl.gz"])
def test_what_was_recorded_is_replayed(tmp_path: Path, name: str):
    reply = Reply(content="é\u2028\n", tool_requests=(ToolRequest(call_id="c", name="f", arguments="{"),), cost_usd=0.5)
    path = tmp_path / name
    recorder = Recorder(TestModel([reply], model_id="test:m"), path, made_by="a test")
    assert recorder.model_id == "test:m"
    ask(recorder, says("hi"))

    model = ReplayModel(path)
    assert ask(model, says("hi")) == [reply]
    assert (model.model_id, model.header.model) == (f"replay:{path}", "test:m")
    assert model.description.startswith("replies of test:m, recorded on 20")
    assert model.description.endswith("by a test")


def test_a_gz_name_is_written_as_gzip_and_read_by_content(tmp_path: Path):
    path = tmp_path / "r.jsonl.gz"
    ask(Recorder(TestModel(["one", "two"]), path), says("a"), says("b"))
    assert len(gzip.decompress(path.read_bytes()).splitlines()) == 3
    assert ask(ReplayModel(path.rename(tmp_path / "other.name")), says("b"))[0].content == "two"


def test_bytes_and_package_resources_can_be_replayed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    package = tmp_path / "package_with_a_recording"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "r.jsonl").write_bytes(recording_of(says("hi")))
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    resource = files("package_with_a_recording") / "r.jsonl"
    assert ask(ReplayModel(resource, name="demo"), says("hi"))[0].content == "ok"
    assert ReplayModel(resource, name="demo").model_id == "replay:demo"
    assert ask(ReplayModel(recording_of(says("hi"))), says("hi"))[0].content == "ok"


def test_equal_requests_replay_in_recorded_order_and_the_last_reply_sticks(tmp_path: Path):
    path = tmp_path / "r.jsonl"
    ask(Recorder(TestModel(["one", "two"]), path), says("hi"), says("hi"))
    replies = ask(ReplayModel(path), *[says("hi")] * 4)
    assert [reply.content for reply in replies] == ["one", "two", "two", "two"]


def test_a_recording_is_continued_by_the_same_model(tmp_path: Path):
    path = tmp_path / "r.jsonl"
    for content in ("one", "two"):
        ask(Recorder(TestModel([content]), path), says(content))
    assert [reply.content for reply in ask(ReplayModel(path), says("one"), says("two"))] == ["one", "two"]
    with pytest.raises(ProviderError, match="one of test:scripted, not of test:other"):
        Recorder(TestModel([], model_id="test:other"), path)


def test_failed_calls_are_not_recorded(tmp_path: Path):
    path = tmp_path / "r.jsonl"
    recorder = Recorder(TestModel([ProviderError("down")]), path)
    with pytest.raises(ProviderError, match="down"):
        ask(recorder, says("hi"))
    assert read_recording(path).exchanges == ()


@given(st.lists(st.text(max_size=20), min_size=1, max_size=4), st.none() | st.floats(0, 2))
def test_any_request_is_found_again(contents: list[str], temperature: float | None):
    request = Request(
        messages=tuple(Message(role="user", content=content) for content in contents), temperature=temperature
    )
    assert ask(ReplayModel(recording_of(request)), request)[0].content == "ok"


# --- what is wrong with a recording


HEADER = recording_of().decode()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the recording is empty"),
        ("\n \n", "the recording is empty"),
        ("not json\n", r"first line is not the header of a recording \(r:1\)"),
        ('{"request": {}}\n', r"first line is not the header of a recording \(r:1\)"),
        (HEADER.replace('"recording": 1', '"recording": 2'), "has version 2, and this program reads version 1"),
        (HEADER + "\n{}\n", r"a line of the recording is not an exchange \(r:3\): request: Field required"),
        (HEADER + '{"request": {"messages": [], "top_k": 3}, "reply": {}}\n', r"\(r:2\): request.top_k"),
        (HEADER + '{"request": {"mess', r"\(r:2\): Invalid JSON"),
    ],
)
def test_a_malformed_recording_names_the_line(text: str, message: str):
    with pytest.raises(ProviderError, match=message):
        ReplayModel(text.encode(), name="r")


def test_a_damaged_gzip_file_is_named():
    whole = gzip.compress(recording_of(says("hi")))
    for damaged in (whole[:-9], whole[:20] + b"\xff\xff" + whole[22:]):
        with pytest.raises(ProviderError, match=r"the recording is damaged \(r\): gzip"):
            ReplayModel(damaged, name="r")


def test_a_recording_that_cannot_be_written_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(ProviderError, match=r"could not write the recording .*r\.jsonl"):
        Recorder(TestModel([]), tmp_path / "file" / "r.jsonl")


# --- what a miss says


def test_a_miss_shows_where_the_nearest_request_parts_from_this_one():
    why = miss(
        says("same", "ticket 15, please"), says("other"), says("same", "ticket 14, please"), says("same", "nothing")
    )
    assert why == (
        "message 1 (assistant) differs from the nearest recorded request at character 8: "
        "recorded '4, please', here '5, please'"
    )


def test_a_miss_sees_a_text_that_ends_early():
    assert "at character 5: recorded ' more', here its end" in miss(says("short"), says("short more"))


def test_a_miss_sees_a_different_number_of_messages():
    assert "has 1 messages, this one 3; the first 1 are equal" in miss(says("a", "b", "c"), says("a"))


def test_a_miss_sees_different_settings_and_tools():
    tools = (ToolSpec(name="search"),)
    why = miss(says("a", temperature=0.5, tools=tools), says("a", temperature=0.0))
    assert "all 1 messages are equal" in why
    assert "temperature is 0.0 in the recording and 0.5 here" in why
    assert "recorded: none; here: search" in why


def test_a_miss_sees_a_different_output():
    def shaped(name: str, **schema: str) -> Request:
        return says("a").model_copy(update={"output": OutputShape(name=name, json_schema=dict(schema))})

    assert "the output differs (recorded: none; here: claim)" in miss(shaped("claim"), says("a"))
    assert "the output differs (recorded: claim; here: none)" in miss(says("a"), shaped("claim"))
    why = miss(shaped("claim", type="object"), shaped("claim", type="array"))
    assert why == "all 1 messages are equal, but the JSON schema of the output claim differs"


def test_a_miss_sees_a_different_role():
    other = Request(messages=(Message(role="system", content="a"),))
    assert "message 0 has the role system in the nearest recorded request and user here" in miss(says("a"), other)


def test_a_miss_sees_different_tool_requests_behind_equal_text():
    def calling(arguments: str) -> Request:
        asked = ToolRequest(call_id="c", name="f", arguments=arguments)
        return Request(messages=(Message(role="assistant", content="x", tool_requests=(asked,)),))

    assert "message 0 (assistant) differs" in miss(calling("1"), calling("2"))


def test_a_miss_in_an_empty_recording_says_so():
    assert miss(says("a")) == "it holds no exchange at all"
