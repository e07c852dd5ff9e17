"""The `Model` protocol and the values that cross it.

Everything that asks a language model for anything does it through `Model.complete`. The module knows nothing of
providers, prices, traces or skills. A model that fails raises `ProviderError`; a wrapper adds what its own boundary
raises (`BudgetExceeded` from a budget, `StoreError` from the call journal).
"""

from typing import Any, Literal, Protocol, runtime_checkable

from pydantic import Field

from seasoned.core.ids import content_id
from seasoned.core.value import Text, Value

Role = Literal["system", "user", "assistant", "tool"]
ShapeMode = Literal["tool", "native", "prompted"]
"""How a shaped answer is asked for: as a call of a tool, by the provider's JSON schema, or in words."""


class ToolSpec(Value):
    """A function that the model may call."""

    name: Text
    description: Text = ""
    parameters: dict[str, Any] = Field(default_factory=dict[str, Any])
    """JSON schema of the arguments object."""


class ToolRequest(Value):
    """One call that the model asks for."""

    call_id: Text
    name: Text
    arguments: Text
    """JSON text exactly as the model wrote it; it may be malformed."""


class Message(Value):
    """One entry of a conversation."""

    role: Role
    content: Text = ""
    tool_requests: tuple[ToolRequest, ...] = ()
    """Only on role `assistant`."""
    call_id: Text | None = None
    """Only on role `tool`: the request that this message answers."""
    name: Text | None = None
    """Only on role `tool`: the tool's name."""


class OutputShape(Value):
    """What a reply must look like: one JSON object."""

    name: Text
    """In snake_case; no tool of the request has it."""
    json_schema: dict[str, Any]
    """JSON schema of the object."""


class Request(Value):
    """All that determines a reply. Its content hash keys recordings and the call journal."""

    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    temperature: float | None = None
    """Sampling temperature >= 0; None leaves the provider's default. Models that take none are asked without it."""
    max_tokens: int | None = None
    """Upper bound on completion tokens."""
    seed: int | None = None
    output: OutputShape | None = None
    """The reply's `content` is then JSON text that should fit it; None leaves the reply free."""

    def sent_back(self, answer: str, said: str) -> "Request":
        """The request that goes on from an answer, with what is said to it."""
        more = Message(role="assistant", content=answer), Message(role="user", content=said)
        return self.model_copy(update={"messages": (*self.messages, *more)})


class TokenUsage(Value):
    """Tokens billed for one call; None where the provider did not say."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    """The part of `input_tokens` served from a prompt cache."""


class Reply(Value):
    """What a model answered."""

    content: Text = ""
    tool_requests: tuple[ToolRequest, ...] = ()
    finish_reason: str | None = None
    """Why the model stopped: `stop`, `length`, `tool_call`, `content_filter` or `error`; None if it did not say."""
    usage: TokenUsage = TokenUsage()
    model: Text = ""
    """The model name that the provider reports."""
    cost_usd: float | None = None
    """None means unknown, never free; 0 is a model that runs on this machine."""
    shape_mode: ShapeMode | None = None
    """How a shaped answer was asked for; None where none was, or whoever answered does not say."""


def request_hash(request: Request) -> str:
    """The id of a request's content; a field that is added later, left at its default, does not change it."""
    return content_id("request", request.model_dump(mode="json", exclude_defaults=True))


@runtime_checkable
class Model(Protocol):
    """A language model."""

    @property
    def model_id(self) -> str:
        """`provider:model`, as the user would write it."""
        ...

    async def complete(self, request: Request) -> Reply:
        """Answer one request; raises `ProviderError`."""
        ...
