"""tau2-bench as a suite: the tasks of its registry, in its own splits, worked by its own agent with our prompt.

`tau2:airline`, `tau2:retail`, `tau2:telecom` and `tau2:mock`; any other task set of its registry goes too. The splits
`train` and `test` are the benchmark's; all tasks together are its split `base`. Keys are those that the format
`tau2_bench` gives to the benchmark's own logs. What a run is graded by is sealed.

Settings: `mode` (`talk`, or `solo` for the tasks that have a ticket), `user_model`, `user_base_url`, `judge_model`,
`max_steps`. A prompt that was changed makes a result a custom one on the benchmark's own board.

Raises `UsageError` for a domain or a setting that there is not, and `ConfigError` where the package or its data is
missing.
"""

import os
from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from seasoned.core.trace import Task
from seasoned.errors import UsageError
from seasoned.evaluate.attempt import NOTHING, EvaluatedAgent, GradedTask, World
from seasoned.evaluate.suites.tau2.agent import Tau2Agent
from seasoned.evaluate.suites.tau2.package import Package, data_missing, load_tau2, require_tau2
from seasoned.evaluate.suites.tau2.simulating import Parts, opening_of

_SETTINGS = ("judge_model", "max_steps", "mode", "user_base_url", "user_model")
_MODES = ("solo", "talk")
_SPLITS = ("train", "test")
_TIMEOUT_S = 600
"""Of one request to a model."""


def make(rest: str, settings: Mapping[str, str]) -> "Tau2Suite":
    """The suite of one domain; see the module for the settings.

    Raises:
        UsageError: There is no such domain or setting.
        ConfigError: The package or its data is missing.
    """
    if unknown := sorted(set(settings) - set(_SETTINGS)):
        raise UsageError(f"the suite 'tau2' has no setting {unknown[0]!r}", hint=f"It has {', '.join(_SETTINGS)}")
    if (mode := settings.get("mode", "talk")) not in _MODES:
        raise UsageError(f"the suite 'tau2' has no mode {mode!r}", hint=f"It has {' and '.join(_MODES)}")
    _steps(settings)
    if not rest:
        require_tau2()
        raise UsageError(
            "the suite 'tau2' needs a domain", hint="Say tau2:airline, tau2:retail, tau2:telecom or tau2:mock"
        )
    package = load_tau2()
    if rest not in (names := sorted(package.registry.get_task_sets())):
        raise UsageError(
            f"tau2-bench has no tasks {rest!r}",
            hint=f"Say tau2:NAME, where NAME is {', '.join(names)}",
        )
    return Tau2Suite(package, rest, settings)


class Tau2Suite:
    """The tasks of one task set."""

    def __init__(self, package: Package, task_set: str, settings: Mapping[str, str]) -> None:
        """Read the tasks.

        Raises:
            UsageError: No task can be worked in the mode that was asked for.
            ConfigError: A file of the data is missing.
        """
        self._package, self._settings = package, dict(settings)
        self._is_solo = settings.get("mode") == "solo"
        is_domain = task_set in package.registry.get_domains()
        self._task_set, self._domain = task_set, task_set if is_domain else task_set.split("_", maxsplit=1)[0]
        try:
            found = list(package.registry.get_tasks_loader(task_set)())
            splits = _splits(package, task_set)
        except FileNotFoundError as error:
            raise data_missing(error) from error
        kept = [task for task in found if not self._is_solo or _has_ticket(package, task)]
        if not kept:
            raise UsageError(
                f"no task of tau2:{task_set} has a ticket to work from", hint="Leave out the setting mode=solo"
            )
        self._theirs = {self._key(task): task for task in kept}
        self._tasks = tuple(self._graded(task, splits.get(str(task.id), "")) for task in kept)

    @property
    def name(self) -> str:
        """`tau2:` and the task set; solo is another suite, as the agent has other tools there."""
        return f"tau2:{self._task_set}{' solo' if self._is_solo else ''}"

    @property
    def tasks(self) -> tuple[GradedTask, ...]:
        """All tasks, in the benchmark's order."""
        return self._tasks

    def world(self, task: GradedTask) -> World | None:
        """None: the benchmark brings its own."""
        del task
        return None

    def agent(self, model_id: str, base_url: str | None) -> EvaluatedAgent:
        """The benchmark's own agent, played by a model, or by nobody where `model_id` is `nothing`.

        Args:
            model_id: As litellm names it (`openai/gpt-4.1`), or with a colon as elsewhere here.
            base_url: A server that speaks OpenAI's protocol; None for the provider's own.

        Raises:
            UsageError: No model is named.
        """
        if not model_id.strip():
            raise UsageError("tau2-bench needs a model for its agent", hint="Name one, or the agent 'nothing'")
        if model_id == NOTHING:
            parts = Parts(is_solo=self._is_solo, max_steps=_steps(self._settings))
            return Tau2Agent(self._package, self._domain, self._theirs, parts)
        model, model_args = _model(model_id, base_url, self._package.agent_args)
        user_id, user_url = self._settings.get("user_model"), self._settings.get("user_base_url")
        user, user_args = _model(
            user_id or model_id, user_url or (None if user_id else base_url), self._package.user_args
        )
        judge = self._settings.get("judge_model", "")
        if judge:
            self._package.judging.DEFAULT_LLM_NL_ASSERTIONS = _model(judge, None, {})[0]
        parts = Parts(
            model=model,
            model_args=model_args,
            user_model="" if self._is_solo else user,
            user_args={} if self._is_solo else user_args,
            judge_model=judge,
            is_solo=self._is_solo,
            max_steps=_steps(self._settings),
        )
        return Tau2Agent(self._package, self._domain, self._theirs, parts)

    def _key(self, task: Any) -> str:
        return f"tau2-{self._domain}-{task.id}"

    def _graded(self, task: Any, split: str) -> GradedTask:
        criteria = task.evaluation_criteria
        basis = [] if criteria is None else [str(part.value) for part in criteria.reward_basis]
        reference: JsonValue = None if criteria is None else criteria.model_dump(mode="json")
        text = str(task.ticket) if self._is_solo else opening_of(task)
        labels = {"domain": self._domain, "graded by": " and ".join(basis) or "nothing"}
        return GradedTask(task=Task(key=self._key(task), text=text), split=split, reference=reference, labels=labels)


def _splits(package: Package, task_set: str) -> dict[str, str]:
    """Task id -> `train` or `test`; the other splits of the benchmark overlap with these."""
    load = package.registry.get_task_splits_loader(task_set)
    found: Mapping[str, list[str]] = {} if load is None else load()
    return {str(task_id): name for name in _SPLITS for task_id in found.get(name, ())}


def _has_ticket(package: Package, task: Any) -> bool:
    return task.ticket is not None and bool(package.agents.LLMSoloAgent.check_valid_task(task))


def _steps(settings: Mapping[str, str]) -> int:
    text = settings.get("max_steps", "200")
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"max_steps is no whole number from 1: {text!r}", where="tau2")
    return int(text)


def _model(model_id: str, base_url: str | None, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The name and the arguments that litellm takes."""
    name = model_id.strip()
    if "/" not in name and ":" in name and not name.startswith("ft:"):
        name = name.replace(":", "/", 1)
    arguments = {**given, "timeout": _TIMEOUT_S}
    if base_url:
        name = name if "/" in name else f"openai/{name}"
        # A server of one's own often wants no key, but litellm does not ask without one.
        arguments |= {"api_base": base_url, "api_key": os.environ.get("OPENAI_API_KEY") or "none"}
    return name, arguments
