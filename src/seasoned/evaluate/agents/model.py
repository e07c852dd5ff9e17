"""A language model at work in a world: it is asked, its tool calls are run, until it answers without one.

What the model is told, in this order: the prompt as the system's message, the opening of the settings, the task's
earlier messages (`inputs["messages"]`), and the task with its other inputs. The seed of a step is the attempt's plus
the number of the step, so that no two steps of a trial share one. A call that a model writes into its text counts as
one (`text_calls`). Whatever a model says ends in a trial that is graded: what is wrong with a call, the world answers.

Source of the loop: ReAct (Yao et al. 2023, arXiv:2210.03629). Raises `ProviderError`, and what the model's wrappers
raise; `AgentUnreachable` where the world fails; `UsageError` for earlier messages that are none.
"""

import asyncio
from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from seasoned.core.trace import Usage
from seasoned.core.trial import Ended
from seasoned.errors import AgentUnreachable, ConfigError, boundary
from seasoned.evaluate.agents.answer import Given
from seasoned.evaluate.agents.openai_messages import earlier, written, written_tool
from seasoned.evaluate.agents.text_calls import CallsAsText, find_call
from seasoned.evaluate.agents.working import Working
from seasoned.evaluate.attempt import Attempt, Attempted, World
from seasoned.ingest.narrow import compact_json
from seasoned.ingest.usage import total_usage
from seasoned.llm.model import Message, Model, Reply, Request, ToolRequest

_NO_TOOLS = '{"error": "there are no tools here; answer in words"}'
_MESSAGES = "messages"
"""The input that holds a conversation to go on from."""


@dataclass(frozen=True, kw_only=True)
class ModelAgentConfig:
    """How the model is asked."""

    max_steps: int = 30
    """Model calls of one trial at most; at least 1."""
    temperature: float | None = None
    """None: the provider's own."""
    max_tokens: int | None = None
    """Of one reply; None: the provider's own limit."""
    calls: Literal["native", "text"] = "native"
    """Text: the tools are described to the model and calls found in its words, for models that make none natively."""
    opening: tuple[Message, ...] = ()
    """Told after the prompt, such as examples."""
    timeout_s: float | None = None
    """Seconds for one trial; None: as long as its calls take, each of which the provider's settings bound."""


class ModelAgent:
    """A model with nothing around it but a loop.

    Args:
        model: Whom to ask.
        config: How.

    Raises:
        ConfigError: It would have no step, or no time.
    """

    def __init__(self, model: Model, config: ModelAgentConfig | None = None) -> None:
        """Nothing is asked yet."""
        self._config = config or ModelAgentConfig()
        if self._config.max_steps < 1:
            raise ConfigError(f"an agent cannot work in {self._config.max_steps} steps", hint="give it at least 1")
        if self._config.timeout_s is not None and not self._config.timeout_s > 0:
            raise ConfigError(f"an agent cannot be given {self._config.timeout_s:g} s", hint="give it more than 0")
        self._model = CallsAsText(model) if self._config.calls == "text" else model

    @property
    def name(self) -> str:
        """The model's id."""
        return self._model.model_id

    @property
    def identity(self) -> dict[str, JsonValue]:
        """The model's id and all of the settings; a model on this machine is known by its name alone."""
        config = self._config
        return {
            "agent": "model",
            "model": self._model.model_id,
            "max_steps": config.max_steps,
            "temperature": config.temperature,
            "max_tokens": config.max_tokens,
            "calls": config.calls,
            "opening": [written(message) for message in config.opening],
            "timeout_s": config.timeout_s,
        }

    async def attempt(self, attempt: Attempt, world: World | None) -> Attempted:
        """Work one trial; see `EvaluatedAgent.attempt`."""
        working = Working(self.name, attempt, world)
        talk = Talk(self._model, self._config, attempt, world)
        limit = asyncio.timeout(self._config.timeout_s)
        try:
            async with limit:
                ended = await talk.go_on()
        except TimeoutError as cause:
            if not limit.expired():
                raise AgentUnreachable("the model or its tools did not answer", where=self.name) from cause
            why = f"it was not done after {self._config.timeout_s:g} s, with {len(talk.replies)} replies"
            return working.failed("timed out", why, talk.given(""))
        if ended == "answered":
            return working.answered(talk.given(talk.messages[-1].content))
        return working.failed(ended, f"it was not done after {self._config.max_steps} model calls", talk.given(""))


class Talk:
    """The conversation of one trial.

    Args:
        model: Whom to ask; calls that it writes as text are found, whatever the settings.
        config: How.
        attempt: What is asked.
        world: Whose tools are run; None for none.
    """

    def __init__(self, model: Model, config: ModelAgentConfig, attempt: Attempt, world: World | None) -> None:
        """What the model is told first; it is not asked yet."""
        self._model, self._config, self._attempt, self._world = model, config, attempt, world
        self._tools = () if world is None else world.tools
        self._names = [tool.name for tool in self._tools]
        self.messages = self._told()
        self.replies: list[Reply] = []

    async def go_on(self) -> Ended:
        """Ask and answer until the model is done, or its steps are used up."""
        for step in range(self._config.max_steps):
            reply = await self._model.complete(self._request(step))
            self.replies.append(reply)
            message = self._with_calls(reply)
            self.messages.append(message)
            if not message.tool_requests:
                return "answered"
            for call in message.tool_requests:
                result = await self._result(call)
                self.messages.append(Message(role="tool", content=result, call_id=call.call_id, name=call.name))
        return "out of steps"

    def given(self, answer: str) -> Given:
        """All that was said so far, with what is known of its cost."""
        return Given(
            messages=tuple(written(message) for message in self.messages),
            answer=answer,
            usage=_usage(self.replies),
            model=next((reply.model for reply in reversed(self.replies) if reply.model), self._model.model_id),
            tools=tuple(written_tool(tool) for tool in self._tools),
        )

    def _told(self) -> list[Message]:
        prompt, inputs = self._attempt.prompt, self._attempt.inputs
        # Where calls are text, it is the system's message that the tools are described in.
        by_text = self._config.calls == "text" and bool(self._tools)
        system = (Message(role="system", content=prompt),) if prompt or by_text else ()
        before = earlier(inputs.get(_MESSAGES), f"task {self._attempt.task.key}")
        more = [f"{name}: {_worded(value)}" for name, value in inputs.items() if name != _MESSAGES]
        asked = Message(role="user", content="\n\n".join([self._attempt.task.text, *more]))
        return [*system, *self._config.opening, *before, asked]

    def _request(self, step: int) -> Request:
        return Request(
            messages=tuple(self.messages),
            tools=self._tools,
            temperature=self._config.temperature,
            max_tokens=self._config.max_tokens,
            seed=self._attempt.seed + step,
        )

    def _with_calls(self, reply: Reply) -> Message:
        """The reply as a message, with a call written as text turned into a proper one."""
        if reply.tool_requests:
            return Message(role="assistant", content=reply.content, tool_requests=reply.tool_requests)
        found = find_call(reply.content, self._names) if self._names else None
        if found is None:
            return Message(role="assistant", content=reply.content)
        call = ToolRequest(call_id=f"call_{len(self.messages)}", name=found.name, arguments=found.arguments)
        return Message(role="assistant", content=found.said, tool_requests=(call,))

    async def _result(self, call: ToolRequest) -> str:
        if self._world is None or not self._tools:
            return _NO_TOOLS
        with boundary(AgentUnreachable, "a tool of the suite failed", where=call.name[:80]):
            return await self._world.call(call)


def _worded(value: JsonValue) -> str:
    return value if isinstance(value, str) else compact_json(value)


def _usage(replies: list[Reply]) -> Usage:
    """Tokens as far as they were counted; the cost only where that of every call is known."""
    total = total_usage(
        Usage(input_tokens=reply.usage.input_tokens, output_tokens=reply.usage.output_tokens) for reply in replies
    )
    costs = [reply.cost_usd for reply in replies]
    known = [cost for cost in costs if cost is not None]
    return total.model_copy(update={"cost_usd": sum(known) if known and len(known) == len(costs) else None})
