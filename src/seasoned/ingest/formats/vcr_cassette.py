"""Cassettes: recorded HTTP exchanges with a language model's API, as VCR in its many languages writes them.

YAML or JSON with `interactions` (VCR.py, go-vcr) or `http_interactions` (Ruby's VCR, Betamax), and HAR files
(`log.entries`), or the exchanges alone, one a line or in an array. Any provider's bodies may be inside, see
`ingest.exchange`. Each request repeats the conversation so far, so what was said before is dropped and each
conversation is one run, beginning where its first call stands. A status of 400 and above is an error of the run.
Headers are never kept. Requests that are no call of a model are left out and counted. There is no verdict in them.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote

from pydantic import JsonValue

from seasoned.ingest.attempt import attempt, attempt_all
from seasoned.ingest.calls.chain import Call
from seasoned.ingest.calls.exchange import call_of, run_of_call
from seasoned.ingest.calls.http_body import body_value
from seasoned.ingest.files.yaml_values import yaml_items
from seasoned.ingest.format import SURE, Detection, Document, Parsed, Problem, Sample
from seasoned.ingest.history import Conversation, History
from seasoned.ingest.narrow import as_count, as_label, as_list, as_object, as_text
from seasoned.ingest.record import Record
from seasoned.ingest.run import Place
from seasoned.ingest.steps import StepList
from seasoned.ingest.times import as_time
from seasoned.ingest.usage import total_usage

_KEYS = frozenset({"interactions", "http_interactions"})
_YAML = re.compile(r"^(?:interactions|http_interactions):[ \t]*(?:#.*)?\n\s*- ", re.MULTILINE)
_BAD_STATUS = 400
_MESSAGES = ("message", "error", "detail", "error_description")


class VCRCassette:
    """Recorded HTTP exchanges."""

    name = "vcr_cassette"

    def detect(self, sample: Sample) -> Detection | None:
        """Sure where a list of interactions stands at the top."""
        first = sample.records[0] if sample.records else None
        if any("request" in as_object(item) and "response" in as_object(item) for item in _interactions(first)):
            return Detection(format=self.name, confidence=SURE, reason="recorded HTTP `interactions`")
        if "interactions:" not in sample.text:
            return None
        if (found := _YAML.search(sample.text)) is not None and "request:" in sample.text[found.start() :]:
            return Detection(format=self.name, confidence=SURE, reason="YAML with recorded HTTP `interactions`")
        return None

    def read(self, document: Document) -> Iterator[Parsed | Problem]:
        """One run for each conversation, in the order in which they began."""
        tape = _Tape(document.path)
        for item in _records(document):
            if isinstance(item, Problem):
                yield item
                continue
            yield from attempt_all(lambda item=item: tape.add(item), item.where)
        yield from tape.runs()


class _Tape:
    """The conversations of a cassette so far."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._history = History()
        self._calls: list[list[Call]] = []
        """Of each conversation."""
        self._n_others = 0

    def add(self, record: Record) -> list[Problem]:
        """Take the next exchange."""
        entry = as_object(record.value)
        request, response = as_object(entry.get("request")), as_object(entry.get("response"))
        status = _status(response)
        (sent, unsent), (received, unreceived) = body_value(request), body_value(response)
        failed = status is not None and status >= _BAD_STATUS
        found = call_of(sent, None if failed else received, record.where)
        problems = [Problem(where=record.where, why=why) for why in (unsent, unreceived) if why]
        if found is None or not len(found[0].steps):
            self._n_others += not unsent
            return problems if unsent else []
        call, doubts = found
        if failed:
            call.steps.add("error", f"HTTP {status}: {_message(received)}".removesuffix(": "))
        address = as_label(request.get("uri")) or as_label(request.get("url"))
        at = as_time(entry.get("recorded_at")) or as_time(entry.get("startedDateTime")) or call.at
        number = self._number(self._history.add(self._with_earlier(call)))
        if number == len(self._calls):
            self._calls.append([])
        self._calls[number].append(replace(call, model=call.model or _model_in(address), at=at))
        return [*problems, *doubts]

    def runs(self) -> Iterator[Parsed | Problem]:
        """Every conversation as a run, then how many exchanges were none."""
        for conversation, calls in zip(self._history.conversations, self._calls, strict=True):
            whole = replace(
                calls[0],
                steps=conversation.steps,
                usage=total_usage(call.usage for call in calls),
                model=next((call.model for call in reversed(calls) if call.model), ""),
            )
            place = Place(format=VCRCassette.name, path=self._path, where=whole.where)
            yield attempt(lambda whole=whole, place=place: run_of_call(whole, place), whole.where)
        if self._n_others:
            why = f"{self._n_others} recorded requests are no call of a language model; they were left out"
            yield Problem(where="file", why=why)

    def _with_earlier(self, call: Call) -> StepList:
        """The call's steps behind those of the response that it names, as a request that had sent them all again."""
        numbers = (n for n, calls in enumerate(self._calls) if any(c.id == call.previous_id for c in calls))
        number = next(numbers, None) if call.previous_id else None
        if number is None:
            return call.steps
        earlier, whole = self._history.conversations[number], StepList()
        whole.take(earlier.steps, range(len(earlier.steps)))
        keys = call.steps.keys()
        whole.take(call.steps, [n for n, key in enumerate(keys) if key[0] != "system" or key not in earlier.said])
        return whole

    def _number(self, conversation: Conversation) -> int:
        return next(n for n, known in enumerate(self._history.conversations) if known is conversation)


def _records(document: Document) -> Iterator[Record | Problem]:
    """The interactions, from YAML or JSON."""
    if document.layout not in ("object", "array", "lines"):
        yield from yaml_items(document.lines(), _KEYS)
        return
    n_items = 0
    for item in document.records():
        if isinstance(item, Problem):
            yield item
            continue
        for value in _interactions(item.value):
            n_items += 1
            yield Record(value, f"item {n_items}")


def _interactions(value: JsonValue) -> list[JsonValue]:
    entry = as_object(value)
    if _is_exchange(entry):
        return [value]
    entries = as_list(as_object(entry.get("log")).get("entries"))
    return next((items for key in _KEYS if (items := as_list(entry.get(key)))), entries)


def _is_exchange(entry: dict[str, JsonValue]) -> bool:
    """Whether it is itself an exchange as only recorders write it."""
    response = as_object(entry.get("response"))
    held = as_object(response.get("body")).keys() & {"string", "base64_string"}
    return isinstance(entry.get("request"), dict) and bool(held or "parsed_body" in response)


def _status(response: dict[str, JsonValue]) -> int | None:
    """Its number, which recorders write as `status.code`, `code`, `status` or `status_code`."""
    status = response.get("status")
    values = (as_object(status).get("code"), response.get("code"), response.get("status_code"), status)
    return next((count for value in values if (count := as_count(value)) is not None), None)


def _message(received: JsonValue) -> str:
    """What an error's body says."""
    found = received[0] if isinstance(received, list) and received else received
    for _ in range(3):
        if isinstance(found, str):
            return found
        entry = as_object(found)
        found = next((entry[key] for key in _MESSAGES if entry.get(key)), None)
    return as_text(found)


def _model_in(address: str) -> str:
    """The model that an address names, as Google's (`models/NAME:generate…`) and Bedrock's (`model/NAME/converse`)."""
    found = re.search(r"/models/([\w.%-]{1,100})(?:[:/]\w|%3A)|/model/([^/?#\s]{1,200})/", address)
    return unquote(found[1] or found[2]) if found else ""
