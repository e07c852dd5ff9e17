"""Rules of review as a file: what cannot be meant is said with its place, and what is printed is read back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.core.operation import Author, Conflict, Operation, skill_id
from seasoned.core.policy import ReviewPolicy, ReviewRule
from seasoned.curate.review.policies import apply_policy, approvable, approvals_so_far, parsed_policy, printed_policy
from seasoned.errors import ConfigError
from seasoned.store.store import Store
from tests.make import LEARNER, PERSON, add, make_evidence, make_trace, verdict

FILE = """
agreement = "evidence only"

[[rules]]
name = "payments takes two"
sections = ["payments"]
approvals = 2

[[rules]]
name = "three runs are enough"
min_runs = 3
approvals = 0
"""
PAID, MANY, FEW = "When paid, check twice.", "When a parcel is late, ask.", "When early, wait."
RUNS = [make_trace(("assistant", "I refunded it."), run_key=str(n)) for n in range(3)]
QUOTES = tuple(make_evidence(run, "refunded") for run in RUNS)


def test_a_file_becomes_rules() -> None:
    policy = parsed_policy(FILE, where="rules.toml")
    assert policy.agreement == "evidence only"
    assert policy.rules == (
        ReviewRule(name="payments takes two", sections=("payments",), approvals=2),
        ReviewRule(name="three runs are enough", min_runs=3, approvals=0),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules = [\n=", "does not parse.*rules.toml.*line 2"),
        ("rules = " + "[" * 5000, "does not parse.*rules.toml.*recursion"),
        ("agrement = 'widens'", r"agrement.*no such key.*a policy has rules, agreement"),
        ("agreement = 'maybe'", "agreement.*'widens' or 'evidence only'"),
        ("[[rules]]\napprovals = 1", "rule 1, name.*must be there"),
        ("[[rules]]\nname = 'a'\n[[rules]]\nname = 'b'\naprovals = 1", r"rule 2 \('b'\), aprovals.*no such key"),
        ("[[rules]]\nname = 'a'\napprovals = 10", r"rule 1 \('a'\), approvals.*less than or equal to 9"),
        ("[[rules]]\nname = 'a'\nsections = 'x'", r"rule 1 \('a'\), sections.*must be a list"),
        ("rules = 3", "rules.*must be a list"),
        ("rules = [3]", "rule 1.*must be a table"),
        ("[[rules]]\nname = 'a'\n[[rules]]\nname = 'a'", "two rules are called 'a'"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=f"(?s){said}"):
        parsed_policy(text, where="rules.toml")


TEXT = st.text(max_size=8)


@given(
    st.lists(
        st.builds(
            ReviewRule,
            name=st.text(min_size=1, max_size=8),
            sections=st.lists(TEXT, max_size=2).map(tuple),
            tags=st.lists(TEXT, max_size=2).map(tuple),
            min_runs=st.integers(0, 9),
            min_confidence=st.floats(0, 1),
            approvals=st.integers(0, 9),
        ),
        max_size=3,
        unique_by=lambda rule: rule.name,
    ),
    st.sampled_from(["widens", "evidence only"]),
)
def test_what_is_printed_is_read_back(rules: list[ReviewRule], agreement: str) -> None:
    policy = ReviewPolicy.model_validate({"rules": tuple(rules), "agreement": agreement})
    assert parsed_policy(printed_policy(policy), where="it") == policy


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "s.db") as opened:
        added = [add(PAID, QUOTES, LEARNER, "payments"), add(MANY, QUOTES, LEARNER), add(FEW, QUOTES[:2], LEARNER)]
        policy = Operation(kind="POLICY", author=PERSON, policy=parsed_policy(FILE, where="it"))
        opened.books.append("desk", [*added, policy], scope="r")
        yield opened


def test_the_policy_approves_what_its_rules_let_it_and_nothing_else(store: Store) -> None:
    (approved,) = apply_policy(store.books, "desk")
    assert approved.text == MANY
    skill = store.books.read("desk").skills[approved.id]
    assert (skill.status, skill.status_reason) == ("approved", "the rule 'three runs are enough'")
    assert skill.decisions[-1].author == Author(kind="policy", name="three runs are enough")
    assert apply_policy(store.books, "desk") == ()


@pytest.mark.parametrize(
    "update",
    [{"taints": ("holds an address",)}, {"conflicts": (Conflict(skill_id=skill_id(FEW)),)}],
    ids=["tainted", "in conflict"],
)
def test_the_policy_never_approves_what_is_tainted_or_in_conflict(store: Store, update: dict[str, object]) -> None:
    text = "When three speak for it, look."
    store.books.append("desk", [add(text, QUOTES, LEARNER).model_copy(update=update)], scope="s")
    assert [skill.text for skill in apply_policy(store.books, "desk")] == [MANY]


def test_the_policy_leaves_alone_what_a_person_has_decided_on(store: Store) -> None:
    apply_policy(store.books, "desk")
    store.books.append("desk", [verdict("RESTORE", MANY, reason="not so fast")], scope="s")
    assert apply_policy(store.books, "desk") == ()
    assert store.books.read("desk").skills[skill_id(MANY)].status == "proposed"


def test_the_policy_leaves_alone_what_is_to_be_removed(store: Store) -> None:
    store.books.append("desk", [verdict("REMOVE", MANY, LEARNER)], scope="s")
    assert approvable(store.books.read("desk")) == ()


def test_half_an_approval_says_whose(store: Store) -> None:
    store.books.append("desk", [verdict("APPROVE", PAID)], scope="s")
    book = store.books.read("desk")
    said = approvals_so_far(book.skills[skill_id(PAID)], book.policy)
    assert said == "1 of 2 approvals (ada), by the rule 'payments takes two'"
    assert approvals_so_far(book.skills[skill_id(FEW)], book.policy) == ""
