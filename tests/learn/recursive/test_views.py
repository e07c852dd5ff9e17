"""The traces as JSON for the sandbox."""

import json
from typing import cast

from pydantic import JsonValue

from seasoned.core.trace import Step, Trace
from seasoned.learn.injected import WITHHELD
from seasoned.learn.recursive.views import STEP_CHARS, STUB_CHARS, views
from tests.learn.runs import call, run, said


def steps_of(trace: Trace) -> list[dict[str, JsonValue]]:
    view = cast("dict[str, JsonValue]", views([trace])[0])
    return cast("list[dict[str, JsonValue]]", view["steps"])


def test_a_view_is_plain_json_with_the_same_keys_in_every_step() -> None:
    trace = run([call("get_order", 2, order_id="B-1"), Step(kind="error", text="boom")], passed=None)
    (view,) = views([trace])
    assert json.loads(json.dumps(view)) == view
    keys = {"i", "kind", "name", "text", "arguments", "pair", "is_error"}
    assert [set(step) for step in steps_of(trace)] == [keys] * 3
    assert steps_of(trace)[1]["arguments"] == {"order_id": "B-1"}
    assert steps_of(trace)[2]["is_error"] is True
    head = cast("dict[str, JsonValue]", view)
    assert [head[key] for key in ("verdict", "score", "feedback", "source")] == ["unknown", None, "", None]


def test_what_we_handed_the_agent_is_withheld() -> None:
    ours = Step(kind="tool_call", text="skills(SECRET SKILL)", name="skills", arguments={"q": "SECRET"}, injected=True)
    trace = run([ours, said("user", "hello there")], passed=False)
    assert steps_of(trace)[1]["text"] == WITHHELD
    assert "SECRET" not in json.dumps(views([trace]))


def test_a_long_step_is_cut_and_says_how_to_read_on() -> None:
    trace = run([said("user", "x" * (STEP_CHARS + 5))], passed=False)
    text = str(steps_of(trace)[1]["text"])
    assert text.endswith(f"x[… 5 more characters: read(trace, 1, {STEP_CHARS})]")


def test_beyond_the_episode_s_size_only_the_beginnings_of_steps_are_held() -> None:
    trace = run([said("user", "x" * 15_000) for _ in range(150)], passed=False)
    lengths = [len(str(step["text"])) for step in steps_of(trace)]
    assert lengths[1] == 15_000
    assert lengths[-1] < STUB_CHARS + 100
    assert sum(lengths) < 1_600_000


def test_lone_surrogates_in_arguments_do_not_reach_the_sandbox() -> None:
    step = Step(kind="tool_call", text="f()", name="f", arguments={"a\ud800": ["\udfff", {"b": "\ud800"}]})
    assert steps_of(run([step], passed=False))[1]["arguments"] == {"a\ufffd": ["\ufffd", {"b": "\ufffd"}]}
