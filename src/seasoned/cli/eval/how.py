"""How much of a suite is run, and how it is graded: the options, and what they mean. Raises `UsageError`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from seasoned.cli.named_values import each_once, pair_of
from seasoned.cli.place import Open
from seasoned.errors import UsageError
from seasoned.evaluate.attempt import Grader
from seasoned.evaluate.graders.registry import grader_named
from seasoned.llm.budget import Budget
from seasoned.pipeline.evaluation.options import CONCURRENCY, GRACE_S, N_RETRIES, NO_CAP, TIMEOUT_S

AtLeastOne = Annotated[int, Parameter(validator=Number(gte=1))]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class HowOptions:
    """How much is run, and how it is graded."""

    split: str = ""
    """Tasks of this split alone."""
    first: Annotated[int | None, Parameter(validator=Number(gte=1))] = None
    """So many tasks at most."""
    trials: AtLeastOne = 1
    """Of each task; pass^k takes k of them."""
    seed: Annotated[int, Parameter(validator=Number(gte=0))] = 0
    """Equal seeds give the trials of every agent and prompt the same seeds."""
    concurrency: AtLeastOne = CONCURRENCY
    """Trials worked at once."""
    timeout: Annotated[float, Parameter(validator=Number(gt=0))] = TIMEOUT_S - GRACE_S
    """Seconds for one trial; one that takes longer has failed."""
    retries: Annotated[int, Parameter(validator=Number(gte=0))] = N_RETRIES
    """How often a trial is begun again where something outside of the agent failed."""
    budget: str | None = None
    """A hard stop: 2usd, 200calls, 500000tokens, 10min, or several; without it SEASONED_BUDGET, else none."""
    grader: tuple[str, ...] = ()
    """A grader in the place of the suite's own; may be given more than once, and all have to pass."""
    grader_set: tuple[str, ...] = ()
    """NAME=VALUE, or GRADER.NAME=VALUE where several are given: a setting of the grader."""
    suite_set: tuple[str, ...] = ()
    """NAME=VALUE: a setting of the suite."""
    floor: Annotated[bool, Parameter(negative="--no-floor")] = True
    """Let an agent that does nothing work the same tasks too, where that costs nothing."""
    measure_skills: bool = False
    """Keep each skill of a compiled prompt by chance in each trial, for `seasoned eval uplift` to tell its effect."""
    changed_tasks: bool = False
    """Go on where a task reads otherwise than in an earlier evaluation."""
    redact: str | None = None
    """What is replaced before a trial is stored; see `seasoned learn --help`."""
    dry_run: bool = False
    """Say what would be run; store and send nothing."""


def budget_of(here: Open, said: str | None) -> Budget:
    """What may be spent; the default of the settings is for learning, and no cap for an evaluation."""
    if said is None and "budget" not in here.settings.model_fields_set:
        return NO_CAP
    return Budget.parse(said or here.settings.budget)


def graders_of(names: Sequence[str], said: Sequence[str]) -> tuple[Grader, ...]:
    """The graders that --grader names, with their settings.

    Raises:
        UsageError: One is not there, or a setting is of none of them.
    """
    settings = settings_of(said)
    if settings and not names:
        raise UsageError("--grader-set is of a grader that --grader names", hint="name it")
    taken = {f"{name}.": name for name in names}
    for key in settings:
        if len(names) > 1 and not key.startswith(tuple(taken)):
            raise UsageError(f"whose setting {key!r} is, is not said", hint=f"write {names[0]}.{key}=…")
    return tuple(grader_named(name, _of(name, settings, is_alone=len(names) == 1)) for name in names)


def _of(name: str, settings: Mapping[str, str], *, is_alone: bool) -> dict[str, str]:
    own = {key.removeprefix(f"{name}."): value for key, value in settings.items() if key.startswith(f"{name}.")}
    return {**({key: v for key, v in settings.items() if not key.startswith(f"{name}.")} if is_alone else {}), **own}


def settings_of(said: Sequence[str]) -> dict[str, str]:
    """What was typed as NAME=VALUE; raises `UsageError` where a name is said twice, or no value."""
    return each_once(map(pair_of, said))
