"""Tool calls as text, for models that do not make them natively.

Small models, and coder models above all, write a call into their answer where the server expected its own
markup. This module is the one place that knows such text: it tells a model how to write a call, shows it
an earlier exchange in the same form, and finds the call in its answer. It reads `name(key="value")`, and
JSON objects with `name` and `arguments`, bare, fenced or inside `<tool_call>`. It knows nothing of what
tools do and raises nothing: text that is plainly meant as a call but cannot be read becomes a call
with unreadable arguments, which the world answers with an error that the model can act on.
"""

import ast
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from seasoned.llm.model import Message, Model, Reply, Request, ToolRequest, ToolSpec

_COMMENT = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*')
_JSON_INTENT = re.compile(r'<tool_call>|\{\s*"name"\s*:')
_MARKUP = re.compile(r"```(?:json|xml|python)?|</?tool_call>", re.IGNORECASE)
_LONGEST = 20_000

_EXAMPLE_CALLS = (
    (
        "Hi, where is my order R1001?",
        "Order R1001: rain boots (clothing), $40.00. Flag: IN TRANSIT.",
        'Flag IN TRANSIT: track_parcel(order_id="R1001")',
        '{"expected_delivery": "2026-06-22"}',
        "Your order is expected on 2026-06-22.",
    ),
    (
        "I don't need R1002 any more, please stop it.",
        "Order R1002: curtains (home), $45.00. Flag: NOT SHIPPED.",
        'Flag NOT SHIPPED: cancel_order(order_id="R1002")',
        '{"cancelled": "R1002", "reference": "CN-1002"}',
        "Your order is cancelled, reference CN-1002.",
    ),
    (
        "The vest from R1003 is too small, can I have it in XL?",
        "Order R1003: vest (clothing), $20.00. Flag: OK.",
        'Flag OK, size: create_exchange(order_id="R1003", size="XL")',
        '{"new_size": "XL", "reference": "EX-1003"}',
        "You will get size XL, reference EX-1003.",
    ),
)
"""Three everyday tickets that show the form to whoever works at the returns desk. They give away no rule of it."""
_EXAMPLE_TOOLS = frozenset({"track_parcel", "cancel_order", "create_exchange"})
"""Those of the examples: where one is not offered, examples would teach calls of what is not there."""
_FORM = (
    'To use a tool, answer with one call and nothing after it, such as tool_name(first="text", second=2). '
    "You are then told its result. When you are done, answer in words."
)


@dataclass(frozen=True)
class TextCall:
    """A call found in text."""

    name: str
    arguments: str
    """JSON text of the arguments, or the unreadable text itself."""
    said: str
    """What stood before the call."""


def find_call(content: str, names: Sequence[str]) -> TextCall | None:
    """The first call written in `content`, or None where it is an ordinary reply.

    Only the first counts: a model that writes several calls at once has not seen the first one's result, so
    what follows is a guess.

    Args:
        content: What the model said.
        names: The tools that exist; `name(...)` counts as a call only for these.
    """
    text = _COMMENT.sub(lambda match: match.group(1) or "", content[:_LONGEST])
    found = min((*_json_calls(text), *_written_calls(text, names)), default=None)
    if found is None:
        return None
    start, name, arguments = found
    return TextCall(name, arguments, _MARKUP.sub("", text[:start]).strip())


def _json_calls(text: str) -> Iterator[tuple[int, str, str]]:
    decoder = json.JSONDecoder()
    for start in (match.start() for match in re.finditer(r"\{", text)):
        try:
            value, _ = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        if not isinstance(value, dict):
            continue
        fields = cast("dict[str, Any]", value)
        name, arguments = fields.get("name"), fields.get("arguments")
        if isinstance(name, str) and isinstance(arguments, dict):
            yield start, name, json.dumps(arguments, ensure_ascii=False)
            return
    intent = _JSON_INTENT.search(text)
    if intent is not None:
        yield intent.start(), "", text[intent.start() :].strip()


def _written_calls(text: str, names: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    alternatives = "|".join(re.escape(name) for name in names)
    match = re.search(rf"\b({alternatives})\(([^()\n]*)\)?", text) if names else None
    if match is not None:
        yield match.start(), match.group(1), _keyword_arguments(match.group(2))


def _keyword_arguments(text: str) -> str:
    """`a="x", b=1` as JSON text; the text itself where it cannot be read so."""
    try:
        call = ast.parse(f"f({text})", mode="eval").body
        if not isinstance(call, ast.Call) or call.args:
            return text
        fields = {word.arg: _value(word.value) for word in call.keywords if word.arg}
        return json.dumps(fields, ensure_ascii=False)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return text


def _value(node: ast.expr) -> Any:
    """A literal, or a bare word taken as text: models forget the quotes."""
    return node.id if isinstance(node, ast.Name) else ast.literal_eval(node)


def write_call(call: ToolRequest) -> str:
    """A call in the form that `describe` asks for."""
    try:
        fields: object = json.loads(call.arguments)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        return f"{call.name}({call.arguments})"
    words = cast("dict[str, Any]", fields).items()
    return f"{call.name}({', '.join(f'{key}={json.dumps(value)}' for key, value in words)})"


def describe(tools: Sequence[ToolSpec]) -> str:
    """What a model must be told to make calls as text: the tools and how a call is written."""
    listed = "\n".join(f"{tool.name}({', '.join(_parameters(tool))}) - {tool.description}" for tool in tools)
    return f"Tools:\n{listed}"


def _parameters(tool: ToolSpec) -> Iterator[str]:
    properties: dict[str, dict[str, Any]] = tool.parameters.get("properties", {})
    for name, schema in properties.items():
        allowed = schema.get("enum")
        yield f"{name}={'|'.join(map(json.dumps, allowed))}" if allowed else name


def _examples() -> Iterator[Message]:
    for wish, order, call, result, reply in _EXAMPLE_CALLS:
        yield Message(role="user", content=f"{wish}\n\n{order}")
        yield Message(role="assistant", content=call)
        yield Message(role="user", content=f"Result: {result}")
        yield Message(role="assistant", content=reply)


def as_plain_chat(request: Request) -> tuple[Message, ...]:
    """The request's messages in system, user and assistant turns, for a model that is offered no tools.

    The first system message tells of the tools.
    """
    has_examples = _EXAMPLE_TOOLS.issubset(tool.name for tool in request.tools)
    told = describe(request.tools) if has_examples else f"{describe(request.tools)}\n{_FORM}"
    plain: list[Message] = []
    for message in request.messages:
        if message.role == "system" and told:
            plain.append(Message(role="system", content=f"{told}\n\n{message.content}"))
            told = ""
            plain.extend(_examples() if has_examples else ())
        elif message.role == "tool":
            plain.append(Message(role="user", content=f"Result: {message.content}"))
        else:
            calls = [write_call(call) for call in message.tool_requests]
            text = " ".join(part for part in (message.content, *calls) if part)
            plain.append(Message(role=message.role, content=text))
    return tuple(plain)


class CallsAsText:
    """Any model, offered its tools as text instead of natively."""

    def __init__(self, model: Model) -> None:
        """Wrap `model`."""
        self._model = model

    @property
    def model_id(self) -> str:
        """The wrapped model's own id."""
        return self._model.model_id

    async def complete(self, request: Request) -> Reply:
        """Answer one request; the calls stay in the reply's text, where the runner finds them."""
        if not request.tools:
            return await self._model.complete(request)
        plain = request.model_copy(update={"messages": as_plain_chat(request), "tools": ()})
        return await self._model.complete(plain)
