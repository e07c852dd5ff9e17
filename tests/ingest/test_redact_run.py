"""Every text of a run is redacted, its reference too, and the id is that of what is kept."""

import json

from seasoned.ingest.formats.openai_chat import OpenAIChat
from seasoned.ingest.redact_run import redact_run
from tests.ingest.documents import SALT, read

KEY = "ghp" + "_" + "abcDEF0123456789" * 3


def test_no_text_keeps_a_secret() -> None:
    call = {"id": "1", "function": {"name": "login", "arguments": json.dumps({"token": KEY, "n": 1})}}
    run = {
        "messages": [
            {"role": "user", "name": KEY, "content": f"use {KEY}"},
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "1", "content": f"Error: {KEY} expired"},
        ],
        "reward": 0,
        "feedback": f"{KEY} was shown",
        "task_id": KEY,
        "reference": {"token": KEY},
    }
    (parsed,), _ = read(OpenAIChat(), json.dumps(run))
    clean, counts = redact_run(parsed, SALT)
    assert KEY in parsed.trace.model_dump_json()
    assert KEY not in clean.trace.model_dump_json()
    assert KEY not in str(clean.reference)
    assert counts == {"github_token": 5}
    assert clean.trace.id != parsed.trace.id
    assert clean.trace.id == redact_run(parsed, SALT)[0].trace.id
    arguments = clean.trace.steps[1].arguments
    assert arguments is not None
    assert arguments["n"] == 1
    assert [step.pair for step in clean.trace.steps] == [None, 2, 1]
    assert redact_run(clean, SALT) == (clean, {})


def test_a_run_without_secrets_stays_the_same_object() -> None:
    (parsed,), _ = read(OpenAIChat(), '{"messages": [{"role": "user", "content": "hello"}]}')
    assert redact_run(parsed, SALT)[0].trace is parsed.trace


def test_a_secret_in_the_tasks_text_alone_is_found() -> None:
    halves = ("-----BEGIN PRIVATE KEY-----", "MIIEpAIBAAKCAQEA" * 4)
    image = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    content = [{"type": "text", "text": halves[0]}, image, {"type": "text", "text": halves[1]}]
    (parsed,), _ = read(OpenAIChat(), json.dumps({"messages": [{"role": "user", "content": content}]}))
    assert halves[1] in parsed.trace.task.text
    assert halves[1] not in redact_run(parsed, SALT)[0].trace.task.text
