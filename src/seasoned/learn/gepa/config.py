"""How GEPA works. Source: L. A. Agrawal et al., "GEPA: Reflective Prompt Evolution …", 2025, arXiv 2507.19457."""

from pydantic import Field

from seasoned.core.value import Text
from seasoned.learn.tempered import Asking

NAME = "gepa"


class GepaConfig(Asking):
    """The names and defaults of `gepa.optimize`, where it has them; all of it is part of a run's identity."""

    base: Text = ""
    """The prompt to start from; empty takes the system text that most of the runs share."""
    seed: int = 0
    reflection_minibatch_size: int = Field(default=3, ge=1)
    """Examples that one new wording is made from."""
    max_metric_calls: int = Field(default=150, ge=1)
    """Examples that may be scored, a repeated one counted each time; model calls are bounded by the run's budget."""
    use_merge: bool = False
    """Also cross two candidates of the front."""
    max_merge_invocations: int = Field(default=5, ge=0)
    val_share: float = Field(default=0.5, gt=0.0, lt=1.0)
    """Of the tasks; no task is in both parts."""
    max_examples: int = Field(default=20, ge=1)
    """In each part: every candidate that is accepted is scored on all of the second."""
    points_per_run: int = Field(default=3, ge=1)
    """Decisions of one recorded run that become examples."""
    max_example_chars: int = Field(default=12_000, ge=500)
    """Of a run, in a question."""
    max_reflection_chars: int = Field(default=30_000, ge=1_000)
    """Of all examples together that one new wording is made from, before JSON escapes them."""
    max_prompt_chars: int = Field(default=16_000, ge=200)
    """Of a candidate; a longer one is turned down."""
