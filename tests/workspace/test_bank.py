"""Good runs, kept and shown."""

import asyncio

import pytest

from seasoned.errors import OperationError, UsageError
from seasoned.learn.exemplars.policy import BankPolicy
from seasoned.llm.testing import TestModel
from seasoned.workspace.book import Book
from tests.workspace.building import OneFinding, conversation

TASKS = ("Where is my parcel with the red bicycle?", "Please refund the blue helmet.")
NEXT = "Please refund the green helmet."


@pytest.fixture
def worked(book: Book) -> Book:
    """A book whose agent solved two tasks and failed at one."""
    for task in TASKS:
        book.run(task).finish(conversation(task, f"I looked it up: {task}"), score=1.0)
    book.run("Sing.").finish(conversation("Sing.", "No."), score=0.0)
    return book


def test_successes_are_kept_judged_and_found(worked: Book) -> None:
    filled = worked.exemplars.fill()
    assert filled.n_kept == 2
    assert worked.exemplars.fill().n_kept == 0
    first, second = worked.exemplars.list("proposed")
    assert worked.exemplars.find(NEXT) == ()
    worked.exemplars.approve(first, second.id, reason="short and right")
    parcel, helmet = TASKS
    (case, *_) = worked.exemplars.find(NEXT)
    assert case.exemplar.problem == helmet
    assert helmet not in [each.exemplar.problem for each in worked.exemplars.find(helmet)], "never the task itself"
    worked.exemplars.retire(case.exemplar, reason="too old")
    assert helmet not in [each.exemplar.problem for each in worked.exemplars.find(NEXT)]
    assert worked.exemplars.restore(case.exemplar).status == "approved"
    assert [each.problem for each in worked.exemplars.list("approved")] == [parcel, helmet]


def test_what_is_found_is_shown_to_the_next_run_and_is_known_to_whoever_learns(worked: Book) -> None:
    worked.exemplars.fill(BankPolicy(is_reviewed=False))
    cases = worked.exemplars.find(NEXT)
    run = worked.run(NEXT, base="You are the desk agent.", examples=cases)
    assert "I looked it up: Please refund the blue helmet." in run.prompt
    run.finish([{"role": "system", "content": run.prompt}, *conversation(NEXT)], score=0.0)
    learner = OneFinding()
    worked.learn(learner=learner, model=TestModel([]))
    assert any(cases[0].exemplar.id in text for text in learner.handed_out)
    worked.promote("production", run.compiled, unproven="first version")
    with pytest.raises(UsageError, match="is compiled already"):
        worked.run(NEXT, label="production", examples=cases)


def test_a_running_loop_awaits(worked: Book) -> None:
    worked.exemplars.fill(BankPolicy(is_reviewed=False))

    async def notebook() -> int:
        with pytest.raises(UsageError, match=r"await book\.exemplars\.afind"):
            worked.exemplars.find(NEXT)
        return len(await worked.exemplars.afind(NEXT))

    assert asyncio.run(notebook()) >= 1


def test_verdicts_are_about_something_and_follow_the_rules(worked: Book) -> None:
    worked.exemplars.fill()
    with pytest.raises(UsageError, match="no exemplar was named"):
        worked.exemplars.approve()
    with pytest.raises(UsageError, match="no single exemplar 'exemplar-0"):
        worked.exemplars.reject("exemplar-00000", reason="none")
    (first, _) = worked.exemplars.list()
    with pytest.raises(OperationError):
        worked.exemplars.restore(first)
    worked.exemplars.reject(first, reason="wrong")
    assert worked.exemplars.list("rejected")[0].note == "wrong"
