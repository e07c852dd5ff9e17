"""A streamed chat completion (server-sent events) put together again as the one response that it was.

The wire format is the WHATWG server-sent events stream whose `data:` lines hold OpenAI `chat.completion.chunk`s and
end with `[DONE]`. Only choice 0 is put together. Raises nothing: chunks that do not parse are counted.
"""

from dataclasses import dataclass, field

from pydantic import JsonValue

from seasoned.ingest.arrays import DECODER
from seasoned.ingest.narrow import as_list, as_object, as_text

_JOINED = ("content", "reasoning_content", "reasoning", "refusal")


@dataclass(slots=True)
class _Call:
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list[str])


def looks_streamed(text: str) -> bool:
    """Whether a text is a stream of chat completion chunks."""
    return "data:" in text and "chat.completion.chunk" in text


def joined_response(stream: str) -> tuple[dict[str, JsonValue], int]:
    """The response in the form of one that was not streamed, and how many chunks did not parse."""
    chunks, n_broken = _chunks(stream)
    texts: dict[str, list[str]] = {key: [] for key in _JOINED}
    calls: dict[int, _Call] = {}
    response: dict[str, JsonValue] = {}
    for chunk in chunks:
        response.update({key: chunk[key] for key in ("model", "usage", "error", "id") if chunk.get(key)})
        for choice in map(as_object, as_list(chunk.get("choices"))):
            if choice.get("index", 0) == 0:
                _add_delta(as_object(choice.get("delta")), texts, calls)
    message: dict[str, JsonValue] = {key: "".join(parts) for key, parts in texts.items() if parts}
    if calls:
        message["tool_calls"] = [
            {"id": call.id, "function": {"name": call.name, "arguments": "".join(call.arguments)}}
            for _, call in sorted(calls.items())
        ]
    if message:
        response["choices"] = [{"index": 0, "message": {"role": "assistant", **message}}]
    return response, n_broken


def _add_delta(delta: dict[str, JsonValue], texts: dict[str, list[str]], calls: dict[int, _Call]) -> None:
    for key in _JOINED:
        if piece := as_text(delta.get(key)):
            texts[key].append(piece)
    for part in map(as_object, as_list(delta.get("tool_calls"))):
        index = part.get("index")
        call = calls.setdefault(index if isinstance(index, int) else len(calls), _Call())
        function = as_object(part.get("function"))
        call.id = call.id or as_text(part.get("id"))
        call.name = call.name or as_text(function.get("name"))
        call.arguments.append(as_text(function.get("arguments")))


def _chunks(stream: str) -> tuple[list[dict[str, JsonValue]], int]:
    chunks, n_broken = list[dict[str, JsonValue]](), 0
    for line in stream.splitlines():
        if not line.startswith("data:"):
            continue
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            continue
        try:
            chunks.append(as_object(DECODER.decode(data)))
        except (ValueError, RecursionError):
            n_broken += 1
    return chunks, n_broken
