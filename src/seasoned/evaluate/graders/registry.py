"""From a grader's name to a grader: entry points in the group `seasoned.graders`, our own registered like anybody's.

An entry point's name is what `--grader` takes; it loads a function from settings, as words, to a `Grader`. Raises
`UsageError` for a name or a setting that is not known, and `ConfigError` for a plugin that does not load.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, cast, runtime_checkable

from seasoned import plugins
from seasoned.errors import UsageError
from seasoned.evaluate.attempt import GradedTask, Grader, GraderSpec, HasGraders, Suite
from seasoned.llm.model import Model

GROUP = "seasoned.graders"


@runtime_checkable
class LooksIntoWorlds(Protocol):
    """A grader that can work a reference's actions in the worlds of a suite."""

    def in_suite(self, suite: Suite) -> Grader:
        """The same grader, for this suite."""
        ...


@runtime_checkable
class AsksModel(Protocol):
    """A grader that asks a model."""

    def asking(self, wrapped: Callable[[Model], Model]) -> Grader:
        """The same grader, whose model is wrapped, as by the account and the journal of a run."""
        ...


def grader_names() -> tuple[str, ...]:
    """The names of all graders that are installed, in order."""
    return plugins.names_in(GROUP)


def grader_named(name: str, settings: Mapping[str, str] | None = None) -> Grader:
    """The grader of this name.

    Args:
        name: As `grader_names` has it.
        settings: What differs from the grader's own defaults, as words: `{"ignore_case": "true"}`.

    Raises:
        UsageError: There is no such grader or setting, or a value does not fit.
        ConfigError: The plugin, or what it needs, does not load.
    """
    return cast("Grader", plugins.made("grader", GROUP, name, settings or {}))


class GradersOfTasks:
    """The graders of a suite's tasks: each one is made once, and fitted to the suite and to who pays for models."""

    def __init__(
        self, suite: Suite, chosen: Sequence[Grader] = (), wrapped: Callable[[Model], Model] | None = None
    ) -> None:
        """Fit the graders.

        Args:
            suite: Whose tasks are graded.
            chosen: What whoever evaluates asks for, in the place of everything else.
            wrapped: What a grader's model is wrapped in; None leaves it as it is.
        """
        self._suite, self._wrapped = suite, wrapped
        own = suite.graders if isinstance(suite, HasGraders) else ()
        self._chosen = tuple(self._fitted(grader) for grader in chosen)
        self._own = tuple(self._fitted(grader) for grader in own)
        self._made: dict[str, Grader] = {}

    def of(self, task: GradedTask) -> tuple[Grader, ...]:
        """The chosen ones, else the task's own, else the suite's.

        Raises:
            UsageError: There are none, or the task names one that is not known.
        """
        found = self._chosen or tuple(self._of_spec(spec, task) for spec in task.graders) or self._own
        if not found:
            raise UsageError(
                "nothing says how this task is graded",
                where=f"task {task.task.key!r} of {self._suite.name}",
                hint=f"Choose a grader: {', '.join(grader_names())}",
            )
        return found

    def _of_spec(self, spec: GraderSpec, task: GradedTask) -> Grader:
        key = spec.model_dump_json()
        if key not in self._made:
            try:
                self._made[key] = self._fitted(grader_named(spec.name, spec.settings))
            except UsageError as error:
                where = f"task {task.task.key!r}" if error.where is None else f"task {task.task.key!r}, {error.where}"
                raise UsageError(error.what, where=where, why=error.why, hint=error.hint) from None
        return self._made[key]

    def _fitted(self, grader: Grader) -> Grader:
        fitted = grader.in_suite(self._suite) if isinstance(grader, LooksIntoWorlds) else grader
        return fitted.asking(self._wrapped) if self._wrapped and isinstance(fitted, AsksModel) else fitted
