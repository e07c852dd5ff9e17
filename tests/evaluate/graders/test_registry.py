"""Graders by name, and which of them grade a task."""

from importlib.metadata import EntryPoint

import pytest

from seasoned import plugins
from seasoned.errors import ConfigError, UsageError
from seasoned.evaluate.attempt import GradedTask, Grader, GraderSpec, HasGraders
from seasoned.evaluate.graders.judge import Judge, JudgeConfig
from seasoned.evaluate.graders.registry import GROUP, GradersOfTasks, grader_named, grader_names
from seasoned.evaluate.suites.registry import suite_named
from seasoned.llm.model import Model
from seasoned.llm.testing import TestModel
from tests.evaluate.graders.building import task

DESK = suite_named("returns_desk")


def names(graders: tuple[Grader, ...]) -> list[str]:
    return [grader.name for grader in graders]


def asks_for(*specs: GraderSpec) -> GradedTask:
    return task("x").model_copy(update={"graders": specs})


def test_ours_are_there() -> None:
    ours = {"code", "contains", "exact", "human", "json_schema", "judge", "number", "regex", "state"}
    assert ours <= set(grader_names())


def test_an_unknown_grader_is_told_which_there_are() -> None:
    with pytest.raises(UsageError, match="exact"):
        grader_named("telepathy")


def test_a_setting_that_a_grader_does_not_have_is_refused_with_those_that_it_has() -> None:
    with pytest.raises(UsageError, match="ignore_case=false"):
        grader_named("exact", {"case": "no"})


def test_a_plugin_that_does_not_load_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def found(**_: str) -> list[EntryPoint]:
        return [EntryPoint("broken", "seasoned_is_not_there:make", GROUP)]

    monkeypatch.setattr(plugins, "entry_points", found)
    with pytest.raises(ConfigError, match="the grader does not load"):
        grader_named("broken")


def test_what_was_chosen_goes_before_the_tasks_own_and_that_before_the_suites() -> None:
    own = asks_for(GraderSpec(name="exact"), GraderSpec(name="number"))
    assert names(GradersOfTasks(DESK, [grader_named("human")]).of(own)) == ["human"]
    assert names(GradersOfTasks(DESK).of(own)) == ["exact", "number"]
    assert isinstance(DESK, HasGraders)
    assert names(GradersOfTasks(DESK).of(task("x"))) == names(DESK.graders)


def test_a_grader_of_many_tasks_is_made_once() -> None:
    graders = GradersOfTasks(DESK)
    spec = GraderSpec(name="exact", settings={"squad": "true"})
    assert graders.of(asks_for(spec))[0] is graders.of(asks_for(spec))[0]


def test_a_task_that_asks_for_what_is_not_there_is_named() -> None:
    with pytest.raises(UsageError, match="task 't1'"):
        GradersOfTasks(DESK).of(asks_for(GraderSpec(name="telepathy")))


def test_a_task_that_nobody_grades_is_an_error_that_names_the_graders() -> None:
    class Bare:
        name = "bare"
        tasks = ()

        def world(self, task: GradedTask) -> None:
            del task

    with pytest.raises(UsageError, match="Choose a grader: code, contains, exact"):
        GradersOfTasks(Bare()).of(task("x"))


def test_graders_are_fitted_to_the_suite_and_to_who_pays() -> None:
    wrapped = list[Model]()

    def wrap(model: Model) -> Model:
        wrapped.append(model)
        return model

    model = TestModel([])
    GradersOfTasks(DESK, [Judge(JudgeConfig(), model), grader_named("state")], wrap).of(task("x"))
    assert wrapped == [model]
