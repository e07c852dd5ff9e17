"""GEPA: a base prompt is worded anew by reflection on examples, and kept where it does better on others (extra `gepa`).

Offline, the examples are decisions of recorded runs that succeeded (`points`), parted by task, so that no task of the
validation part is reflected on; live, they are tasks, an agent and an evaluator. The library `gepa` does the search;
every model call goes through the context's model, so a spent budget ends it with the best candidate so far. With the
same seed, runs and replies the requests are the same. Raises `ConfigError` where the extra is missing, and what the
model's journal raises (`StoreError`).

Source: L. A. Agrawal et al., "GEPA: Reflective Prompt Evolution Can Outperform Reinforcement Learning", 2025, arXiv
2507.19457.
"""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any, TypeVar

from pydantic import JsonValue

from seasoned.core.trace import Trace
from seasoned.errors import ConfigError
from seasoned.learn.alike import tools_called
from seasoned.learn.gepa import reflecting, trying
from seasoned.learn.gepa.adapter import COMPONENT, Bridge
from seasoned.learn.gepa.config import NAME, GepaConfig
from seasoned.learn.gepa.points import points_of
from seasoned.learn.gepa.search import Result, searched
from seasoned.learn.gepa.splitting import Parts, parted, shared_base
from seasoned.learn.gepa.trying import Live, Recorded, Way
from seasoned.learn.injected import HandedOut
from seasoned.learn.learner import LearnContext, LearnReport
from seasoned.learn.registry import configured, identity_of
from seasoned.learn.reporting import Work, reported
from seasoned.learn.tempered import Tempered

INSTALL = "pip install 'seasoned[gepa]'"
ExampleT = TypeVar("ExampleT")


class GepaLearner:
    """GEPA as a `Learner`; it has no findings, but a base prompt."""

    name = NAME

    def __init__(self, config: GepaConfig | None = None, *, live: Live | None = None) -> None:
        """Configure.

        Args:
            config: How it works.
            live: An agent to set to work instead of asking about recorded decisions.
        """
        self._config, self._live = config or GepaConfig(), live

    @property
    def identity(self) -> dict[str, JsonValue]:
        """The whole configuration, which versions of the prompts it is for, and the tasks of a live agent."""
        live: dict[str, JsonValue] = {} if self._live is None else {"live": [task.key for task in self._live.tasks]}
        return {**identity_of(self._config, [reflecting.PROMPT, trying.PROMPT]), **live}

    async def learn(self, traces: Sequence[Trace], context: LearnContext) -> LearnReport:
        """Search for a better base prompt; see `Learner.learn`."""
        if find_spec("gepa") is None:
            raise ConfigError("the learner 'gepa' needs a library that is not installed", hint=f"Install it: {INSTALL}")
        config = self._config
        ours = HandedOut(context.handed_out)
        base = config.base.strip() or shared_base(traces, ours)
        if not base:
            return reported(context, (), _nothing("the runs show no instructions to begin with; set base to the text"))
        if self._live is not None:
            tasks = parted(self._live.tasks, lambda task: task.key, config)
            return await self._searched(base, tasks, self._live, context)
        passed = [trace for trace in {trace.id: trace for trace in traces}.values() if trace.verdict]
        points = [point for trace in passed for point in points_of(trace, config.points_per_run)]
        tools = sorted({name for trace in passed for name in tools_called(trace)})
        model = Tempered(context.model, config)
        way = Recorded(model, context.toolset, ours, config.max_example_chars, tools)
        return await self._searched(base, parted(points, lambda point: point.task_key, config), way, context)

    async def _searched(
        self, base: str, parts: Parts[ExampleT], way: Way[ExampleT], context: LearnContext
    ) -> LearnReport:
        if not parts.train or not parts.val:
            return reported(context, (), _nothing("it takes successful runs, or tasks, of two tasks or more"))
        bridge = Bridge(way, self._config, context)
        result = await searched(base, parts, bridge, self._config)
        if bridge.error is not None:
            raise bridge.error
        notes = [f"The search stopped early: {bridge.why_stopped}"] if bridge.why_stopped else []
        best = base if result is None else result.candidates[result.best_idx][COMPONENT]
        if result is not None:
            notes.insert(0, _told(result, parts, bridge.both(base, best, parts.train)))
        work = Work(n_pieces=len(parts.train) + len(parts.val), notes=tuple(notes))
        report = reported(context, (), work, base_prompt=None if best == base else best)
        return report.model_copy(update={"is_complete": not bridge.why_stopped})


def gepa(settings: Mapping[str, str]) -> GepaLearner:
    """GEPA by settings as words: the fields of `GepaConfig`."""
    return GepaLearner(configured(GepaConfig, settings, NAME))


def _nothing(why: str) -> Work:
    return Work(notes=(f"No base prompt was worded: {why}.",))


def _told(result: Result, parts: Parts[Any], train: Sequence[tuple[float, float]]) -> str:
    before, after = result.val_aggregate_scores[0], result.val_aggregate_scores[result.best_idx]
    n, n_candidates = len(parts.val), len(result.candidates)
    said = f"{n_candidates} candidate{'s' * (n_candidates != 1)}"
    said += f"; on {n} examples for validation {before:.3f} before, {after:.3f} after"
    if train:
        means = [sum(scores) / len(train) for scores in zip(*train, strict=True)]
        said += f"; on {len(train)} for training {means[0]:.3f} before, {means[1]:.3f} after"
    if result.best_idx == 0:
        return f"No candidate did better than the base prompt: {said}."
    return f"A better base prompt: {said}. It was accepted on {n} validation points, which is no proof."
