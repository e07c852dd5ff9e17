"""What words alone can tell of two wordings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.curate.clusters import NEAR, NEAR_BOTH
from seasoned.curate.wording import (
    but_for_polarity,
    clash,
    is_opposed,
    is_other_case,
    is_same_rule,
    likeness,
    lost,
    plain,
)
from tests.curate.pairs import FAR, JOINED_BY_MODEL, JOINED_BY_WORDS, KEPT_APART, OPPOSED


@pytest.mark.parametrize(("one", "other"), JOINED_BY_WORDS)
def test_plain_paraphrases_are_one_rule_without_a_model(one: str, other: str) -> None:
    assert is_same_rule(one, other)
    assert is_same_rule(other, one)
    assert not clash(one, other)


@pytest.mark.parametrize(("one", "other"), [*KEPT_APART, *JOINED_BY_MODEL, *FAR])
def test_nothing_else_is(one: str, other: str) -> None:
    assert not is_same_rule(one, other)
    assert not is_same_rule(other, one)
    assert plain(one) != plain(other)


@pytest.mark.parametrize(("one", "other"), KEPT_APART[:5])
def test_negations_numbers_and_tools_hold_two_rules_apart_whoever_says_otherwise(one: str, other: str) -> None:
    assert clash(one, other)


@pytest.mark.parametrize(("one", "other"), OPPOSED)
def test_plain_opposites_are_seen(one: str, other: str) -> None:
    assert "it reads the same but for" in is_opposed(one, other)


@pytest.mark.parametrize(("one", "other"), [*JOINED_BY_WORDS, *JOINED_BY_MODEL, *FAR, *KEPT_APART[4:]])
def test_what_only_differs_is_no_opposite(one: str, other: str) -> None:
    assert not is_opposed(one, other)


@pytest.mark.parametrize(("one", "other"), JOINED_BY_MODEL)
def test_a_free_paraphrase_is_near_enough_to_be_asked_about(one: str, other: str) -> None:
    assert likeness(one, other) >= NEAR_BOTH
    assert not clash(one, other)


@pytest.mark.parametrize(("one", "other"), FAR)
def test_another_matter_is_not(one: str, other: str) -> None:
    assert likeness(one, other) < NEAR_BOTH < NEAR


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Refund the order.", "refund   THE order"),
        ("Refund the orders of the customer.", "Refund an order for customers."),
        ("Don't refund.", "Do not refund."),
        ("Call get_order(order_id).", "call get_order (order_id)"),
    ],
)
def test_form_is_no_difference(one: str, other: str) -> None:
    assert plain(one) == plain(other)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("After 30 days call refuse_return.", "When late, call refuse_return.", "it drops 30"),
        ("After 30 days call refuse_return.", "After 30 days refuse.", "it drops refuse_return"),
        ("When the flag is GIFT, refund.", "When it is flagged, refund.", "it drops gift"),
        ("When the flag is GIFT, refund.", "When the flag says gift, refund.", ""),
        ("Never refund late orders.", "Refund orders.", "it drops a negation"),
        ("After thirty days refuse.", "Refuse after 30 days, and say why.", ""),
    ],
)
def test_what_a_new_wording_leaves_out_is_named(old: str, new: str, why: str) -> None:
    assert lost(old, new) == why


def test_rules_for_different_values_are_about_different_cases() -> None:
    assert is_other_case("When the flag is GIFT, refund.", "When the flag is LOST, refund.")
    assert not is_other_case("When the flag is GIFT, refund.", "When it is flagged, refund.")


@given(st.text(max_size=80))
def test_any_text_is_one_rule_with_itself_and_near_itself(text: str) -> None:
    assert is_same_rule(text, text)
    assert not is_opposed(text, text)
    assert not clash(text, text)
    assert not lost(text, text)
    assert likeness(text, text) in (0.0, 1.0)


@given(st.text(alphabet="aA1 ,.n'ot<", max_size=40), st.text(alphabet="aA1 ,.n'ot<", max_size=40))
def test_the_order_of_two_wordings_makes_no_difference(one: str, other: str) -> None:
    assert is_same_rule(one, other) == is_same_rule(other, one)
    assert bool(clash(one, other)) == bool(clash(other, one))
    assert likeness(one, other) == likeness(other, one)


def test_wordings_that_call_the_same_tools_may_differ_in_other_names() -> None:
    one = "When the flag is INCOMPLETE, call escalate with the order_id and team workshop."
    other = "When the order's flag is INCOMPLETE, call escalate with team workshop, not issue_refund or send_parcel."
    assert clash(one, other) == ""
    moved = other.replace("call escalate", "call issue_refund")
    assert clash(one, moved) == "they differ in calls: escalate and issue_refund"
    assert clash("Read order_id, then refund_order.", "Read order_id, then cancel_order.").startswith("they differ in")


def test_wordings_that_differ_in_polarity_alone_are_found_without_comparing_them() -> None:
    one, other = "When it is over, approve the refund.", "When it is over, do not approve the refund."
    assert but_for_polarity(one) == but_for_polarity(other) == but_for_polarity(one.replace("approve", "refuse"))
    assert but_for_polarity("Wait 3 days.") != but_for_polarity("Wait 5 days.")
