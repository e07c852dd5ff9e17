"""What the Python face takes in more than one shape: paths or traces, models and budgets by name or as they are.

Raises what `resolve` and `Budget.parse` raise, and `UsageError` for what is neither a path nor a trace.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypedDict

from seasoned.core.operation import Author
from seasoned.core.skill import Skill
from seasoned.core.trace import Trace
from seasoned.errors import UsageError
from seasoned.ingest.redaction.policy import SECRETS, Policy
from seasoned.learn.learner import Learner, Progress
from seasoned.learn.registry import learner_named
from seasoned.llm.budget import Budget
from seasoned.llm.model import Model
from seasoned.llm.providers import resolve
from seasoned.pipeline.handing import Handing
from seasoned.pipeline.importing import ImportOptions, import_traces
from seasoned.pipeline.recording import add_traces
from seasoned.retrieve.embedder import Embedder
from seasoned.store.keeping import DEFAULT_PROBABILITY
from seasoned.store.store import Store
from seasoned.store.traces.trace_filter import LEARNABLE

Path = str | os.PathLike[str]
Paths = Path | Iterable[Path]
Runs = Paths | Iterable[Trace]
"""Files and folders, or traces as they are."""
SkillName = str | Skill
"""A skill by its id, the beginning of it, or as it was read: then what is decided holds for that wording only."""


class LearnMore(TypedDict, total=False):
    """What learning can be told besides; see `LearnOptions`."""

    base_url: str
    """Address of an OpenAI-compatible server, for a model that is named."""
    sub_model: str | Model
    """Answers questions about pieces, where a cheaper model does."""
    embedder: Embedder
    ignores_outcomes: bool
    on_progress: Callable[[Progress], None]


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What all parts of a workspace share."""

    store: Store
    author: Author
    """In whose name decisions are made."""
    policy: Policy = SECRETS
    """What is redacted before anything is stored or sent."""
    keep_probability: float = DEFAULT_PROBABILITY
    """With which probability a skill is kept in a run's prompt where neither it nor its book has a rule."""

    @cached_property
    def hand_out(self) -> Handing:
        """Hands prompts to runs."""
        return Handing(self.store, self.keep_probability)


def as_paths(paths: Paths) -> list[Path]:
    """One path or several, as several."""
    return [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)


def as_model(model: str | Model, base_url: str | None = None) -> Model:
    """The model itself, or the one that `provider:model` names."""
    return resolve(model, base_url=base_url) if isinstance(model, str) else model


def as_budget(budget: str | Budget) -> Budget:
    """The budget itself, or as a person writes it."""
    return Budget.parse(budget) if isinstance(budget, str) else budget


def as_learner(learner: str | Learner, settings: Mapping[str, object]) -> Learner:
    """The learner itself, or the one of this name with these settings."""
    if isinstance(learner, str):
        return learner_named(learner, {name: str(value) for name, value in settings.items()})
    if settings:
        raise UsageError("settings are of a learner that is named", hint="configure the learner that you give itself")
    return learner


def stored(opened: Opened, runs: Runs | None) -> list[Trace]:
    """The traces as they are in the store, which those that are not yet there go into.

    Args:
        opened: The store to put them into.
        runs: Paths to import, or traces; None: all that the store has, but for trials that are held out.

    Raises:
        UsageError: An entry is neither, or there is no trace.
    """
    store, policy = opened.store, opened.policy
    if runs is None:
        found = list(store.traces.iterate(LEARNABLE))
    else:
        given = [runs] if isinstance(runs, (str, os.PathLike)) else list(runs)
        traces = [each for each in given if isinstance(each, Trace)]
        paths = [each for each in given if isinstance(each, (str, os.PathLike))]
        if len(traces) + len(paths) < len(given):
            raise UsageError("learning takes paths and traces", hint="name files or folders, or give `Trace` objects")
        ids = add_traces(store, traces, policy)
        if paths:
            ids += import_traces(store, paths, ImportOptions(policy=policy)).trace_ids
        found = list(store.traces.of(tuple(dict.fromkeys(ids))))
    if not found:
        raise UsageError(
            "there is no trace to learn from",
            hint="name trace files or folders; `workspace.traces.import_(paths).report` says why a file is not read",
        )
    return found
