"""The `Model` protocol and the values that cross it.

Everything that asks a language model for anything does it through `Model.complete`. The module knows nothing of
providers, prices, traces or skills. Implementations raise `ProviderError` and nothing else.
"""

from typing import Any, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

Role = Literal["system", "user", "assistant", "tool"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ToolSpec(_Value):
    """A function that the model may call."""

    name: str
    description: str = ""
    parameters: dict[str, Any] = Field(default_factory=dict[str, Any])
    """JSON schema of the arguments object."""


class ToolRequest(_Value):
    """One call that the model asks for."""

    call_id: str
    name: str
    arguments: str
    """JSON text exactly as the model wrote it; it may be malformed."""


class Message(_Value):
    """One entry of a conversation."""

    role: Role
    content: str = ""
    tool_requests: tuple[ToolRequest, ...] = ()
    """Only on role `assistant`."""
    call_id: str | None = None
    """Only on role `tool`: the request that this message answers."""
    name: str | None = None
    """Only on role `tool`: the tool's name."""


class Request(_Value):
    """All that determines a reply. Its content hash keys recordings and the call journal."""

    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    temperature: float | None = None
    """Sampling temperature >= 0; None leaves the provider's default."""
    max_tokens: int | None = None
    """Upper bound on completion tokens."""
    seed: int | None = None


class TokenUsage(_Value):
    """Tokens billed for one call; None where the provider did not say."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    """The part of `input_tokens` served from a prompt cache."""


class Reply(_Value):
    """What a model answered."""

    content: str = ""
    tool_requests: tuple[ToolRequest, ...] = ()
    finish_reason: str | None = None
    usage: TokenUsage = TokenUsage()
    model: str = ""
    """The model name that the provider reports."""
    cost_usd: float | None = None
    """None means unknown, never free."""


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
