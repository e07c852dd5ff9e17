"""Formats come from entry points; a broken plugin is reported and the rest work."""

from importlib.metadata import EntryPoint

import pytest

from seasoned.ingest.registry import GROUP, installed_formats, load_formats

CHAT = "seasoned.ingest.formats.openai_chat:OpenAIChat"


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, GROUP)


def test_the_built_in_formats_load_once() -> None:
    assert {found.name for found in installed_formats().formats} >= {"openai_chat", "react_text", "tau_bench"}
    assert installed_formats() is installed_formats()
    assert installed_formats().broken == ()


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("no_such_module:X", "could not be read (ModuleNotFoundError)"),
        ("seasoned.ingest.record:Missing", "could not be read (AttributeError)"),
        ("seasoned.ingest.record:Problem", "could not be read (ValidationError)"),
        ("builtins:dict", "it is no format: see seasoned.ingest.format.Format"),
    ],
)
def test_a_broken_plugin_is_reported_and_not_fatal(value: str, why: str, caplog: pytest.LogCaptureFixture) -> None:
    formats, broken = load_formats([point("bad", value), point("chat", CHAT)])
    assert [found.name for found in formats] == ["openai_chat"]
    assert [(problem.where, problem.why) for problem in broken] == [(f"format plugin bad ({value})", why)]
    assert "was left out" in caplog.text


def test_a_name_is_given_once() -> None:
    formats, broken = load_formats([point("b", CHAT), point("a", CHAT)])
    assert len(formats) == 1
    assert broken[0].where.startswith("format plugin b")
    assert broken[0].why == "the name openai_chat is taken"
