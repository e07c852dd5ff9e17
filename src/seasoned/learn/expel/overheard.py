"""A model whose replies are kept, so that a turn can be told as it happened. Raises what the model raises."""

from seasoned.core.trace import Usage
from seasoned.llm.model import Model, Reply, Request


class Overheard:
    """Another model, and what it replied."""

    def __init__(self, model: Model) -> None:
        """Begin with nothing heard."""
        self._model = model
        self._replies: list[Reply] = []

    @property
    def model_id(self) -> str:
        """The other model's id."""
        return self._model.model_id

    @property
    def said(self) -> str:
        """All replies so far."""
        return "\n\n".join(reply.content for reply in self._replies)

    @property
    def usage(self) -> Usage:
        """Of all replies so far; what no reply says is None."""
        inputs = [n for reply in self._replies if (n := reply.usage.input_tokens) is not None]
        outputs = [n for reply in self._replies if (n := reply.usage.output_tokens) is not None]
        costs = [cost for reply in self._replies if (cost := reply.cost_usd) is not None]
        return Usage(
            input_tokens=sum(inputs) if inputs else None,
            output_tokens=sum(outputs) if outputs else None,
            cost_usd=sum(costs) if costs else None,
        )

    async def complete(self, request: Request) -> Reply:
        """The other model's reply."""
        reply = await self._model.complete(request)
        self._replies.append(reply)
        return reply
