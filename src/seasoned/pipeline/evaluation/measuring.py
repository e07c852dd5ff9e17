"""An evaluation that measures single skills on the way: each one of its prompt is kept by chance in each trial.

The rules are read once, and are part of what the evaluation is. Raises `StoreError`, and `UsageError` for a prompt that
has no skills.
"""

from dataclasses import replace
from functools import partial

from pydantic import JsonValue

from seasoned.core.prompt import Prompt
from seasoned.errors import UsageError
from seasoned.pipeline.evaluation.options import EvaluateOptions
from seasoned.pipeline.handing import Handing
from seasoned.store.keeping import DEFAULT_PROBABILITY
from seasoned.store.store import Store


def measuring(store: Store, options: EvaluateOptions, otherwise: float = DEFAULT_PROBABILITY) -> EvaluateOptions:
    """The same evaluation, its trials handed the prompt with each skill kept by its probability.

    Args:
        store: Has the rules of keeping.
        options: An evaluation of a compiled prompt.
        otherwise: With which probability a skill is kept where neither it nor its book has a rule.

    Raises:
        UsageError: The prompt is none that was compiled, or has no skill.
    """
    prompt = options.prompt
    if not isinstance(prompt, Prompt) or not prompt.included:
        raise UsageError(
            "there is no skill to measure",
            why="the agent is not told a compiled prompt with skills in it",
            hint="name a prompt of `seasoned prompt list`, or its label",
        )
    rules = store.keeping.of(prompt.book)
    keeping: dict[str, JsonValue] = {
        cost.skill_id: rules.probability(cost.skill_id, otherwise) for cost in prompt.included
    }
    return replace(options, hand_out=partial(Handing(store, otherwise).by, rules), keeping=keeping)
