"""What differs between two skillbooks, as a reader sees it."""

from hypothesis import given
from hypothesis import strategies as st

from seasoned.core.bookdiff import diff_books, rendered, word_diff
from seasoned.core.operation import Conflict, Operation, skill_id
from seasoned.core.policy import ReviewPolicy, ReviewRule
from seasoned.core.scope import Scope
from seasoned.core.skillbook import Skillbook, fold
from tests.core.test_skillbook import events
from tests.make import LEARNER, PERSON, add, make_evidence, make_trace, verdict

LATE, EARLY = "When late, refuse.", "When early, accept."
TRACE = make_trace(("assistant", "one two"))
ONE, TWO = make_evidence(TRACE, "one"), make_evidence(TRACE, "two")


def book(*operations: Operation) -> Skillbook:
    return fold("desk", events(*operations))


def test_equal_books_differ_in_nothing() -> None:
    diff = diff_books(book(add(LATE)), book(add(LATE)))
    assert (diff.is_empty, diff.summary, rendered(diff)) == (True, "no difference", "")


def test_a_skill_that_came_and_one_that_went_are_shown_with_what_they_hold() -> None:
    diff = diff_books(book(add(LATE, (ONE,), LEARNER)), book(add(EARLY)))
    assert diff.summary == "1 came, 1 went"
    assert rendered(diff) == (
        "--- desk@1\n"
        "+++ desk@1\n"
        f"came {skill_id(EARLY)}\n"
        "  text:\n"
        "    + When early, accept.\n"
        "  + reason: why\n"
        "  + section: general\n"
        "  + status: proposed\n"
        f"went {skill_id(LATE)}\n"
        "  text:\n"
        "    - When late, refuse.\n"
        "  - reason: why\n"
        "  - section: general\n"
        "  - status: proposed\n"
        f"  - evidence: {TRACE.id} step 0: one\n"
    )


def test_a_changed_skill_shows_words_standing_scope_evidence_and_conflicts() -> None:
    edit = Operation(
        kind="EDIT",
        skill_id=skill_id(LATE),
        text="When too late, refuse.",
        author=PERSON,
        section="returns",
        evidence=(TWO,),
        conflicts=(Conflict(skill_id="skill-x"),),
        scope=Scope(agent="desk", tags=("eu",)),
    )
    rules = Operation(kind="POLICY", author=PERSON, policy=ReviewPolicy(rules=(ReviewRule(name="two", approvals=2),)))
    first = add(LATE, (ONE,), LEARNER)
    diff = diff_books(book(first), book(first, edit, verdict("REJECT", LATE, reason="no"), rules))
    assert diff.summary == "1 changed, other rules of review"
    assert rendered(diff).splitlines()[2:] == [
        f"changed {skill_id(LATE)}",
        "  text: When{+ too+} late, refuse.",
        "  section: general -> returns",
        "  status: proposed -> rejected",
        "  + scope: agent desk; tags eu",
        "  + conflicts: contradicts skill-x",
        "  + because: no",
        f"  + evidence: {TRACE.id} step 0: two",
        "changed the rules of review",
        '    + two: {"approvals":2}',
    ]


def test_a_text_of_several_lines_is_compared_by_line() -> None:
    edit = Operation(kind="EDIT", skill_id=skill_id(LATE), text="When late:\n- refuse\n-- kindly", author=PERSON)
    back = edit.model_copy(update={"text": "When late:\n- refuse\n-- firmly"})
    diff = diff_books(book(add(LATE), edit), book(add(LATE), edit, back))
    assert rendered(diff).splitlines()[3:] == [
        "  text:",
        "      When late:",
        "      - refuse",
        "    - -- kindly",
        "    + -- firmly",
    ]


@given(st.text(), st.text())
def test_a_word_diff_holds_both_texts(before: str, after: str) -> None:
    marks = ("[-", "-]", "{+", "+}")
    if any(mark[0] in before + after or mark[1] in before + after for mark in marks):
        return
    shown = word_diff(before, after)
    parts = shown.replace("[-", "\0<").replace("-]", "\0").replace("{+", "\0>").replace("+}", "\0").split("\0")
    if "\0" not in before + after and "<" not in before + after and ">" not in before + after:
        assert "".join(p.removeprefix("<") for p in parts if not p.startswith(">")) == before
        assert "".join(p.removeprefix(">") for p in parts if not p.startswith("<")) == after


@given(st.text(min_size=1))
def test_a_hostile_wording_begins_no_line_of_its_own(text: str) -> None:
    edit = Operation(kind="EDIT", skill_id=skill_id(LATE), text=text, author=PERSON)
    lines = rendered(diff_books(book(add(LATE)), book(add(LATE), edit))).split("\n")
    assert all(line.startswith(("---", "+++", "changed skill-", "  ")) for line in lines[:-1])
