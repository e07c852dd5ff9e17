"""Kayba's documents and the paper's text: ids and counts are kept in the reason, their evidence is none here."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from seasoned.errors import SkillbookError
from seasoned.exchange.ace import is_kayba, kayba, lines

OLD: JsonValue = {
    "skills": {
        "refunds-00001": {
            "id": "refunds-00001",
            "section": "refund_policy",
            "content": "When late, refuse.",
            "justification": "Two runs failed.",
            "evidence": "run 7 refunded late",
            "status": "active",
            "helpful": 3,
            "harmful": 0,
            "sources": [{"trace_uid": "a:1"}],
        },
        "refunds-00002": {"section": "refund_policy", "content": "Gone.", "status": "invalid"},
    },
    "sections": {"refund_policy": ["refunds-00001", "refunds-00002"]},
    "next_id": 2,
}
NEW: JsonValue = {
    "schema_version": "2",
    "skills": {
        "context-00001": {
            "id": "context-00001",
            "section": "context",
            "keywords": ["refund", "late"],
            "issue": "Late refunds were granted.",
            "insight": "When late, refuse.",
            "occurrences": [{"trace_uid": "a:1"}, {"trace_uid": "a:2"}],
            "active": True,
            "used_count": 9,
            "helpful_count": 4,
            "harmful_count": 1,
        },
        "harness-00002": {"section": "harness", "issue": "The tool times out.", "insight": None, "active": True},
        "context-00003": {"section": "context", "issue": "Old.", "insight": "Old.", "active": False},
        "context-00004": {"section": "context"},
    },
    "sections": {"context": [], "harness": []},
    "next_id": 4,
}
TEXT = """\
## STRATEGIES & INSIGHTS
[str-00001] helpful=3 harmful=0 :: When late, refuse.
- [str-00002] helpful=0 harmful=2 :: Be kind.

## OTHERS
a stray line
[oth-00003] helpful=0 harmful=0 ::
"""


def test_the_older_schema() -> None:
    contents = kayba(OLD, "skillbook.json")
    (skill,) = contents.skills
    assert (skill.text, skill.section, skill.source_id) == ("When late, refuse.", "refund policy", "refunds-00001")
    assert (skill.helpful, skill.harmful, skill.evidence, skill.status) == (3, 0, (), "proposed")
    assert skill.reason == (
        "Two runs failed.\nEvidence there: run 7 refunded late\nSources named there: 1\n"
        "From Kayba: refunds-00001, helpful 3, harmful 0 there."
    )
    assert [each.why for each in contents.left_out] == ["it was deleted there"]


def test_the_second_schema() -> None:
    contents = kayba(NEW, "skillbook.json")
    told, lone = contents.skills
    assert (told.text, told.section, told.helpful, told.harmful) == ("When late, refuse.", "context", 4, 1)
    assert "The issue there: Late refunds were granted.\nKeywords there: refund, late\n" in told.reason
    assert (lone.text, lone.helpful, lone.reason) == ("The tool times out.", None, "From Kayba: harness-00002.")
    assert [each.why for each in contents.left_out] == ["it was deleted there", "it has no text"]


def test_the_first_releases_kept_them_under_another_name() -> None:
    document: JsonValue = {"bullets": {"a-1": {"section": "", "content": "Be kind.", "helpful": 1}}, "next_id": 1}
    assert is_kayba(document)
    (skill,) = kayba(document, "book.json").skills
    assert (skill.text, skill.section, skill.source_id) == ("Be kind.", "general", "a-1")


def test_the_text_of_the_paper() -> None:
    contents = lines(TEXT, "book.txt")
    assert [(s.text, s.section, s.helpful, s.harmful, s.where) for s in contents.skills] == [
        ("When late, refuse.", "strategies & insights", 3, 0, "book.txt, line 2"),
        ("Be kind.", "strategies & insights", 0, 2, "book.txt, line 3"),
    ]
    assert [(each.where, each.why) for each in contents.left_out] == [
        ("book.txt, line 6", "it is neither a skill nor a heading"),
        ("book.txt, line 7", "it has no text"),
    ]


def test_other_documents_are_none_of_theirs() -> None:
    assert not is_kayba({"skills": []})
    assert not is_kayba({"skills": {}})
    assert not is_kayba([])
    with pytest.raises(SkillbookError, match="no object `skills`"):
        kayba({"skills": []}, "book.json")


def test_a_schema_of_the_future_is_refused() -> None:
    with pytest.raises(SkillbookError, match="the schema '3' of Kayba is not known"):
        kayba({"schema_version": "3", "skills": {}}, "book.json")


def test_a_skill_over_the_limit_is_refused_with_its_place() -> None:
    with pytest.raises(SkillbookError, match=r"\$\.skills\.a.*limit is 20,000"):
        kayba({"skills": {"a": {"content": "x" * 20_001}}, "next_id": 1}, "book.json")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "section", "content", "insight", "active", "keywords", "helpful"]), inner
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=4), JSON, max_size=4))
def test_whatever_stands_in_their_fields_is_read_or_left_out(entries: dict[str, JsonValue]) -> None:
    contents = kayba({"skills": entries, "next_id": 0}, "book.json")
    assert len(contents.skills) + len(contents.left_out) == len(entries)


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert lines(text, "book.txt").format == "ace"
