"""A task of Inspect as a suite: its samples are the tasks, worked by its own solver and graded by its own scorers.

`inspect:FILE.py@TASK` or `inspect:PACKAGE/TASK`. Keys are those that the format `inspect_eval` gives to Inspect's own
logs. A sample's target is sealed, and its metadata, which may hold the answer, goes to no agent but the task's own.

Settings are the arguments of the task's function, and `time_limit_s` (600) for samples whose task sets no limit. Tasks
that run in a sandbox of Inspect (docker and the like) are refused.

Raises `UsageError` for a task that there is not, and `ConfigError` where the package is missing, the task does not
load, or wants a sandbox.
"""

from collections.abc import Mapping
from typing import Any

import yaml
from pydantic import JsonValue

from seasoned.core.trace import Task
from seasoned.errors import ConfigError, UsageError
from seasoned.evaluate.attempt import NOTHING, EvaluatedAgent, GradedTask, World
from seasoned.evaluate.suites.inspect_tasks.agent import InspectAgent
from seasoned.evaluate.suites.inspect_tasks.package import FORMS, Package, load_inspect, load_task, require_inspect
from seasoned.evaluate.suites.inspect_tasks.running import NOBODY, Played

_TIME_LIMIT = "time_limit_s"
_DEFAULT_TIME_LIMIT_S = "600"


def make(rest: str, settings: Mapping[str, str]) -> "InspectTasks":
    """The suite of one task of Inspect; see the module for the settings.

    Raises:
        UsageError: There is no such task, or it takes no such argument.
        ConfigError: The package is missing, or the task cannot be used.
    """
    limit = settings.get(_TIME_LIMIT, _DEFAULT_TIME_LIMIT_S)
    if not limit.isdecimal() or int(limit) < 1:
        raise UsageError(f"{_TIME_LIMIT} is no whole number from 1: {limit!r}", where="inspect")
    if not rest:
        require_inspect()
        raise UsageError("the suite 'inspect' needs a task", hint=FORMS)
    package = load_inspect()
    arguments = {name: yaml.safe_load(text) for name, text in settings.items() if name != _TIME_LIMIT}
    return InspectTasks(package, load_task(package, rest, arguments), int(limit))


class InspectTasks:
    """The samples of one task."""

    def __init__(self, package: Package, task: Any, time_limit_s: int) -> None:
        """Read the samples.

        Raises:
            ConfigError: The task, or one of its samples, wants a sandbox.
        """
        self._package, self._task, self._time_limit_s = package, task, time_limit_s
        self._samples: dict[str, Any] = {}
        graded: list[GradedTask] = []
        for place, sample in enumerate(task.dataset, 1):
            _refuse_sandbox(task, sample)
            # Inspect numbers samples without an id by their place.
            named = sample if sample.id is not None else sample.model_copy(update={"id": place})
            key = f"{task.name}-{named.id}"
            if key in self._samples:
                raise UsageError(f"two samples have the id {named.id!r}", where=str(task.name))
            self._samples[key] = named
            graded.append(_graded(key, named))
        self._tasks = tuple(graded)

    @property
    def name(self) -> str:
        """`inspect:` and the task's name."""
        return f"inspect:{self._task.name}"

    @property
    def tasks(self) -> tuple[GradedTask, ...]:
        """One for each sample, in their order."""
        return self._tasks

    def world(self, task: GradedTask) -> World | None:
        """None: the solver brings its own tools."""
        del task
        return None

    def agent(self, model_id: str, base_url: str | None) -> EvaluatedAgent:
        """The task's own solver, played by a model, or by nobody where `model_id` is `nothing`.

        Args:
            model_id: As Inspect names it (`openai/gpt-4.1`), or with a colon as elsewhere here.
            base_url: The server; None for the provider's own.

        Raises:
            UsageError: No model is named.
        """
        if not (name := model_id.strip()):
            raise UsageError("an Inspect task needs a model", hint="Name one, or the agent 'nothing'")
        model = NOBODY if name == NOTHING else name if "/" in name else name.replace(":", "/", 1)
        played = Played(model=model, base_url=base_url, time_limit_s=self._time_limit_s)
        return InspectAgent(self._package, self._task, self._samples, played)


def _graded(key: str, sample: Any) -> GradedTask:
    given: Any = sample.input
    said = given if isinstance(given, str) else "\n".join(str(message.text) for message in given)
    offered: list[Any] = list(sample.choices or ())
    choices: list[JsonValue] = [str(choice) for choice in offered]
    reference: JsonValue = {"target": sample.target if isinstance(sample.target, str) else list(sample.target)}
    return GradedTask(
        task=Task(key=key, text=said), inputs={"choices": choices} if choices else {}, reference=reference
    )


def _refuse_sandbox(task: Any, sample: Any) -> None:
    if (wanted := sample.sandbox or task.sandbox) is None:
        return
    kind = wanted if isinstance(wanted, str) else getattr(wanted, "type", None) or next(iter(wanted), "")
    raise ConfigError(
        f"the task wants a sandbox of Inspect ({kind}), which is not offered here",
        where=str(task.name),
        hint="Evaluate it with Inspect itself and import its logs: seasoned import LOG.eval",
    )
