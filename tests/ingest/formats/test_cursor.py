"""Cursor's transcripts: messages and calls without results."""

from pathlib import Path

from pydantic import JsonValue

from seasoned.ingest.formats.cursor import Cursor
from tests.ingest.documents import as_lines, read
from tests.ingest.formats.sessions import CURSOR


def test_a_transcript_is_a_run() -> None:
    (parsed,), problems = read(Cursor(), as_lines(*CURSOR))
    assert problems == []
    assert [(step.kind, step.text) for step in parsed.trace.steps] == [
        ("user", "Look around."),
        ("assistant", "I read."),
        ("tool_call", 'read_file({"path": "a.py"})'),
        ("error", "aborted"),
    ]
    assert (parsed.trace.agent, parsed.trace.outcome) == ("cursor", None)


def test_parts_of_unknown_kinds_and_calls_of_the_user_are_left_out_and_counted() -> None:
    parts: list[JsonValue] = [
        {"type": "text", "text": "Hi."},
        {"type": "future"},
        {"type": "tool_use", "name": "rm", "input": {}},
    ]
    (parsed,), problems = read(Cursor(), as_lines({"role": "user", "message": {"content": parts}}))
    assert [step.text for step in parsed.trace.steps] == ["Hi."]
    assert [problem.why for problem in problems] == ["2 parts of an unknown kind were left out"]


def test_lines_that_are_no_messages_are_reported() -> None:
    runs, problems = read(Cursor(), as_lines({"role": "sideways", "message": {"content": []}}, [1], *CURSOR))
    assert len(runs) == 1
    assert [problem.where for problem in problems] == ["line 1", "line 2"]


def test_the_shared_transcripts_lose_and_double_nothing(shared_traces: Path) -> None:
    (parsed,), problems = read(Cursor(), (shared_traces / "conf_cursor/tool-calls.jsonl").read_bytes())
    assert problems == []
    assert [(step.kind, step.name) for step in parsed.trace.steps] == [
        ("user", None),
        ("tool_call", "read_file"),
        ("tool_call", "list_files"),
        ("assistant", None),
    ]
    (parsed,), problems = read(Cursor(), (shared_traces / "conf_cursor/cleanup.jsonl").read_bytes())
    assert [problem.where for problem in problems] == ["line 1", "line 2", "line 3", "line 4", "line 5"]
    assert [step.kind for step in parsed.trace.steps] == ["user", "image", "tool_call", "assistant", "error"]


def test_characters_that_cannot_be_stored_are_replaced_where_nobody_asks_anything() -> None:
    line = b'{"role": "assistant", "message": {"content": [{"type": "text", "text": "\\ud800 done"}]}}\n'
    (parsed,), _ = read(Cursor(), line)
    assert [step.text for step in parsed.trace.steps] == ["\ufffd done"]
