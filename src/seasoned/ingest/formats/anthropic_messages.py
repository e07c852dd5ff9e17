"""Anthropic's Messages API: requests with their responses, requests, messages, batch results, streams.

What is read as a run is said in `conversations`, and what the content blocks become in the dialect `anthropic`. The
`system` prompt is the first step. A `stop_reason` of max_tokens or refusal is an error step. Tokens that the prompt's
cache wrote or read count as input.

Source: Anthropic's reference of the Messages API.
"""

from collections.abc import Iterator

from pydantic import JsonValue

from seasoned.ingest.calls.conversations import Claim, detected, head_values, read_conversations
from seasoned.ingest.calls.record import api_of, exchange_of
from seasoned.ingest.dialects import anthropic
from seasoned.ingest.format import SURE, Detection, Document, Parsed, Problem, Sample
from seasoned.ingest.narrow import as_list, as_object
from seasoned.ingest.streamed.events import event_api

_STREAMED = ('"message_start"', '"content_block_start"', '"content_block_delta"')


class AnthropicMessages:
    """Messages with Anthropic's content blocks."""

    name = "anthropic_messages"

    def detect(self, sample: Sample) -> Detection | None:
        """Sure about messages that the API sent, nearly so about content blocks."""
        return detected(sample, self.name, of_stream=_stream_claim, of_record=_claim, of_bare=_bare_claim)

    def read(self, document: Document) -> Iterator[Parsed | Problem]:
        """One run for each list of messages, and for calls that continue each other together."""
        return read_conversations(document, self.name)


def _stream_claim(text: str) -> Claim | None:
    is_ours = any(event in text for event in _STREAMED)
    return (SURE, "a stream of events such as content_block_delta") if is_ours else None


def _claim(value: JsonValue) -> Claim | None:
    entry = as_object(value)
    if event_api(entry) == "messages":
        return SURE, "events of a stream such as content_block_delta"
    if (exchange := exchange_of(entry)) is not None and api_of(exchange) == "messages":
        if exchange.response.get("type") == "message":
            return SURE, "a message with content blocks and a stop_reason"
        return 0.9, "a request with Anthropic's messages"
    messages = value if isinstance(value, list) else as_list(entry.get("messages"))
    return (0.85, "content blocks such as tool_use and tool_result") if _has_blocks(messages) else None


def _bare_claim(sample: Sample) -> Claim | None:
    """One message a line, or an array of them."""
    found = list(head_values(sample))
    n_roles = sum(isinstance(as_object(value).get("role"), str) for value in found)
    if not _has_blocks(found) or 2 * n_roles < len(found):
        return None
    return 0.85, "content blocks such as tool_use and tool_result"


def _has_blocks(messages: list[JsonValue]) -> bool:
    return any(anthropic.matches(as_object(message)) for message in messages)
