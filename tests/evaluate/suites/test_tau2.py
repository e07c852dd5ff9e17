"""tau2-bench as a suite: its real orchestrator, environments and scorer, with models that follow a script."""

import asyncio
import importlib
import importlib.util
import sys
import threading
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from seasoned.core.trace import Task
from seasoned.errors import AgentUnreachable, ConfigError, ProviderError, ProviderUnreachable, UsageError
from seasoned.evaluate.attempt import Attempt, Attempted, BringsAgent, EvaluatedAgent, GradedTask, Suite
from seasoned.evaluate.suites.tau2 import package
from seasoned.evaluate.suites.tau2.simulating import provider_error
from seasoned.evaluate.suites.tau2.suite import Tau2Suite, make

needs_tau2 = pytest.mark.skipif(importlib.util.find_spec("tau2") is None, reason="the extra `tau2` is not installed")
# The package and what it imports warn of their own.
pytestmark = pytest.mark.filterwarnings("ignore")

Says = Callable[[list[Any]], Any]
"""The messages so far -> what a model says: text, or a tool's name and its arguments."""


@pytest.fixture
def forgotten() -> Iterator[None]:
    """The package is looked for anew, before and after."""
    package.load_tau2.cache_clear()
    yield
    package.load_tau2.cache_clear()


def test_without_the_package_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch, forgotten: None) -> None:
    def nowhere(_name: str) -> None:
        return None

    monkeypatch.setattr(package, "find_spec", nowhere)
    with pytest.raises(ConfigError, match=r"pip install 'seasoned\[tau2\]'"):
        make("airline", {})


def test_another_package_of_the_same_name_is_told_apart(monkeypatch: pytest.MonkeyPatch, forgotten: None) -> None:
    def somewhere(_name: str) -> str:
        return "a package about magnetism"

    def nothing() -> None:
        return None

    for name in [name for name in sys.modules if name.split(".")[0] == "tau2"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tau2", ModuleType("tau2"))
    monkeypatch.setattr(package, "find_spec", somewhere)
    monkeypatch.setattr(package, "_quiet", nothing)
    with pytest.raises(ConfigError, match=r"is not tau2-bench.*pip uninstall tau2"):
        make("airline", {})


def test_a_missing_data_file_is_named_with_where_to_put_it() -> None:
    error = package.data_missing(FileNotFoundError(2, "No such file", "data/tau2/domains/airline/db.json"))
    assert "airline/db.json" in str(error)
    assert "Put the file of the original repository's folder `data` there" in str(error)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"colour": "blue"}, "no setting 'colour'.*user_model"),
        ({"mode": "shouting"}, "no mode 'shouting'.*solo and talk"),
        ({"max_steps": "0"}, "max_steps is no whole number from 1: '0'"),
    ],
)
def test_settings_that_there_are_not_are_errors_of_use(settings: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make("airline", settings)


@pytest.mark.parametrize(
    ("name", "module", "status", "kind"),
    [
        ("AuthenticationError", "litellm.exceptions", 401, ConfigError),
        ("RateLimitError", "litellm.exceptions", 429, ProviderError),
        ("APIConnectionError", "litellm.exceptions", 500, ProviderUnreachable),
        ("Timeout", "litellm.exceptions", 408, ProviderUnreachable),
    ],
)
def test_errors_of_a_provider_are_ours(name: str, module: str, status: int, kind: type[Exception]) -> None:
    error = type(name, (Exception,), {"__module__": module, "status_code": status})("said the provider")
    ours = provider_error(error)
    assert type(ours) is kind
    assert "said the provider" in str(ours)
    if kind is ProviderError:
        assert isinstance(ours, ProviderError)
        assert ours.may_pass


def scripted(monkeypatch: pytest.MonkeyPatch, agent: Says, user: Says) -> list[str]:
    """Let both models follow a script; gives the instructions that the agent's model is sent."""
    loaded, told = package.load_tau2(), list[str]()

    def answers(says: Says, *, is_agent: bool) -> Callable[..., Any]:
        def generate(messages: list[Any], **_more: Any) -> Any:
            if is_agent:
                told.append(messages[0].content)
            said = says(messages)
            usage, made = {"prompt_tokens": 5, "completion_tokens": 2}, loaded.messages.AssistantMessage
            if isinstance(said, tuple):
                call = loaded.messages.ToolCall(
                    id="call", name=said[0], arguments=said[1], requestor="assistant" if is_agent else "user"
                )
                return made(role="assistant", content=None, tool_calls=[call], cost=0.0, usage=usage)
            return made(role="assistant", content=said, cost=0.0, usage=usage)

        return generate

    monkeypatch.setattr(loaded.agents, "generate", answers(agent, is_agent=True))
    monkeypatch.setattr(loaded.users, "generate", answers(user, is_agent=False))
    return told


CREATE = ("create_task", {"user_id": "user_1", "title": "Important Meeting"})


def creates(messages: list[Any]) -> Any:
    """The agent that does what the first task of the domain `mock` asks, and says so."""
    return "It is done." if messages[-1].role == "tool" else CREATE


def asks_and_leaves(messages: list[Any]) -> Any:
    """The user who asks, and is content with whatever comes next."""
    return "###STOP###" if len(messages) > 2 else "Please create the task."


def first_task(suite: Tau2Suite) -> GradedTask:
    return next(task for task in suite.tasks if task.task.key == "tau2-mock-create_task_1")


def run(agent: EvaluatedAgent, task: GradedTask, prompt: str = "") -> Attempted:
    return asyncio.run(agent.attempt(Attempt(task=task.task, prompt=prompt, seed=2**40, run_key="trial 0"), None))


@needs_tau2
def test_tasks_are_the_benchmarks_own_in_its_splits() -> None:
    airline: Suite = make("airline", {})
    assert isinstance(airline, BringsAgent)
    assert len(airline.tasks) == 50
    splits = [task.split for task in airline.tasks]
    assert (splits.count("train"), splits.count("test")) == (30, 20)
    first = airline.tasks[0]
    assert first.task.key == "tau2-airline-0"
    assert first.task.text.startswith("You want to cancel reservation")
    assert isinstance(first.reference, dict)
    assert first.reference["reward_basis"] == ["DB", "COMMUNICATE"]
    assert first.labels == {"domain": "airline", "graded by": "DB and COMMUNICATE"}
    assert airline.world(first) is None


@needs_tau2
def test_a_conversation_is_scored_by_the_benchmark_and_read_as_its_logs_are(monkeypatch: pytest.MonkeyPatch) -> None:
    told = scripted(monkeypatch, creates, asks_and_leaves)
    suite = make("mock", {})
    came = run(suite.agent("openai/scripted", None), first_task(suite), "Be {kind}.")
    assert came.ended == "answered"
    assert came.answer == "It is done."
    assert came.outcome is not None
    assert (came.outcome.score, came.outcome.source, came.outcome.name) == (1.0, "verifier", "tau2")
    assert came.outcome.feedback == "COMMUNICATE: 1, DB: 1"
    assert told[0].rstrip().endswith("Be {kind}.\n</policy>")
    trace = came.trace
    assert trace.task == first_task(suite).task
    assert (trace.source.format, trace.source.run_key) == ("evaluation", "trial 0")
    assert [(step.kind, step.injected) for step in trace.steps[:2]] == [("system", False), ("system", True)]
    calls = [step for step in trace.steps if step.kind == "tool_call"]
    assert [(call.name, call.arguments) for call in calls] == [CREATE]
    assert "create_task" in trace.tools
    # Two turns of the agent; what the user took is not counted, and 0 is how the benchmark writes an unknown price.
    assert (trace.usage.input_tokens, trace.usage.output_tokens, trace.usage.cost_usd) == (10, 4, None)


@needs_tau2
def test_an_agent_that_only_talks_fails_where_the_task_needs_a_write(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, lambda _messages: "I would rather not.", asks_and_leaves)
    suite = make("mock", {})
    came = run(suite.agent("openai:scripted", None), first_task(suite))
    assert came.outcome is not None
    assert came.outcome.success is False
    assert came.outcome.feedback == "COMMUNICATE: 1, DB: 0"


@needs_tau2
def test_an_agent_that_does_nothing_asks_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def unasked(_messages: list[Any]) -> Any:
        raise AssertionError("no model is to be asked")

    scripted(monkeypatch, unasked, unasked)
    suite = make("mock", {})
    agent = suite.agent("nothing", None)
    came = [run(agent, task) for task in suite.tasks]
    assert agent.name == "nothing"
    passed = [each.trace.task.key for each in came if each.outcome and each.outcome.success]
    # What this task asks for is said in plain words only, and they are no part of its score.
    assert passed == ["tau2-mock-create_task_1_nl_eval"]
    assert {each.ended for each in came} == {"answered"}


@needs_tau2
def test_in_solo_mode_the_agent_works_from_a_ticket(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, lambda messages: ("done", {}) if messages[-1].role == "tool" else CREATE, asks_and_leaves)
    suite = make("mock", {"mode": "solo"})
    assert suite.name == "tau2:mock solo"
    assert len(suite.tasks) < len(make("mock", {}).tasks)
    came = run(suite.agent("openai/scripted", None), first_task(suite))
    assert came.outcome is not None
    assert came.outcome.success is True
    assert suite.agent("x/y", None).identity != make("mock", {}).agent("x/y", None).identity


@needs_tau2
def test_solo_mode_needs_tasks_with_tickets() -> None:
    with pytest.raises(UsageError, match="no task of tau2:airline has a ticket"):
        make("airline", {"mode": "solo"})


@needs_tau2
def test_what_is_no_answer_is_the_agents_own_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, lambda _messages: "", asks_and_leaves)
    suite = make("mock", {})
    came = run(suite.agent("openai/scripted", None), first_task(suite))
    assert (came.ended, came.error) == ("unreadable", "it sent an empty message")
    assert came.outcome is not None
    assert came.outcome.success is False
    assert any(step.kind == "user" for step in came.trace.steps)


@needs_tau2
@pytest.mark.parametrize(
    "said",
    ["\ud800 NUL \x00", "{0}{policy}<policy>", "x" * 1_000_000, ("no_such_tool", {"a": float("nan"), "b": "\udfff"})],
)
def test_hostile_answers_are_kept_as_text_and_scored(monkeypatch: pytest.MonkeyPatch, said: Any) -> None:
    turns = iter([said])
    scripted(monkeypatch, lambda _messages: next(turns, "Done."), asks_and_leaves)
    suite = make("mock", {})
    came = run(suite.agent("openai/scripted", None), first_task(suite))
    assert came.ended == "answered"
    assert came.outcome is not None
    assert came.outcome.success is False
    came.trace.model_dump_json().encode()


@needs_tau2
def test_steps_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, lambda _messages: "Tell me more.", lambda _messages: "And more.")
    suite = make("mock", {"max_steps": "6"})
    came = run(suite.agent("openai/scripted", None), first_task(suite))
    assert (came.ended, came.error) == ("out of steps", "max_steps")
    assert came.outcome is not None
    assert came.outcome.feedback == "ended early: max_steps"


@needs_tau2
def test_a_simulated_user_that_breaks_is_not_the_agents_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_messages: list[Any]) -> Any:
        raise ValueError("the user is confused")

    scripted(monkeypatch, creates, breaks)
    suite = make("mock", {})
    with pytest.raises(AgentUnreachable, match="the user is confused"):
        run(suite.agent("openai/scripted", None), first_task(suite))


@needs_tau2
def test_a_provider_that_does_not_answer_is_an_error_of_the_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    def limited(_messages: list[Any]) -> Any:
        error = type("RateLimitError", (Exception,), {"__module__": "litellm.exceptions", "status_code": 429})
        raise error("slow down")

    scripted(monkeypatch, limited, asks_and_leaves)
    suite = make("mock", {})
    with pytest.raises(ProviderError, match="slow down") as raised:
        run(suite.agent("openai/scripted", None), first_task(suite))
    assert raised.value.may_pass


@needs_tau2
def test_a_conversation_that_nobody_waits_for_ends_with_its_next_message(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, n_said = threading.Event(), threading.Event(), 0

    def slow(_messages: list[Any]) -> Any:
        nonlocal n_said
        n_said += 1
        begun.set()
        go_on.wait(10)
        return "Tell me more."

    scripted(monkeypatch, slow, lambda _messages: "And more.")
    suite = make("mock", {})
    agent = suite.agent("openai/scripted", None)

    async def given_up() -> None:
        work = asyncio.create_task(agent.attempt(Attempt(task=first_task(suite).task), None))
        await asyncio.to_thread(begun.wait, 10)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        go_on.set()

    asyncio.run(given_up())
    for thread in threading.enumerate():
        if thread.name.startswith("tau2"):
            thread.join(0.2)
    assert n_said == 1


@needs_tau2
def test_assertions_in_plain_words_are_left_out_where_nobody_judges_them(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, creates, asks_and_leaves)
    suite = make("mock", {})
    theirs: dict[str, Any] = suite._theirs  # pyright: ignore[reportPrivateUsage]
    criteria = theirs["tau2-mock-create_task_1"].evaluation_criteria
    kind = importlib.import_module("tau2.data_model.tasks").RewardType
    criteria.reward_basis = [kind("DB"), kind("NL_ASSERTION")]
    came = run(suite.agent("openai/scripted", None), first_task(suite))
    assert came.outcome is not None
    assert (came.outcome.name, came.outcome.score) == ("tau2 (DB only)", 1.0)
    criteria.reward_basis = [kind("NL_ASSERTION")]
    assert run(suite.agent("openai/scripted", None), first_task(suite)).outcome is None


@needs_tau2
def test_the_identity_holds_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    suite = make("mock", {"user_model": "openai/other"})
    agent = suite.agent("small", "http://localhost:9/v1")
    assert "sk-secret" not in str(agent.identity)
    assert agent.identity["model"] == "openai/small"
    assert agent.identity["user_model"] == "openai/other"
    assert agent.identity == suite.agent("small", "http://localhost:9/v1").identity


@needs_tau2
def test_words_that_lead_nowhere_are_errors_that_say_what_there_is() -> None:
    with pytest.raises(UsageError, match=r"no tasks 'hotel'.*airline, mock, retail"):
        make("hotel", {})
    with pytest.raises(UsageError, match="needs a domain"):
        make("", {})
    suite = make("mock", {})
    with pytest.raises(UsageError, match="needs a model"):
        suite.agent("", None)
    with pytest.raises(UsageError, match="no task 'other'"):
        asyncio.run(suite.agent("a/b", None).attempt(Attempt(task=Task(key="other", text="?")), None))
