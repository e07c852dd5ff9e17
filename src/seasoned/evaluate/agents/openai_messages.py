"""Messages as OpenAI's chat form writes them: ours out, and those of a task in. Raises `UsageError` for the latter."""

from pydantic import JsonValue, TypeAdapter

from seasoned.core.text import shortened
from seasoned.errors import UsageError
from seasoned.ingest.narrow import as_label, as_list, as_object, as_text, compact_json
from seasoned.llm.model import Message, Role, ToolRequest, ToolSpec

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}
_JSON = TypeAdapter[JsonValue](JsonValue)


def written(message: Message) -> dict[str, JsonValue]:
    """One of our messages."""
    if message.role == "tool":
        return {"role": "tool", "tool_call_id": message.call_id, "name": message.name, "content": message.content}
    if not message.tool_requests:
        return {"role": message.role, "content": message.content}
    calls: list[JsonValue] = [
        {"id": call.call_id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in message.tool_requests
    ]
    return {"role": "assistant", "content": message.content, "tool_calls": calls}


def written_tool(tool: ToolSpec) -> JsonValue:
    """A tool as a model is offered it."""
    return _JSON.validate_python({"type": "function", "function": tool.model_dump(mode="json")})


def earlier(value: JsonValue, where: str) -> tuple[Message, ...]:
    """A conversation that a task goes on from; none where there is nothing.

    Args:
        value: What the task has under `messages`.
        where: The task.

    Raises:
        UsageError: It is no list of messages with text.
    """
    if value is None:
        return ()
    if not isinstance(value, list):
        raise _refused("they are no list", where)
    return tuple(_message(as_object(entry), number, where) for number, entry in enumerate(value, 1))


def _message(entry: dict[str, JsonValue], number: int, where: str) -> Message:
    role = _ROLES.get(as_text(entry.get("role")))
    if role is None:
        raise _refused(f"message {number} has no role of {', '.join(_ROLES)}", where)
    content = _content(entry.get("content"), number, where)
    if role == "tool":
        call_id, name = as_label(entry.get("tool_call_id")), as_text(entry.get("name"))
        return Message(role=role, content=content, call_id=call_id, name=name or None)
    calls = as_list(entry.get("tool_calls")) if role == "assistant" else []
    return Message(role=role, content=content, tool_requests=tuple(_request(as_object(call)) for call in calls))


def _content(value: JsonValue, number: int, where: str) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    parts = [as_object(part) for part in as_list(value)]
    if not parts or any(part.get("type") != "text" for part in parts):
        raise _refused(f"message {number} holds other than text", where)
    return "".join(as_text(part.get("text")) for part in parts)


def _request(call: dict[str, JsonValue]) -> ToolRequest:
    function = as_object(call.get("function"))
    arguments = function.get("arguments")
    text = arguments if isinstance(arguments, str) else compact_json({} if arguments is None else arguments)
    return ToolRequest(call_id=as_label(call.get("id")), name=as_text(function.get("name")), arguments=text)


def _refused(why: str, where: str) -> UsageError:
    return UsageError(
        "the task's earlier messages cannot be used",
        where=shortened(where, 80),
        why=why,
        hint="write them as OpenAI's chat completions have them, with text alone",
    )
