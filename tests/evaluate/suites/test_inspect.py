"""Tasks of Inspect as a suite: really run by Inspect, with a model that the test's own task file brings."""

import asyncio
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import pytest

from seasoned.core.trace import Task
from seasoned.errors import AgentUnreachable, ConfigError, UsageError
from seasoned.evaluate.attempt import Attempt, Attempted, BringsAgent, EvaluatedAgent, Suite
from seasoned.evaluate.suites.inspect_tasks import package
from seasoned.evaluate.suites.inspect_tasks.suite import InspectTasks, make

TASKS = Path(__file__).with_name("inspect_capitals.txt")
needs_inspect = pytest.mark.skipif(
    importlib.util.find_spec("inspect_ai") is None, reason="the extra `inspect` is not installed"
)
# Inspect and what it imports warn of their own.
pytestmark = pytest.mark.filterwarnings("ignore")


class Tasks(Protocol):
    def __call__(self, task: str = "capitals", **settings: str) -> InspectTasks: ...


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A user's file of tasks."""
    path = tmp_path / "capitals.py"
    path.write_text(TASKS.read_text())
    return path


@pytest.fixture
def suite(file: Path) -> Tasks:
    """A task of that file, by its name."""

    def made(task: str = "capitals", **settings: str) -> InspectTasks:
        return make(f"{file}@{task}", settings)

    return made


def run(agent: EvaluatedAgent, attempts: Sequence[Attempt]) -> list[Attempted]:
    async def all_of_them() -> list[Attempted]:
        return await asyncio.gather(*(agent.attempt(attempt, None) for attempt in attempts))

    return asyncio.run(all_of_them())


def attempts(found: InspectTasks, prompt: str = "", n_trials: int = 1) -> list[Attempt]:
    return [
        Attempt(task=each.task, prompt=prompt, trial=trial, seed=2**40 + trial, run_key=f"{each.task.key} {trial}")
        for trial in range(n_trials)
        for each in found.tasks
    ]


def test_without_the_package_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(_name: str) -> None:
        return None

    monkeypatch.setattr(package, "find_spec", nowhere)
    package.load_inspect.cache_clear()
    with pytest.raises(ConfigError, match=r"pip install 'seasoned\[inspect\]'"):
        make("inspect_evals/gsm8k", {})
    package.load_inspect.cache_clear()


def test_a_time_limit_is_a_number_of_seconds() -> None:
    with pytest.raises(UsageError, match="time_limit_s is no whole number from 1: 'soon'"):
        make("some/task", {"time_limit_s": "soon"})


@needs_inspect
def test_samples_are_tasks_whose_target_and_metadata_no_agent_is_given(suite: Tasks) -> None:
    found = suite()
    assert isinstance(found, BringsAgent)
    as_suite: Suite = found
    assert as_suite.name == "inspect:capitals"
    first, second = as_suite.tasks
    assert (first.task.key, second.task.key) == ("capitals-fr", "capitals-2")
    assert first.task.text == "What is the capital of France?"
    assert first.reference == {"target": "Paris"}
    assert first.inputs == {}
    assert as_suite.world(first) is None


@needs_inspect
def test_trials_are_worked_at_once_each_with_the_prompt_in_front(suite: Tasks) -> None:
    found = suite()
    came = run(found.agent("atlas/one", None), attempts(found, "Answer {in} one word.", n_trials=2))
    assert [each.ended for each in came] == ["answered"] * 4
    assert [each.answer for each in came] == ["It is Paris.", "It is Rome."] * 2
    assert [each.outcome.score if each.outcome else None for each in came] == [1.0] * 4
    first = came[0].trace
    assert first.source.format == "evaluation"
    assert first.source.run_key == "capitals-fr 0"
    assert first.task == found.tasks[0].task
    assert [(step.kind, step.injected) for step in first.steps] == [
        ("system", True),
        ("user", False),
        ("assistant", False),
    ]
    assert first.steps[0].text == "Answer {in} one word."
    assert (first.usage.input_tokens, first.usage.output_tokens) == (7, 3)
    assert first.model == "atlas/one"
    assert len({each.trace.id for each in came}) == 4


@needs_inspect
def test_a_wrong_answer_fails_and_its_feedback_does_not_tell_the_target(suite: Tasks) -> None:
    found = suite()
    (came,) = run(found.agent("atlas:one", None), attempts(found, "WRONG")[:1])
    assert came.outcome is not None
    assert came.outcome.success is False
    assert "Paris" not in came.outcome.feedback


@needs_inspect
def test_an_agent_that_does_nothing_is_scored_without_a_model(suite: Tasks) -> None:
    found = suite()
    came = run(found.agent("nothing", None), attempts(found, "Answer."))
    assert [each.outcome.score if each.outcome else None for each in came] == [0.0, 0.0]
    assert [each.answer for each in came] == ["", ""]
    assert not any(step.kind == "assistant" and step.text for each in came for step in each.trace.steps)


@needs_inspect
def test_a_model_that_cannot_be_reached_is_not_the_agents_failure(suite: Tasks) -> None:
    found = suite()
    with pytest.raises(AgentUnreachable, match="the atlas is away"):
        run(found.agent("atlas/one", None), attempts(found, "UNREACHABLE")[:1])


@needs_inspect
def test_a_solver_that_crashes_is_a_scored_failure(suite: Tasks) -> None:
    found = suite("breaks")
    (came,) = run(found.agent("atlas/one", None), attempts(found)[:1])
    assert came.ended == "crashed"
    assert "no map" in came.error
    assert came.outcome is not None
    assert came.outcome.success is False


@needs_inspect
@pytest.mark.parametrize(
    ("task", "prompt", "settings", "ended"),
    [("talks", "", {"limit": "4"}, "out of steps"), ("capitals", "SLOW", {"time_limit_s": "1"}, "timed out")],
)
def test_a_limit_of_inspect_ends_a_trial(
    suite: Tasks, task: str, prompt: str, settings: dict[str, str], ended: str
) -> None:
    found = suite(task, **settings)
    (came,) = run(found.agent("atlas/one", None), attempts(found, prompt)[:1])
    assert came.ended == ended
    assert came.error.endswith("limit")


@needs_inspect
def test_the_identity_tells_models_apart_and_is_json(suite: Tasks) -> None:
    found = suite()
    one, two = found.agent("atlas/one", None), found.agent("atlas/two", None)
    assert one.identity == suite().agent("atlas/one", None).identity
    assert one.identity != two.identity
    assert one.name == "capitals"
    assert found.agent("nothing", None).name == "nothing"


@needs_inspect
def test_a_task_in_a_sandbox_is_refused(suite: Tasks) -> None:
    with pytest.raises(ConfigError, match=r"a sandbox of Inspect \(docker\)"):
        suite("boxed")


@needs_inspect
@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("FILE@nowhere", "no task 'nowhere'.*boxed, breaks, capitals, talks"),
        ("FILE", "not exactly one task"),
        ("gone.py@capitals", "no such file"),
        ("", "needs a task"),
        ("gsm8k", "names no task of Inspect"),
        ("gone_package/task", "knows no task 'gone_package/task'"),
    ],
)
def test_a_task_that_is_not_there_is_an_error_that_says_what_is(file: Path, word: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make(word.replace("FILE", str(file)), {})


@needs_inspect
def test_a_file_that_does_not_load_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("import no_such_module_anywhere\n")
    with pytest.raises(ConfigError, match=r"broken\.py.*no_such_module_anywhere"):
        make(f"{broken}@task", {})


@needs_inspect
def test_a_model_that_inspect_does_not_know_is_a_configuration_error(suite: Tasks) -> None:
    found = suite()
    with pytest.raises(ConfigError, match="Inspect cannot begin"):
        run(found.agent("nosuchprovider/model", None), attempts(found)[:1])


@needs_inspect
def test_no_model_and_a_foreign_task_are_errors_of_use(suite: Tasks) -> None:
    found = suite()
    with pytest.raises(UsageError, match="needs a model"):
        found.agent(" ", None)
    with pytest.raises(UsageError, match="no task 'other'"):
        run(found.agent("atlas/one", None), [Attempt(task=Task(key="other", text="?"))])
