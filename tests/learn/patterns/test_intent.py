"""Names of tools and words of users, read for what they intend."""

import pytest

from seasoned.learn.patterns.intent import assents, changes_state, ends_run, is_handoff, name_words


def test_the_words_of_a_name() -> None:
    assert name_words("updateOrder_v2") == ("update", "order", "v", "2")
    assert name_words("HTTPGet-page") == ("http", "get", "page")


@pytest.mark.parametrize(
    "name", ["book_reservation", "updateOrder", "issue_refund", "pms_cancel_booking", "update_list"]
)
def test_these_change_something(name: str) -> None:
    assert changes_state(name)


@pytest.mark.parametrize(
    "name",
    ["get_refund_status", "list_issues", "book_search", "order_lookup", "think", "weather", "", "escalate_order"],
)
def test_these_do_not(name: str) -> None:
    assert not changes_state(name)


@pytest.mark.parametrize(
    "name", ["transfer_to_human_agents", "escalate", "hand_off", "handoff_to_billing", "contact_support"]
)
def test_these_hand_over(name: str) -> None:
    assert is_handoff(name)
    assert ends_run(name)


@pytest.mark.parametrize("name", ["transfer_money", "transfer_to_savings_account", "get_agent", "request_refund"])
def test_these_keep_the_conversation(name: str) -> None:
    assert not is_handoff(name)


@pytest.mark.parametrize(
    "message",
    [
        "Yes",
        "OK, thanks",
        "That\u2019s correct.",
        "Everything looks good to me",
        "please go ahead and book it",
        "I'll go with the first one",
        "No problem, go ahead",
        "Oui, merci",
    ],
)
def test_these_agree(message: str) -> None:
    assert assents(message)


@pytest.mark.parametrize(
    "message", ["No", "no, don't do it", "Could you add a bag?", "I do not want to proceed", "What does it cost?", ""]
)
def test_these_do_not_agree(message: str) -> None:
    assert not assents(message)
