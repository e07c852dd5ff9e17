"""Trials of Inspect tasks, several in one evaluation of Inspect, as it allows one evaluation at a time in a process.

Each trial is a task of its own with one sample, so that each has its own prompt and its own log. The prompt is a system
message before all others, put there word for word. Knows nothing of traces. Raises `ConfigError` where Inspect cannot
begin at all, such as without a key, and `AgentUnreachable` where it breaks.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import JsonValue

from seasoned.errors import AgentUnreachable, ConfigError
from seasoned.evaluate.suites.inspect_tasks.package import Package

THREAD = ThreadPoolExecutor(1, thread_name_prefix="inspect")
"""All evaluations of Inspect run here, one after the other."""
NOBODY = "none/none"
"""A model of Inspect that must not be asked."""
_PLACE = "seasoned_place"
_MAX_SEED = 2**31
_MAX_RETRIES = 3
"""Of one request by Inspect itself; without a bound it asks a provider that is down for ever."""
_REQUEST_TIMEOUT_S = 600


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One sample and what it is worked with."""

    sample: Any
    prompt: str
    seed: int


@dataclass(frozen=True, kw_only=True)
class Played:
    """Which model works the samples."""

    model: str
    """As Inspect names it; `NOBODY` for an agent that does nothing."""
    base_url: str | None
    time_limit_s: int
    """Of a sample whose task sets none."""


def evaluated(package: Package, task: Any, trials: Sequence[Trial], played: Played) -> list[dict[str, JsonValue]]:
    """The logs of some trials, in their order; blocks until all of them are over.

    Args:
        package: The package.
        task: The task that the samples are from; it is not changed.
        trials: At least one.
        played: Which model works them.
    """
    tasks = [_task(package, task, trial, place, played) for place, trial in enumerate(trials)]
    with TemporaryDirectory(prefix="seasoned-") as folder:
        try:
            logs: list[Any] = package.main.eval(
                tasks,
                model=played.model,
                model_base_url=played.base_url,
                display="none",
                log_dir=folder,
                log_format="json",
                log_level="error",
                max_tasks=len(tasks),
                epochs=1,
                fail_on_error=False,
                score_display=False,
                max_retries=_MAX_RETRIES,
                timeout=_REQUEST_TIMEOUT_S,
            )
        except Exception as error:
            raise _stopped(error) from error
    found: dict[int, dict[str, JsonValue]] = {}
    for log in logs:
        place: int = log.eval.metadata[_PLACE]
        found[place] = log.model_dump(mode="json", exclude_none=True)
    if len(found) != len(trials):
        raise AgentUnreachable("Inspect gave no log for some of its samples")
    return [found[place] for place in range(len(trials))]


def _task(package: Package, task: Any, trial: Trial, place: int, played: Played) -> Any:
    config = task.config.merge(package.models.GenerateConfig(seed=trial.seed % _MAX_SEED))
    solver = [_ends(package)] if played.model == NOBODY else [_told(package, trial.prompt), task.solver]
    return package.main.task_with(
        copy(task),
        dataset=package.datasets.MemoryDataset([trial.sample]),
        solver=solver if trial.prompt.strip() or played.model == NOBODY else task.solver,
        config=config,
        epochs=1,
        fail_on_error=False,
        time_limit=task.time_limit or played.time_limit_s,
        metadata={**(task.metadata or {}), _PLACE: place},
    )


def _told(package: Package, prompt: str) -> Any:
    def seasoned_prompt() -> Any:
        async def solve(state: Any, generate: Any) -> Any:
            del generate
            # Inspect's own solver for this takes the text for a template, or for the path of a file.
            state.messages.insert(0, package.models.ChatMessageSystem(content=prompt.strip()))
            return state

        return solve

    return package.solvers.solver(seasoned_prompt)()


def _ends(package: Package) -> Any:
    def seasoned_nothing() -> Any:
        async def solve(state: Any, generate: Any) -> Any:
            del generate
            return state

        return solve

    return package.solvers.solver(seasoned_nothing)()


def _stopped(error: Exception) -> Exception:
    why = f"{type(error).__name__}: {error}"[:500]
    if type(error).__name__ in ("PrerequisiteError", "ValueError", "TypeError", "ImportError", "ModuleNotFoundError"):
        return ConfigError("Inspect cannot begin", why=why)
    return AgentUnreachable("Inspect broke off", why=why)
