"""Canonical texts, the error rule, and what a step keeps out of itself."""

import base64

import pytest
from pydantic import JsonValue

from seasoned.compile.renderings import RENDERINGS, Rendering
from seasoned.core.ids import sha256_hex
from seasoned.core.prompt import HEADING
from seasoned.ingest.attachments import Attachment, attachment, from_url, without_inline
from seasoned.ingest.steps import StepList, looks_failed


def test_a_call_reads_name_and_arguments_as_given() -> None:
    steps = StepList()
    steps.call("search", '{"q":  "x"}', call_id="1")
    steps.call("search", {"q": "é"})
    steps.call("search", "not json")
    steps.call("search", None)
    done = steps.done()
    assert [step.text for step in done] == ['search({"q":  "x"})', 'search({"q": "é"})', "search(not json)", "search()"]
    assert [step.arguments for step in done] == [{"q": "x"}, {"q": "é"}, None, None]
    assert [step.call_id for step in done] == ["1", None, None, None]


@pytest.mark.parametrize("arguments", ['{"a": NaN}', '{"a": 1e999}', "[1]", '{"a": ' + "[" * 200 + "]" * 200 + "}"])
def test_arguments_that_no_store_could_hold_stay_text(arguments: str) -> None:
    steps = StepList()
    steps.call("f", arguments)
    (step,) = steps.done()
    assert step.arguments is None
    assert step.text == f"f({arguments})"


def test_a_result_takes_its_name_from_the_call_it_answers() -> None:
    steps = StepList()
    steps.call("search", "{}", call_id="1")
    steps.result("nothing", call_id="1")
    call, result = steps.done()
    assert (call.pair, result.pair, result.name) == (1, 0, "search")


@pytest.mark.parametrize("base", ["You are an agent.\n\n", ""])
@pytest.mark.parametrize("rendering", RENDERINGS.values(), ids=list(RENDERINGS))
def test_our_own_compiled_prompt_is_injected(base: str, rendering: Rendering) -> None:
    compiled = f"{rendering.opening}{rendering.section('general')[0]}{rendering.item('Ask first.')}\n"
    steps = StepList()
    steps.add("system", base + compiled)
    steps.add("user", (base + compiled).replace("\n", "\r\n"))
    steps.add("assistant", base + compiled)
    steps.add("user", f"What do {HEADING} mean?")
    steps.add("system", f"{HEADING}\n\nSpeaking, reading.")
    assert [step.injected for step in steps.done()] == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("text", "failed"),
    [
        ("Error: payment amount does not add up", True),
        ("  error executing tool", True),
        ("ValueError: bad", True),
        ("Traceback (most recent call last):\n", True),
        ("Exception in thread", True),
        ("Invalid action: Finish[x]", True),
        ('{"error": "no such order"}', True),
        ('{"error": null, "rows": []}', False),
        ('{"error": ""}', False),
        ('{"rows": [], "error": "later keys do not count"}', False),
        ("Errors are listed below", False),
        ("Could not find [x]. Similar: []", False),
        ("", False),
    ],
)
def test_the_error_rule(text: str, failed: bool) -> None:
    assert looks_failed(text) is failed


def test_the_logs_own_flag_beats_the_text() -> None:
    steps = StepList()
    steps.result("Error: as the user asked to see it", failed=False)
    steps.result("all good", failed=True)
    assert [step.is_error for step in steps.done()] == [False, True]


def test_unstorable_characters_are_replaced() -> None:
    steps = StepList()
    steps.add("user", "a\0b\ud800")
    steps.call("f\0", '{"a": "\0"}')
    assert [step.text for step in steps.done()] == ["a\ufffdb\ufffd", 'f\ufffd({"a": "\ufffd"})']


def test_long_base64_becomes_a_blob_wherever_it_stands() -> None:
    data = bytes(range(256)) * 4
    url = "data:image/png;base64," + base64.b64encode(data).decode()
    steps = StepList()
    steps.add("user", f"see ![]({url}) please")
    steps.call("show", f'{{"image": "{url}"}}')
    user, call = steps.done()
    assert user.text == "see ![]([image image/png 1024 bytes]) please"
    assert call.arguments == {"image": "[image image/png 1024 bytes]"}
    assert steps.blobs == {sha256_hex(data): data}


def test_an_image_step_points_to_its_blob() -> None:
    steps = StepList()
    steps.attach(attachment("image", "image/png", "AAAA"))
    (step,) = steps.done()
    assert (step.kind, step.text, step.blob) == ("image", "[image image/png 3 bytes]", sha256_hex(b"\0\0\0"))


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://example.org/a.png", "[image https://example.org/a.png]"),
        ("data:image/png;base64,!!", "[image image/png, not readable as base64]"),
        ("data:image/jpeg;base64,_-8", "[image image/jpeg 2 bytes]"),
        ("data:text/plain,hello", "[image data:text/plain,hello]"),
    ],
)
def test_what_stands_for_an_address(url: str, text: str) -> None:
    assert from_url("image", url).text == text


def test_short_base64_stays_in_the_text() -> None:
    kept: list[Attachment] = []
    text = "data:image/png;base64,AAAA"
    assert without_inline(text, kept.append) == text
    assert not kept


def test_arguments_hold_nothing_that_no_database_stores() -> None:
    steps = StepList()
    steps.call("f", '{"x": ["a\\ud800", {"\\u0000": 1}], "y": "é"}')
    steps.call("f", {"x": "\ud800"})
    done = steps.done()
    assert [step.arguments for step in done] == [{"x": ["a\ufffd", {"\ufffd": 1}], "y": "é"}, {"x": "\ufffd"}]
    assert all(step.model_dump_json() for step in done)


GEMINIS: JsonValue = [{"functionDeclarations": [{"name": "f"}, {"name": "g"}]}, {"googleSearch": {}}]
BEDROCKS: JsonValue = [{"toolSpec": {"name": "f"}}, {"systemTool": {"name": "g"}}, {"cachePoint": {"type": "default"}}]


@pytest.mark.parametrize(("tools", "names"), [(GEMINIS, ("f", "g", "googleSearch")), (BEDROCKS, ("f", "g"))])
def test_tools_that_a_provider_has_built_in_are_offered_too(tools: JsonValue, names: tuple[str, ...]) -> None:
    steps = StepList()
    steps.offer(tools)
    assert steps.tools == names


def test_arguments_hold_nothing_that_cannot_be_stored() -> None:
    steps = StepList()
    steps.call("say", '{"a\\u0000": ["\\ud800"]}')
    assert steps.done()[0].arguments == {"a\ufffd": ["\ufffd"]}
