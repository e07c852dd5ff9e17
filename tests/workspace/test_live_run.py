"""A run of an agent: what it is handed, and what is kept of it."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from pydantic import BaseModel, JsonValue

from seasoned.core.canary import is_canary_run
from seasoned.core.prompt import Exposure
from seasoned.core.trace import Task
from seasoned.errors import UsageError
from seasoned.llm.testing import TestModel
from seasoned.pipeline.canary import begin
from seasoned.workspace.book import Book
from seasoned.workspace.live_run import LiveRun
from seasoned.workspace.workspace import Workspace
from tests.make import make_trace
from tests.workspace.building import SKILL, OneFinding, conversation

TASK = "Please refund B-17."


@pytest.fixture
def taught(book: Book) -> Book:
    """A book with an approved skill and one that waits."""
    book.approve(book.add(SKILL))
    book.add("When it rains, close the door.")
    return book


def test_the_prompt_holds_the_approved_skills_and_the_trace_says_so(workspace: Workspace, taught: Book) -> None:
    with taught.run(TASK, base="You are the desk agent.", agent="desk") as run:
        assert run.prompt.startswith("You are the desk agent.")
        assert SKILL in run.prompt
        assert "When it rains" not in run.prompt
        assert run.task == TASK
        system = {"role": "system", "content": run.prompt}
        recorded = run.finish([system, *conversation()], score=0.25, feedback="wrong order")
    trace = workspace.traces.get(recorded.trace_id)
    (exposure,) = trace.exposures
    assert (exposure.skill_id, exposure.included, exposure.probability) == (taught.skills("approved")[0].id, True, 1.0)
    assert exposure.revision == run.compiled.revision
    assert [step.injected for step in trace.steps] == [True, False, False]
    assert trace.outcome is not None
    assert (trace.outcome.score, trace.verdict, trace.outcome.feedback) == (0.25, False, "wrong order")
    assert (trace.task.text, trace.agent, trace.source.run_key) == (TASK, "desk", run.id)
    assert workspace.traces.get(run.id) == trace


def test_what_was_handed_out_is_known_to_whoever_learns_next(taught: Book) -> None:
    with taught.run(TASK, base="You are the desk agent.") as run:
        run.finish(conversation(), success=False)
    learner = OneFinding()
    taught.learn(learner=learner, model=TestModel([]))
    assert run.compiled.skills_text in learner.handed_out


def test_equal_runs_stay_apart(workspace: Workspace, book: Book) -> None:
    ids = {book.run(TASK).finish(conversation(), success=True).trace_id for _ in range(2)}
    assert len(ids) == 2
    assert len({workspace.traces.get(i).task.key for i in ids}) == 1


def test_a_task_may_say_which_runs_are_tries_at_the_same_one(workspace: Workspace, book: Book) -> None:
    recorded = book.run(Task(key="ticket 7", text=TASK)).finish(conversation())
    trace = workspace.traces.get(recorded.trace_id)
    assert (trace.task.key, trace.outcome) == ("ticket 7", None)


def test_secrets_are_replaced(workspace: Workspace, book: Book) -> None:
    secret = "sk-" + "a1B2" * 12
    recorded = book.run(TASK).finish(conversation(said=f"the key is {secret}"))
    assert all(secret not in step.text for step in workspace.traces.get(recorded.trace_id).steps)


class Block(BaseModel):
    type: str = "text"
    text: str


class ClientMessage(BaseModel):
    role: str
    content: list[Block]
    refusal: str | None = None


@dataclass
class PlainMessage:
    role: str
    content: str


def test_messages_may_be_the_objects_of_a_client(workspace: Workspace, book: Book) -> None:
    messages = [PlainMessage("user", TASK), ClientMessage(role="assistant", content=[Block(text="Done.")])]
    trace = workspace.traces.get(book.run(TASK).finish(messages).trace_id)
    assert [(step.kind, step.text) for step in trace.steps] == [("user", TASK), ("assistant", "Done.")]


def test_tool_calls_of_both_apis_are_calls(workspace: Workspace, book: Book) -> None:
    openai: list[dict[str, JsonValue]] = [
        {"role": "user", "content": TASK},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "1", "type": "function", "function": {"name": "look", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "1", "content": "B-17"},
    ]
    anthropic: list[dict[str, JsonValue]] = [
        {"role": "user", "content": TASK},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "look", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": "B-17"}]},
    ]
    for messages in (openai, anthropic):
        trace = workspace.traces.get(book.run(TASK).finish(messages).trace_id)
        assert [(step.kind, step.name) for step in trace.steps[1:]] == [("tool_call", "look"), ("tool_result", "look")]


def test_a_trace_is_kept_as_it_is_with_what_was_handed_out(workspace: Workspace, taught: Book) -> None:
    made = make_trace(("user", TASK), ("assistant", "Done."))
    run = taught.run(TASK)
    trace = workspace.traces.get(run.finish(made, success=True).trace_id)
    assert (trace.steps, trace.task, trace.verdict) == (made.steps, made.task, True)
    assert (trace.source.run_key, len(trace.exposures)) == (run.id, 1)
    judged = make_trace(("user", TASK), score=0.0, run_key="its own")
    kept = workspace.traces.get(taught.run(TASK).finish(judged).trace_id)
    assert (kept.verdict, kept.source.run_key, kept.id) == (False, "its own", judged.id)


def test_a_trace_of_the_agents_making_claims_no_skills_that_the_run_was_not_handed(
    workspace: Workspace, book: Book
) -> None:
    claimed = Exposure(skill_id="skill-x", revision=1, included=True, probability=0.5, book="default")
    forged = make_trace(("user", TASK), ("assistant", "Done.")).model_copy(
        update={"exposures": (claimed,), "prompt_id": "prompt-x"}
    )
    run = book.run(TASK)
    trace = workspace.traces.get(run.finish(forged, success=True).trace_id)
    assert (trace.exposures, trace.prompt_id) == ((), run.compiled.id)


def fail_in(run: LiveRun) -> Exception:
    """What comes out of a run whose agent fails."""
    with pytest.raises(ZeroDivisionError) as caught, run:
        _ = 1 / 0
    return caught.value


def test_an_error_keeps_what_was_said_until_then(workspace: Workspace, book: Book) -> None:
    run = book.run(TASK)
    run.add({"role": "user", "content": TASK})
    fail_in(run)
    assert run.recorded is not None
    trace = workspace.traces.get(run.recorded.trace_id)
    assert [step.kind for step in trace.steps] == ["user", "error"]
    assert "ZeroDivisionError: division by zero" in trace.steps[1].text
    assert trace.outcome is None


def test_an_error_before_the_first_message_or_after_the_end_stores_nothing_more(
    workspace: Workspace, book: Book
) -> None:
    fail_in(book.run(TASK))
    assert workspace.traces.list() == ()
    run = book.run(TASK)
    run.finish(conversation(), success=True)
    fail_in(run)
    assert len(workspace.traces.list()) == 1


def test_an_error_is_told_even_where_its_messages_cannot_be_stored(book: Book) -> None:
    run = book.run(TASK)
    run.add(object())
    assert "its messages were not stored: a message cannot be stored" in fail_in(run).__notes__[0]


def test_messages_that_came_one_by_one_stand_before_the_last_ones(workspace: Workspace, book: Book) -> None:
    with book.run(TASK) as run:
        asked, said = conversation()
        run.add(asked)
        recorded = run.finish([said])
    assert [step.kind for step in workspace.traces.get(recorded.trace_id).steps] == ["user", "assistant"]


def test_a_run_is_finished_once(book: Book) -> None:
    run = book.run(TASK)
    run.finish(conversation())
    with pytest.raises(UsageError, match="this run is finished"):
        run.finish(conversation())


@pytest.mark.parametrize(
    ("messages", "score", "said"),
    [
        ([], 1.0, "no messages in it"),
        ([object()], 1.0, r"a message cannot be stored \(message 1, a object\)"),
        (conversation(), 1.5, "1.5 is no score"),
    ],
)
def test_what_cannot_be_stored_is_said_and_the_run_can_still_be_finished(
    book: Book, messages: list[object], score: float, said: str
) -> None:
    run = book.run(TASK)
    with pytest.raises(UsageError, match=said):
        run.finish(messages, score=score)
    assert run.finish(conversation(), score=1.0).problems == ()


def test_one_message_that_cannot_be_read_does_not_cost_the_others(workspace: Workspace, book: Book) -> None:
    recorded = book.run(TASK).finish(["no message", *conversation()])
    assert len(recorded.problems) == 1
    assert len(workspace.traces.get(recorded.trace_id).steps) == 2


def test_the_prompt_of_a_label_can_be_handed_out(taught: Book) -> None:
    taught.promote("production", taught.compile("You are the desk agent."), unproven="first version")
    taught.retire(taught.skills("approved")[0], reason="no more")
    run = taught.run(TASK, label="production")
    assert SKILL in run.prompt
    with pytest.raises(UsageError, match="has no label 'staging'"):
        taught.run(TASK, label="staging")
    with pytest.raises(UsageError, match="is compiled already"):
        taught.run(TASK, label="production", base="Be kind.")


def test_a_share_of_a_labels_runs_is_handed_its_canary_and_each_trace_says_which(
    workspace: Workspace, taught: Book
) -> None:
    first, second = taught.compile("You are the desk agent."), taught.compile("You are the kind desk agent.")
    taught.promote("production", first, unproven="first version")
    begin(workspace.store, taught.name, "production", second, 0.5, by="ada", reason="try it")
    runs = [taught.run(TASK, label="production") for _ in range(40)]
    assert {run.compiled.id for run in runs} == {first.id, second.id}
    assert all((run.compiled.id == second.id) is is_canary_run(run.id, second.id, 0.5) for run in runs)
    traces = [workspace.traces.get(run.finish(conversation(), score=1.0).trace_id) for run in runs[:4]]
    assert [trace.prompt_id for trace in traces] == [run.compiled.id for run in runs[:4]]


def test_a_run_that_several_threads_finish_is_stored_once(workspace: Workspace, book: Book) -> None:
    run = book.run(TASK)
    barrier = threading.Barrier(4)

    def finish(number: int) -> bool:
        barrier.wait()
        try:
            run.finish(conversation(said=f"Done by {number}."))
        except UsageError:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(finish, range(4))) == 1
    assert len(workspace.traces.list()) == 1


def test_a_timeout_keeps_what_was_said_until_then(workspace: Workspace, book: Book) -> None:
    run = book.run(TASK)

    async def agent() -> None:
        with run:
            run.add({"role": "user", "content": TASK})
            await asyncio.get_running_loop().create_future()

    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(agent(), 0.01))
    assert run.recorded is not None
    trace = workspace.traces.get(run.recorded.trace_id)
    assert [step.kind for step in trace.steps] == ["user", "error"]


def test_a_task_is_in_no_prompt_that_is_kept_for_it(workspace: Workspace, book: Book) -> None:
    book.approve(*(book.add(f"When case {n} comes, look at shelf {n}.") for n in range(25)))
    with book.run("case 3 of Quaggaword") as run:
        run.finish(conversation())
    assert len(run.compiled.included) < 25
    assert "Quaggaword" not in run.compiled.model_dump_json()
