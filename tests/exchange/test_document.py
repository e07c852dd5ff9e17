"""The JSON document: a book comes back as it was, and whatever is wrong in a file is named with its place."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from seasoned.core.operation import Event, skill_id
from seasoned.core.skillbook import fold
from seasoned.errors import SkillbookError
from seasoned.exchange.document import MAX_DEPTH, document_of, dumped, parsed, schema
from tests.exchange.books import BROKEN, EARLY, LATE, PROPOSAL, log, logs, merge, text_of
from tests.make import add, verdict

Change = Callable[[dict[str, Any]], object]
WHOLE = (PROPOSAL, add(EARLY), add(BROKEN), verdict("APPROVE", LATE), merge(BROKEN, EARLY))


def changed(change: Change, *, with_history: bool = True) -> str:
    value = json.loads(text_of(*WHOLE, with_history=with_history))
    change(value)
    return json.dumps(value)


@given(logs())
def test_any_book_comes_back_as_it_was(events: tuple[Event, ...]) -> None:
    book = fold("desk", events)
    document = parsed(dumped(document_of(book, events)), "book.json")
    assert document.events == events
    assert document.skills == tuple(book.skills.values())
    assert fold(document.name, events) == book


@given(logs())
def test_a_book_without_its_history_keeps_its_skills(events: tuple[Event, ...]) -> None:
    book = fold("desk", events)
    document = parsed(dumped(document_of(book, None)), "book.json")
    assert (document.skills, document.policy) == (tuple(book.skills.values()), book.policy)
    assert document.events is None


def test_the_schema_in_the_documentation_is_the_one_of_the_code() -> None:
    kept = Path(__file__).parents[2] / "docs" / "skillbook.schema.json"
    assert json.loads(kept.read_text(encoding="utf-8")) == schema()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "not JSON"),
        ("{'format': 1}", "line 1, column 2"),
        ('{"format": "seasoned.skillbook/1", "revision": NaN}', "NaN is no number of JSON"),
        ('{"format": "seasoned.skillbook/1", "revision": -Infinity}', "-Infinity is no number"),
        ('{"format": 1, "format": 2}', "the key 'format' stands twice"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * (MAX_DEPTH + 1) + "1" + "}" * (MAX_DEPTH + 1), "nested too deeply"),
        ('{"a": ' + "1" * 5000 + "}", "not JSON"),
        ("[]", "no skillbook document"),
        ('{"format": "other/1"}', r"\$\.format.*and is 'other/1'"),
        ('{"format": "seasoned.skillbook/2"}', "of version 2.*upgrade seasoned"),
        ('{"format": "seasoned.skillbook/one"}', "no skillbook document"),
    ],
)
def test_a_file_that_is_no_document_is_refused(text: str, what: str) -> None:
    with pytest.raises(SkillbookError, match=what):
        parsed(text, "book.json")


def _set(path: str, value: object) -> Change:
    def change(document: dict[str, Any]) -> None:
        at: Any = document
        *way, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
        for part in way:
            at = at[part]
        at[last] = value

    return change


def _twin(document: dict[str, Any]) -> None:
    document["skills"].append(document["skills"][0])


def _gap(document: dict[str, Any]) -> None:
    del document["events"][1]


def _again(document: dict[str, Any]) -> None:
    document["events"].insert(1, document["events"][0])


def _fewer(document: dict[str, Any]) -> None:
    del document["skills"][2:]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (_set("events.0.operation.kind", "EXPLODE"), r"\$\.events\[0\]\.operation\.kind.*Input should be 'ADD'"),
        (_set("skills.0.colour", "red"), r"\$\.skills\[0\]\.colour.*knows no such field"),
        (_set("skills.0.confidence", "high"), r"\$\.skills\[0\]\.confidence"),
        (_set("skills.0.confidence", 5), r"\$\.skills\[0\]\.confidence.*less than or equal to 1"),
        (_set("skills.0.confidence", 1e999), "Infinity is no number"),
        (_set("skills.0.text", "\ud800"), "not as the format says"),
        (_set("skills.0.text", " "), "a skill has no text"),
        (_set("skills.0.id", "skill-\u202e"), "no skill's id"),
        (_set("skills.0.text", "x" * 20_001), "20,001 characters; the limit is 20,000"),
        (_set("events.0.operation.text", "x" * 20_001), r"events\[0\]\.operation\.text.*limit is 20,000"),
        (_set("skills.0.reason", "x" * 20_001), "the skill's reason is too long"),
        (_set("skills.0.section", "x" * 201), "the skill's section is too long"),
        (_set("skills.0.text", "Other."), "the last wording is not the skill's text"),
        (_set("skills.0.given", [7]), "a place of evidence is named that is not there"),
        (_set("skills.0.evidence.0.end", 1), r"\$\.skills\[0\]\.evidence\[0\].*does not fit a quote"),
        (_set("skills.1.merged_into", "skill-gone"), "went into one that is not there"),
        (_set("skills.1.status", "approved"), "a merged skill, and no other, says what it went into"),
        (_set("events.0.at", "2026-01-01T12:00:00"), r"a time has no zone.*\$\.events\[0\]\.at"),
        (_set("events.1.operation.skill_id", "../x"), r"\$\.events\[1\]\.operation\.skill_id"),
        (_set("events.3.operation.kind", "RETIRE"), r"\$\.events\[3\].*cannot RETIRE"),
        (_set("skills.0.confidence", 0.5), r"\$\.skills\[0\]\.confidence.*the events make another one"),
        (_set("policy", {"agreement": "evidence only"}), r"\$\.policy.*the events end with another policy"),
        (_set("revision", 9), r"\$\.revision.*there are 5 events"),
        (_twin, r"two skills have one id.*\$\.skills\[3\]\.id.*\$\.skills\[0\] has"),
        (_gap, r"revision 3 does not follow.*\$\.events\[1\]\.revision"),
        (_again, r"revision 1 is there twice.*\$\.events\[1\]\.revision"),
    ],
)
def test_what_is_wrong_in_a_document_is_named_with_its_place(change: Change, what: str) -> None:
    with pytest.raises(SkillbookError, match=what):
        parsed(changed(change), "book.json")


def test_a_number_beyond_all_bounds_is_refused() -> None:
    text = changed(_set("skills.0.confidence", 0.25)).replace("0.25", "1e999")
    with pytest.raises(SkillbookError, match=r"\$\.skills\[0\]\.confidence"):
        parsed(text, "book.json")


def test_a_skill_that_the_events_make_and_the_document_lacks_is_missed() -> None:
    lone = json.loads(text_of(PROPOSAL, add(EARLY), add(BROKEN)))
    _fewer(lone)
    with pytest.raises(SkillbookError, match="there are 2, and the events make 3"):
        parsed(json.dumps(lone), "book.json")


def test_skills_that_went_into_each_other_in_a_circle_are_refused() -> None:
    def circle(document: dict[str, Any]) -> None:
        into = document["skills"][2]
        into["status"], into["merged_into"] = "merged", skill_id(EARLY)

    with pytest.raises(SkillbookError, match="in a circle"):
        parsed(changed(circle, with_history=False), "book.json")


def test_text_that_turns_direction_or_looks_like_a_template_is_kept_as_text() -> None:
    hostile = "When \u202easked, {{ 7*7 }} <script>alert(1)</script> \x1b[31m"
    document = parsed(text_of(add(hostile)), "book.json")
    assert document.skills[0].text == hostile


def test_a_long_log_is_searched_for_its_first_mistake() -> None:
    events = log(PROPOSAL, *(verdict("AGREE", LATE) for _ in range(50)), verdict("RETIRE", LATE), add(EARLY))
    good = document_of(fold("desk", events[:51]), events[:51])
    bad = good.model_copy(update={"events": events, "revision": len(events)})
    with pytest.raises(SkillbookError, match=r"\$\.events\[51\]"):
        parsed(dumped(bad), "book.json")
