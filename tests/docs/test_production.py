"""The page on production: its commands parse, and its agent gets the prompt of the label."""

import re
import shlex
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from seasoned.agents.pulled import AssignedPrompt
from seasoned.cli.main import app
from seasoned.pipeline.promoting import Unproven, promote
from tests.api.served import served
from tests.prompts import RULES, compiled

PAGE = (Path(__file__).parents[2] / "docs" / "production.md").read_text(encoding="utf-8")
COMMANDS = [
    line.partition("#")[0].strip()
    for text in re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    for line in text.splitlines()
]


def test_the_agent_gets_the_prompt_of_the_label_and_says_what_its_run_was_handed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, of_run = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert len(code.splitlines()) <= 10
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    provider, spans = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    monkeypatch.setattr("opentelemetry.trace.get_tracer", provider.get_tracer)
    with served(tmp_path, token="open-sesame") as server:
        prompt = compiled(server.store, RULES[0])
        promote(server.store, "default", "production", prompt, by="ada", reason=Unproven("first version"))
        monkeypatch.setenv("SEASONED_URL", server.url)
        monkeypatch.setenv("SEASONED_TOKEN", "open-sesame")
        names: dict[str, object] = {}
        exec(compile(code, "production.md", "exec"), names)
        assert names["messages"] == [
            {"role": "system", "content": prompt.text},
            {"role": "user", "content": "Where is my order?"},
        ]
        assert capsys.readouterr().out == f"{prompt.id} 2 fresh\n"
        exec(compile(of_run, "production.md", "exec"), names)
    (span,) = spans.get_finished_spans()
    run = names["run"]
    assert isinstance(run, AssignedPrompt)
    assert {**(span.attributes or {})} == run.attributes
    assert span.context is not None
    assert run.run_key == f"{span.context.trace_id:032x}"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_parses(command: str) -> None:
    words = [word for word in shlex.split(command) if not word.startswith("SEASONED_TOKEN=")]
    assert words[0] == "seasoned"
    _, bound, _ = app.parse_args(words[1:], exit_on_error=False, print_error=False)
    assert bound is not None


def test_the_page_has_commands_to_check() -> None:
    assert len(COMMANDS) >= 10
