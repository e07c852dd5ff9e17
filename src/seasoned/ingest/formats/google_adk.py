"""Sessions of Google's Agent Development Kit: an object with `events`, or the events alone, one a line or in an array.

An event is a Gemini content with an `author`; both spellings of the keys are read, and the events of Vertex AI's
session service. Sub-agents speak in their parent's session, so they stand in the run by their names. An event that is
`partial` is a piece of one that comes whole later: it counts only where that one never came. The `event_logs` of older
sessions hold the agent's instruction, tools, model and usage.

Results of an evaluation (`eval_case_results`) hold the session that was run and its verdict; what was expected goes to
the reference. An evalset alone says only what is expected, so it is no trace.

From the kit's published classes `Event`, `Session`, `EvalSetResult`. Knows nothing of other formats.
"""

from collections.abc import Iterator

from pydantic import JsonValue

from seasoned.ingest.attempt import attempt_all
from seasoned.ingest.dialects.gemini import value_of
from seasoned.ingest.format import SURE, Detection, Document, Parsed, Problem, Sample
from seasoned.ingest.narrow import as_label, as_list, as_object
from seasoned.ingest.record import Record
from seasoned.ingest.run import Place
from seasoned.ingest.sessions.adk_session import adk_result_runs, adk_session_run, is_event

_LISTS = ("events", "session_events")


class GoogleADK:
    """Sessions of the Agent Development Kit."""

    name = "google_adk"

    def detect(self, sample: Sample) -> Detection | None:
        """Sure where events have an author and an invocation's id."""
        for value in sample.records:
            if _results(value):
                reason = "results of an ADK evaluation, with the sessions that were run"
                return Detection(format=self.name, confidence=SURE, reason=reason)
            if is_event(value) or any(map(is_event, _events(value))):
                return Detection(
                    format=self.name, confidence=SURE, reason="ADK events with `author` and `invocation_id`"
                )
        return None

    def read(self, document: Document) -> Iterator[Parsed | Problem]:
        """One run for each session; events that stand alone are one session, or as many as they name."""
        alone: dict[str, list[JsonValue]] = {}
        for item in document.records():
            if isinstance(item, Problem):
                yield item
            elif is_event(item.value):
                session_id = as_label(value_of(as_object(item.value), "session_id"))
                alone.setdefault(session_id, []).append(item.value)
            else:
                yield from _runs(item, document.path)
        for session_id, events in alone.items():
            yield from _runs(Record({"id": session_id, "events": events}, "file"), document.path)


def _runs(record: Record, path: str) -> Iterator[Parsed | Problem]:
    place = Place(format=GoogleADK.name, path=path, where=record.where)

    def read() -> list[Parsed | Problem]:
        if results := _results(record.value):
            return adk_result_runs(results, place)
        events = _events(record.value)
        return adk_session_run(as_object(record.value), events, place)

    yield from attempt_all(read, record.where)


def _events(value: JsonValue) -> list[JsonValue]:
    """The events of a session, or a list that is one."""
    if isinstance(value, list):
        return value
    entry = as_object(value)
    return next((events for key in _LISTS if (events := as_list(value_of(entry, key)))), None) or []


def _results(value: JsonValue) -> list[JsonValue]:
    results = as_list(value_of(as_object(value), "eval_case_results"))
    return results if any(value_of(as_object(each), "final_eval_status") is not None for each in results) else []
