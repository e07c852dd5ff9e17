"""A model whose replies are kept, so that a turn can be told as it happened. Raises what the model raises."""

from seasoned.core.run import RunTurn
from seasoned.core.trace import Usage
from seasoned.learn.asking import Heard, ItemT
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

    def turn(self, found: Heard[ItemT], *, episode: int, turn: int, title: str, output: str) -> RunTurn:
        """The turn in which these replies came.

        Args:
            found: What came of them.
            episode: Which episode, from 0.
            turn: Which turn of it, from 0.
            title: What was read.
            output: What it changed.
        """
        return RunTurn(
            episode=episode,
            turn=turn,
            title=title,
            reply=self.said,
            output=output,
            kept=tuple(each.item.name for each in found.held),
            dropped=tuple(f"{each.claim}: {each.reason}" for each in found.dropped),
            usage=self.usage,
        )
