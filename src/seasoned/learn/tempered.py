"""A model with the settings of a learner's requests: how it samples, and how long a reply may be.

Knows nothing of what is asked. Raises what the model raises.
"""

from dataclasses import dataclass

from pydantic import Field

from seasoned.core.value import Value
from seasoned.llm.model import Model, Reply, Request


class Sampling(Value):
    """How a learner's requests are answered; the base of configurations."""

    temperature: float | None = Field(default=0.0, ge=0.0)
    """None leaves the provider's default, which some models insist on."""
    max_tokens: int | None = Field(default=4_096, ge=1)
    """Completion tokens of one reply."""


class Asking(Sampling):
    """How a learner asks questions that do not wait for each other."""

    concurrency: int = Field(default=8, ge=1)
    """Questions at once."""


@dataclass(frozen=True)
class Tempered:
    """Asks the model so; a request that says otherwise itself keeps what it says."""

    model: Model
    sampling: Sampling

    @property
    def model_id(self) -> str:
        """The wrapped model's id."""
        return self.model.model_id

    async def complete(self, request: Request) -> Reply:
        """Answer one request."""
        how = {"temperature": self.sampling.temperature, "max_tokens": self.sampling.max_tokens}
        open_ones = {name: value for name, value in how.items() if getattr(request, name) is None}
        return await self.model.complete(request.model_copy(update=open_ones))
