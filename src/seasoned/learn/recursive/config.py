"""How the Recursive Reflector works."""

from pydantic import Field

from seasoned.core.value import Value
from seasoned.learn.recursive.spreading import EpisodeLimits
from seasoned.sandbox.sandbox import Limits

NAME = "recursive"


class RecursiveConfig(Value):
    """How the learner works; all of it is part of a run's identity."""

    episode: EpisodeLimits = EpisodeLimits()
    sandbox: Limits = Limits(host_duration_s=3_600.0)
    """The host's part of a turn waits for models, which have limits of their own."""
    max_turns: int = Field(default=8, ge=2)
    """Model calls that one episode may make, questions not counted."""
    max_depth: int = Field(default=2, ge=0, le=2)
    """How deep `reflect` may nest: 0 is not at all."""
    max_questions: int = Field(default=60, ge=0)
    """Questions that one episode and those below it may put with `llm`, `llm_map` and `reflect`, each item counted."""
    concurrency: int = Field(default=16, ge=1)
    """Episodes at once."""
    temperature: float | None = 0.0
    """None leaves the provider's default, which some models insist on."""
    max_tokens: int | None = 4_096
    """Completion tokens of one reply."""
    max_answer_tokens: int | None = 1_024
    """Completion tokens of one answer to `llm` or `llm_map`."""

    @property
    def max_sandboxes(self) -> int:
        """Sandboxes that can be open at once: an episode waits with its own open for the one it started."""
        return self.concurrency * (1 + self.max_depth)
