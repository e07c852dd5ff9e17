"""Runs of AutoGen teams (0.2, 0.4 and later, Magentic-One): results, message lists, and the states that teams save.

Read as runs: `{messages: […], stop_reason}`, a list of messages (one, one a line, or one message a line), a team's
state (the thread of its manager; where there is none, each agent's own context), and AutoGen 0.2's `{chat_history:
[…]}`. Such logs hold no verdict: a stop reason only says why the talk ended.

In 0.2 the roles are those in which the one who kept the log saw the others, so names decide: a user by name is the
user, what an executor answers (`exitcode: …`) is a tool's result, anybody else is an agent.

Source: the packages autogen-agentchat, autogen-core and pyautogen.
"""

from collections.abc import Iterable, Iterator

from pydantic import JsonValue

from seasoned.ingest.attempt import attempt_all
from seasoned.ingest.bare import joined_messages
from seasoned.ingest.dialects import autogen, chat
from seasoned.ingest.format import SURE, Detection, Document, Parsed, Problem, Sample
from seasoned.ingest.messages import add_messages
from seasoned.ingest.narrow import as_label, as_list, as_object, as_text
from seasoned.ingest.record import Record
from seasoned.ingest.run import Place, run_of
from seasoned.ingest.steps import StepList
from seasoned.ingest.usage import read_usage, total_usage

_MAX_DEPTH = 6
"""So deep the states of nested teams are searched."""


class AutoGen:
    """Logs of AutoGen teams."""

    name = "autogen"

    def detect(self, sample: Sample) -> Detection | None:
        """Sure about typed messages with a source, a team's state, and a chat history with its summary."""
        records = sample.records
        if sample.layout != "object" and records and all(_is_typed(record) for record in records):
            return self._claim("messages with a source and a type of AutoGen's")
        first = records[0] if records else None
        if isinstance(first, list) and first and all(map(_is_typed, first[:3])):
            return self._claim("a list of messages with a source and a type of AutoGen's")
        entry = as_object(first)
        messages = as_list(entry.get("messages"))
        if messages and all(map(_is_typed, messages[:3])):
            return self._claim("messages with a source and a type of AutoGen's")
        if _states(entry) or _threads(entry, 0):
            return self._claim("the state of a team or an agent")
        history = as_list(entry.get("chat_history"))
        if "summary" in entry and any("role" in as_object(message) for message in history):
            return self._claim("a chat_history with its summary")
        return None

    def read(self, document: Document) -> Iterator[Parsed | Problem]:
        """One run for each record, or for a file of single messages."""
        for item in joined_messages(document.records(), _is_typed):
            if isinstance(item, Problem):
                yield item
            else:
                yield from self._record_runs(item, document.path)

    def _claim(self, reason: str) -> Detection:
        return Detection(format=self.name, confidence=SURE, reason=reason)

    def _record_runs(self, record: Record, path: str) -> Iterator[Parsed | Problem]:
        entry = as_object(record.value)
        threads = _threads(entry, 0) or _states(entry)
        if isinstance(record.value, list):
            yield from self._runs({"messages": record.value}, path, record.where)
        elif threads:
            for name, messages in threads:
                run: dict[str, JsonValue] = {"messages": messages, "agent": name}
                yield from self._runs(run, path, f"{record.where}, {name}" if name else record.where)
        else:
            yield from self._runs(entry, path, record.where)

    def _runs(self, run: dict[str, JsonValue], path: str, where: str) -> Iterator[Parsed | Problem]:
        place = Place(format=self.name, path=path, where=where)
        yield from attempt_all(lambda: _parsed(run, place), where)


def _is_typed(value: JsonValue) -> bool:
    return autogen.matches(as_object(value))


def _threads(state: dict[str, JsonValue], depth: int) -> list[tuple[str, list[JsonValue]]]:
    """The threads of the managers in a state, with their names."""
    if not state:
        return []
    if thread := [message for message in as_list(state.get("message_thread")) if _is_typed(message)]:
        return [("", thread)]
    if depth == _MAX_DEPTH:
        return []
    inner = as_object(state.get("agent_states")) or as_object(state.get("team_state"))
    found = (_threads(as_object(value), depth + 1) for value in [*inner.values(), state.get("agent_state")])
    return [thread for threads in found for thread in threads]


def _states(state: dict[str, JsonValue]) -> list[tuple[str, list[JsonValue]]]:
    """The contexts of the agents in a state that has no manager's thread."""
    found: list[tuple[str, list[JsonValue]]] = []
    for name, value in [("", state), *as_object(state.get("agent_states")).items()]:
        inner = as_object(as_object(value).get("agent_state")) or as_object(value)
        context = as_object(inner.get("llm_context")) or as_object(inner.get("model_context"))
        if messages := [message for message in as_list(context.get("messages")) if _is_typed(message)]:
            found.append((name.partition("/")[0], messages))
    return found


def _parsed(run: dict[str, JsonValue], place: Place) -> list[Parsed | Problem]:
    messages = as_list(run.get("messages")) or as_list(run.get("chat_history"))
    steps = StepList()
    problems: list[Parsed | Problem] = []
    for number, message in enumerate(map(as_object, messages), 1):
        if autogen.matches(message):
            problems += add_messages([message], steps, place.where)
        elif isinstance(message.get("role"), str):
            add_named(message, steps)
        else:
            problems.append(Problem(where=f"{place.where}, message {number}", why="it has no source or role"))
    if not len(steps):
        return [*problems, Problem(where=place.where, why="no messages in it")]
    used = total_usage(read_usage(as_object(message).get("models_usage")) for message in messages)
    run_key = as_label(run.get("chat_id")) or as_label(run.get("id"))
    return [*problems, run_of(steps, place, run_key=run_key, usage=used, agent=as_text(run.get("agent")) or "autogen")]


def add_named(message: dict[str, JsonValue], steps: StepList) -> None:
    """Add a message of AutoGen 0.2, whose name says who spoke."""
    name, text = as_text(message.get("name")), as_text(message.get("content"))
    answers = [as_object(answer) for answer in as_list(message.get("tool_responses"))]
    role = as_text(message.get("role"))
    if answers:
        _add_all(({**answer, "role": "tool"} for answer in answers), steps)
    elif not name or role in ("system", "tool", "function"):
        chat.add_message(message, steps)
    elif (failed := autogen.exit_failed(text)) is not None:
        steps.result(text, name=name, failed=failed)
    else:
        chat.add_message({**message, "role": "user" if autogen.is_user(name) else "assistant"}, steps)


def _add_all(messages: Iterable[dict[str, JsonValue]], steps: StepList) -> None:
    for message in messages:
        chat.add_message(message, steps)
