"""Signs of trouble in a run, and what tells whether two runs failed in the same way."""

from seasoned.core.trace import Trace
from seasoned.learn.patterns.signs import Sign, signatures, signs
from tests.learn.building import calls, fails, returns, run, says, user


def ways(trace: Trace) -> list[str]:
    return [way.text for way in sorted(signatures(trace, signs(trace)))]


def failing(message: str) -> Trace:
    return run(user("Pay it"), calls("pay", sum=3), fails(message), says("Done."))


def test_a_sign_says_where_it_shows_and_whether_it_is_a_reason_to_read() -> None:
    trace = run(user("Pay"), calls("pay", sum=3), fails("Error"), calls("transfer_to_human_agents"), returns("ok"))
    assert signs(trace) == (Sign("tool error then no recovery", 2, True), Sign("handoff", 3, False))


def test_errors_that_differ_in_numbers_ids_and_names_are_the_same() -> None:
    one = failing("Error: order 'B-17' costs 20, not 30\nat line 5")
    other = failing('Error: order "C-9" costs 1200, not 3\nat line 7')
    assert ways(one) == ways(other)
    assert ways(one)[0] == "pay returned: Error: order '…' costs #, not #"


def test_the_text_of_an_error_comes_before_its_tool_and_the_tool_before_a_detector() -> None:
    assert ways(failing("Error: no")) == [
        "pay returned: Error: no",
        "pay returned an error",
        "tool error then no recovery",
    ]


def test_a_signature_is_short_and_on_one_line() -> None:
    assert all(len(way) < 200 and "\n" not in way for way in ways(failing("\n\n" + "x" * 9_000 + "\nmore")))


def test_a_run_without_trouble_failed_in_no_known_way() -> None:
    assert ways(run(user("Hello"), calls("transfer_to_human_agents"), returns("ok"), says("Bye."))) == []
