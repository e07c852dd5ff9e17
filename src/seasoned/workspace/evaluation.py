"""What an evaluation is given by a program: suites, agents, graders and prompts by name or as they are.

Raises what the registries raise.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypedDict, cast

from pydantic import JsonValue

from seasoned.core.prompt import Prompt
from seasoned.evaluate.agents.choosing import agent_named
from seasoned.evaluate.agents.model import ModelAgent
from seasoned.evaluate.agents.python import AgentFunction, PythonAgent
from seasoned.evaluate.attempt import EvaluatedAgent, Grader, Suite
from seasoned.evaluate.graders.registry import grader_named
from seasoned.evaluate.suites.registry import chosen, suite_named
from seasoned.learn.learner import Progress
from seasoned.llm.budget import Budget
from seasoned.llm.model import Model
from seasoned.pipeline.evaluation.measuring import measuring
from seasoned.pipeline.evaluation.options import EvaluateOptions, HandOut
from seasoned.workspace.given import Opened, as_budget

AnyAgent = EvaluatedAgent | Model | AgentFunction | str
"""An agent, a model to work the tasks with their tools, a function, or a word as `seasoned eval run --agent` takes."""


_READ = frozenset({"split", "first", "graders", "budget", "measures_skills"})
"""Of what can be told besides, what has another shape than the option of that name."""


class EvaluateMore(TypedDict, total=False):
    """What an evaluation can be told besides; see `EvaluateOptions`."""

    split: str
    first: int
    """So many tasks at most."""
    graders: Sequence[Grader | str]
    seed: int
    concurrency: int
    timeout_s: float
    n_retries: int
    budget: str | Budget
    may_differ: bool
    measures_skills: bool
    """Keep each skill of a compiled prompt by chance in each trial, so that `book.uplift()` can tell its effect."""
    hand_out: HandOut
    keeping: dict[str, JsonValue]
    """All that determines `hand_out`."""
    on_progress: Callable[[Progress], None]


def as_options(
    opened: Opened, suite: Suite | str, agent: AnyAgent, prompt: Prompt | str, trials: int, more: EvaluateMore
) -> EvaluateOptions:
    """The options of the evaluation that is asked for."""
    named = suite_named(suite) if isinstance(suite, str) else suite
    budget = more.get("budget")
    graders = more.get("graders", ())
    options = EvaluateOptions(
        suite=named,
        tasks=chosen(named, more.get("split", ""), more.get("first")),
        split=more.get("split", ""),
        agent=_agent(agent),
        graders=tuple(grader_named(grader) if isinstance(grader, str) else grader for grader in graders),
        prompt=prompt,
        trials=trials,
        policy=opened.policy,
        book=prompt.book if isinstance(prompt, Prompt) else "",
    )
    if budget is not None:
        options = replace(options, budget=as_budget(budget))
    told = {name: value for name, value in more.items() if name not in _READ}
    options = replace(options, **cast("dict[str, Any]", told))
    return measuring(opened.store, options, opened.keep_probability) if more.get("measures_skills") else options


def _agent(agent: AnyAgent) -> EvaluatedAgent:
    if isinstance(agent, str):
        return agent_named(agent)
    if isinstance(agent, EvaluatedAgent):
        return agent
    return ModelAgent(agent) if isinstance(agent, Model) else PythonAgent(agent)
