"""Prompt files are read strictly and filled in strictly."""

import pytest

from seasoned.llm.prompt_file import load, parse

FILE = "---\nid: greet\nversion: 3\ninputs: name, place\n---\nHello {{name}} of {{place}}, {not} {{ this }}.\n"


def test_a_prompt_file_is_its_front_matter_and_a_body() -> None:
    prompt = parse(FILE)
    assert (prompt.id, prompt.version, prompt.inputs) == ("greet", 3, frozenset({"name", "place"}))
    assert prompt.render(name="Ada", place="Ulm") == "Hello Ada of Ulm, {not} {{ this }}.\n"


def test_what_is_filled_in_is_never_filled_in_again() -> None:
    assert parse(FILE).render(name="{{place}}", place="{{name}}") == "Hello {{place}} of {{name}}, {not} {{ this }}.\n"


@pytest.mark.parametrize("inputs", [{"name": "Ada"}, {"name": "Ada", "place": "Ulm", "year": "1"}])
def test_a_missing_or_unknown_input_is_an_error(inputs: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="missing inputs"):
        parse(FILE).render(**inputs)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Hello", "begins with front matter"),
        ("---\nid: a\n---\nHello", "front matter holds"),
        ("---\nid: a\nversion: 1\ninputs: name\n---\nHello", "declares \\['name'\\] and uses \\[\\]"),
        ("---\nid: a\nversion: 1\ninputs:\n---\nHello {{name}}", "declares \\[\\] and uses \\['name'\\]"),
    ],
)
def test_a_file_that_is_not_as_it_should_be_is_an_error(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse(text)


def test_the_recursive_prompt_is_packaged() -> None:
    assert load("seasoned.learn.recursive", "recursive").inputs == {"dialect", "functions", "max_turns", "output_chars"}
