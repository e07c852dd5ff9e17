"""Our requests and replies as pydantic-ai's messages, and back.

Imports pydantic-ai, so it is itself imported only when a provider is first used. Knows nothing of connections or
errors. A reply's text comes back exactly, malformed tool arguments included. On the way out pydantic-ai writes tool
arguments anew: equal JSON without spaces, and what is not a JSON object as `{"INVALID_JSON": text}`.
"""

from typing import Any

from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    ModelResponsePart,
    SystemPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition
from pydantic_ai.usage import RequestUsage

from seasoned.llm.model import Message, OutputShape, Reply, Request, ShapeMode, TokenUsage, ToolRequest

_NO_ARGUMENTS: dict[str, Any] = {"type": "object", "properties": {}}
_ANSWER = "Give the answer by calling this."


def to_messages(messages: tuple[Message, ...]) -> list[ModelMessage]:
    """The conversation; neighbours that are not the assistant's share one pydantic-ai request."""
    tool_names = {asked.call_id: asked.name for message in messages for asked in message.tool_requests}
    found: list[ModelMessage] = []
    parts: list[ModelRequestPart] = []
    for message in messages:
        if message.role != "assistant":
            parts.append(_to_part(message, tool_names))
            continue
        if parts:
            found.append(ModelRequest(parts=parts))
            parts = []
        found.append(_to_response(message))
    return [*found, ModelRequest(parts=parts)] if parts else found


def _to_part(message: Message, tool_names: dict[str, str]) -> ModelRequestPart:
    if message.role == "system":
        return SystemPromptPart(message.content)
    if message.role == "tool":
        call_id = message.call_id or ""
        name = message.name or tool_names.get(call_id, "tool")
        return ToolReturnPart(tool_name=name, content=message.content, tool_call_id=call_id)
    return UserPromptPart(message.content)


def _to_response(message: Message) -> ModelResponse:
    parts: list[ModelResponsePart] = [TextPart(message.content)] if message.content else []
    parts += [ToolCallPart(asked.name, asked.arguments, asked.call_id) for asked in message.tool_requests]
    return ModelResponse(parts=parts)


def to_parameters(request: Request, mode: ShapeMode | None = None) -> ModelRequestParameters:
    """The tools that the model may call, and the answer's shape where it is not asked for in words."""
    tools = [
        ToolDefinition(
            name=tool.name,
            description=tool.description or None,
            parameters_json_schema=tool.parameters or dict(_NO_ARGUMENTS),
        )
        for tool in request.tools
    ]
    shape = request.output
    if shape is None or mode not in {"tool", "native"}:
        return ModelRequestParameters(function_tools=tools)
    if mode == "native":
        wanted = OutputObjectDefinition(json_schema=shape.json_schema, name=shape.name)
        return ModelRequestParameters(function_tools=tools, output_mode="native", output_object=wanted)
    answer = ToolDefinition(
        name=shape.name, description=_ANSWER, parameters_json_schema=shape.json_schema, kind="output"
    )
    return ModelRequestParameters(
        function_tools=tools, output_mode="tool", output_tools=[answer], allow_text_output=False
    )


def to_settings(request: Request) -> ModelSettings:
    """The request's sampling settings; what it leaves open stays the provider's default."""
    settings = ModelSettings()
    if request.temperature is not None:
        settings["temperature"] = request.temperature
    if request.max_tokens is not None:
        settings["max_tokens"] = request.max_tokens
    if request.seed is not None:
        settings["seed"] = request.seed
    return settings


def to_reply(response: ModelResponse, shape: OutputShape | None = None) -> Reply:
    """The reply; thoughts that a provider returns beside the answer are left out.

    Args:
        response: What came back.
        shape: What was asked for; where the answer came as a call of that name, its arguments are the content.
    """
    calls = [part for part in response.parts if isinstance(part, ToolCallPart)]
    answers = [part for part in calls if shape is not None and part.tool_name == shape.name]
    asked = [part for part in calls if part not in answers]
    text = "".join(part.content for part in response.parts if isinstance(part, TextPart))
    ended = "stop" if answers and not asked and response.finish_reason == "tool_call" else response.finish_reason
    return Reply(
        content=_arguments(answers[0]) if answers else text,
        tool_requests=tuple(
            ToolRequest(call_id=part.tool_call_id, name=part.tool_name, arguments=_arguments(part)) for part in asked
        ),
        finish_reason=ended,
        usage=_to_usage(response.usage),
        model=response.model_name or "",
        cost_usd=_cost_usd(response),
    )


def _arguments(part: ToolCallPart) -> str:
    """The text that the model wrote; `args_as_json_str` would rewrite it, and hide what is malformed."""
    return part.args if isinstance(part.args, str) else part.args_as_json_str()


def _measured(usage: RequestUsage) -> bool:
    return not usage.unmeasured_requests and usage.total_tokens > 0


def _to_usage(usage: RequestUsage) -> TokenUsage:
    """Tokens as reported; pydantic-ai does not tell "no cached tokens" from "not said", so both are None."""
    if not _measured(usage):
        return TokenUsage()
    return TokenUsage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cached_tokens=usage.cache_read_tokens or None,
    )


def _cost_usd(response: ModelResponse) -> float | None:
    """USD by the offline table of genai-prices, cached tokens at their own price; None for what it does not know."""
    if not response.model_name or not _measured(response.usage):
        return None
    try:
        calculation = response.cost()
    except (LookupError, ValueError):  # a model or provider that is not in the table, or usage that contradicts itself
        return None
    # The table holds models without any price (179 in genai-prices 0.2.3); their 0 would read as free.
    return float(calculation.total_price) or None
