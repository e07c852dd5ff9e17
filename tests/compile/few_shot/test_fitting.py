"""Which cases fit: the first first, whole or not at all, and each that is left out with its reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.compile.few_shot.fitting import fitting, n_tokens
from seasoned.compile.few_shot.showing import Form
from seasoned.compile.tokens import ESTIMATE
from tests.cases import case_of, parcels
from tests.learn.building import run, says, user

FORMS: tuple[Form, ...] = ("text", "transcript", "messages")
LONG = case_of(run(user("Tell me everything"), says("word " * 500), task="long"))


@pytest.mark.parametrize("form", FORMS)
@given(n=st.integers(0, 4), budget=st.integers(0, 800))
def test_the_budget_holds(form: Form, n: int, budget: int) -> None:
    cases = parcels(n)
    found = fitting(cases, budget, form=form)
    assert n_tokens(found.kept, form=form) <= max(budget, 0)
    assert len(found.kept) + len(found.skipped) == n
    assert list(found.kept) == [case for case in cases if case in found.kept]


def test_one_that_does_not_fit_is_skipped_with_its_reason_and_smaller_ones_still_get_in() -> None:
    first, last = parcels(2)
    found = fitting([first, LONG, last], 200)
    assert found.kept == (first, last)
    assert found.skipped[0].exemplar_id == LONG.exemplar.id
    n_first, n_both = n_tokens([first]), n_tokens([first, LONG])
    assert found.skipped[0].detail == f"it takes {n_both - n_first} tokens and {200 - n_first} were left"


def test_only_what_a_person_or_a_policy_let_in_is_shown() -> None:
    found = fitting([case_of(status="proposed")], 1_000)
    assert [(each.reason, each.detail) for each in found.skipped] == [("status", "proposed")]


def test_a_case_without_a_step_to_show_is_skipped() -> None:
    found = fitting([case_of(run(user("Hello"), task="short"))], 1_000)
    assert (found.kept, found.skipped[0].reason) == ((), "empty")


def test_the_same_case_is_shown_once() -> None:
    one, other = parcels(2)
    assert fitting([one, other, one], 1_000, ESTIMATE).kept == (one, other)
