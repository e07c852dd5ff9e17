"""OpenAI's Responses API: requests with their responses, responses alone, lists of items, streams.

What is read as a run is said in `conversations`, and what the items become in the dialect `responses`. A call that
names a `previous_response_id` joins the call that it names, where the file has it; else a problem says that the
beginning is not in the log. `instructions` are the system prompt; `error` and `incomplete_details` are error steps.

Source: OpenAI's reference of the Responses API.
"""

from collections.abc import Iterator

from pydantic import JsonValue

from seasoned.ingest.calls.conversations import Claim, detected, head_values, read_conversations
from seasoned.ingest.calls.record import api_of, exchange_of
from seasoned.ingest.dialects import responses
from seasoned.ingest.format import SURE, Detection, Document, Parsed, Problem, Sample
from seasoned.ingest.narrow import as_list, as_object
from seasoned.ingest.streamed.events import event_api


class OpenAIResponses:
    """Items of OpenAI's Responses API."""

    name = "openai_responses"

    def detect(self, sample: Sample) -> Detection | None:
        """Sure about responses, nearly so about items."""
        return detected(sample, self.name, of_stream=_stream_claim, of_record=_claim, of_bare=_bare_claim)

    def read(self, document: Document) -> Iterator[Parsed | Problem]:
        """One run for each list of items, and for calls that continue each other together."""
        return read_conversations(document, self.name)


def _stream_claim(text: str) -> Claim | None:
    return (SURE, "a stream of events `response.…`") if '"response.' in text else None


def _claim(value: JsonValue) -> Claim | None:
    entry = as_object(value)
    if event_api(entry) == "responses":
        return SURE, "events `response.…` of a stream"
    if (exchange := exchange_of(entry)) is not None and api_of(exchange) == "responses":
        items = [*as_list(exchange.request.get("input")), *as_list(exchange.response.get("output"))]
        if exchange.response.get("object") == "response":
            return SURE, "a response with `output` items"
        return (0.9, "a request with `input` items and what came back") if _has_items(items) else None
    items = value if isinstance(value, list) else as_list(entry.get("input")) or as_list(entry.get("messages"))
    return (0.85, "items such as function_call and function_call_output") if _has_items(items) else None


def _bare_claim(sample: Sample) -> Claim | None:
    """One item a line, or an array of them, beside messages that any chat has."""
    found = [as_object(value) for value in head_values(sample)]
    n_known = sum("role" in item or responses.matches(item) for item in found)
    if not _has_items(list[JsonValue](found)) or 2 * n_known < len(found):
        return None
    return 0.85, "items such as function_call and function_call_output"


def _has_items(items: list[JsonValue]) -> bool:
    return any(responses.matches(as_object(item)) for item in items)
