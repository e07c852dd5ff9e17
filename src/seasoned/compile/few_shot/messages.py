"""Cases as messages of a chat: user, assistant with tool requests, tool; valid for interfaces like OpenAI's.

Every request is answered by the messages right behind it, no result stands without its request, ids are unique, no
message is empty, roles take turns, and the list begins with the user and ends with the assistant, so that it can stand
before the real conversation. The marks stand in messages of the user: the first one of a case opens it, the next one
behind it closes it; an agent that learns from what it said itself must not learn to say marks.

Thoughts are left out: an agent would learn to say its own aloud. Nothing in a trace can make a message of another role;
control tokens of chat templates are broken up. Pure; raises nothing.
"""

import json
import re
from collections.abc import Sequence

from pydantic import JsonValue

from seasoned.compile.few_shot.showing import DEFAULTS, NO_RESULT, Showing, Solution, Turn, solution_of
from seasoned.compile.render import without_control_tokens
from seasoned.core.exemplar import Case
from seasoned.core.marks import ACKNOWLEDGED, begin_mark, end_mark, without_marks
from seasoned.core.prompt import EXAMPLES_INTRODUCTION
from seasoned.core.trace import Step
from seasoned.llm.model import Message, ToolRequest

DONE = "Done."
"""The agent's last word in a run that ends with a call."""
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]")
_MAX_NAME_CHARS = 64
"""Of a tool's name, as OpenAI takes it."""


def as_messages(cases: Sequence[Case], showing: Showing = DEFAULTS) -> tuple[Message, ...]:
    """The cases as a conversation; none without cases."""
    chat = _Chat()
    for case in cases:
        told = solution_of(case, showing)
        introduction = () if chat.messages else (EXAMPLES_INTRODUCTION,)
        chat.user(*introduction, begin_mark(case.exemplar.id), _clean(told.problem) or "(nothing)")
        for turn in told.turns:
            chat.add(turn, case)
        chat.close(case, told)
    if cases:
        chat.assistant(ACKNOWLEDGED)
    return tuple(chat.messages)


def as_openai(messages: Sequence[Message]) -> list[dict[str, JsonValue]]:
    """Messages as OpenAI's chat interface and those like it take them.

    Source: OpenAI's API reference, "Create chat completion", `messages`.
    """
    return [_openai(message) for message in messages]


class _Chat:
    """A conversation that is being written."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._n_calls = 0

    def user(self, *parts: str) -> None:
        """More words of the user; behind what tools returned, the agent has the last word first."""
        if self._last_role == "tool":
            self.messages.append(Message(role="assistant", content=DONE))
        self._said("user", "\n".join(parts))

    def assistant(self, text: str) -> None:
        self._said("assistant", text)

    def add(self, turn: Turn, case: Case) -> None:
        """One turn of a case."""
        if turn.kind == "tool_call":
            self._call(turn, case)
        elif turn.kind == "assistant":
            self.assistant(_clean(turn.text))
        elif turn.kind == "user":
            self.user(_clean(turn.text))
        elif turn.kind != "thought":
            self._happened(turn)

    def close(self, case: Case, told: Solution) -> None:
        """The end of a case, said by the user."""
        parts = (("Outcome: ", told.feedback), ("For the task at hand: ", told.plan))
        if self._last_role == "user":
            self.assistant(DONE)
        self.user(*(f"{label}{_clean(text)}" for label, text in parts if text), end_mark(case.exemplar.id))

    def _happened(self, turn: Turn) -> None:
        """What nobody said: a result without its call, a failure, an image. It joins what a tool just returned."""
        labels = {"tool_result": "A tool returned: ", "error": "Something failed: "}
        text = labels.get(turn.kind, "") + (_clean(turn.text) or "(nothing)")
        if self._last_role == "tool":
            self._said("tool", text)
        else:
            self.user(text)

    @property
    def _last_role(self) -> str:
        return self.messages[-1].role if self.messages else ""

    def _said(self, role: str, text: str) -> None:
        last = self.messages[-1] if self.messages else None
        if last is not None and last.role == role:
            joined = f"{last.content}\n\n{text}".strip()
            self.messages[-1] = last.model_copy(update={"content": joined})
        else:
            self.messages.append(Message.model_validate({"role": role, "content": text}))

    def _call(self, turn: Turn, case: Case) -> None:
        """A request and its answer right behind it; calls that were made at once stand one after the other."""
        self._n_calls += 1
        # Nine letters and digits: the form that the strictest interface, Mistral's, asks for.
        call_id = f"{case.exemplar.id[-5:]}{self._n_calls:04d}"
        name = _NOT_IN_A_NAME.sub("_", turn.name)[:_MAX_NAME_CHARS] or "tool"
        request = ToolRequest(call_id=call_id, name=name, arguments=_arguments(turn.step))
        last = self.messages[-1]
        if last.role == "assistant":
            self.messages[-1] = last.model_copy(update={"tool_requests": (request,)})
        else:
            self.messages.append(Message(role="assistant", tool_requests=(request,)))
        content = NO_RESULT if turn.result is None else _clean(turn.result) or "(nothing)"
        self.messages.append(Message(role="tool", content=content, call_id=call_id, name=name))


def _arguments(step: Step | None) -> str:
    """JSON text of an object; of a call whose arguments are none, the raw text as its one field `input`."""
    if step is None or step.arguments is None:
        text = "" if step is None else step.text
        raw = text.partition("(")[2].removesuffix(")")
        return json.dumps({"input": _clean(raw)} if raw.strip() else {}, ensure_ascii=False)
    return json.dumps(_cleaned(step.arguments), ensure_ascii=False)


def _cleaned(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, list):
        return [_cleaned(each) for each in value]
    if isinstance(value, dict):
        return {_clean(key): _cleaned(each) for key, each in value.items()}
    return value


def _clean(text: str) -> str:
    return without_marks(without_control_tokens(text)).strip()


def _openai(message: Message) -> dict[str, JsonValue]:
    made: dict[str, JsonValue] = {"role": message.role, "content": message.content or None}
    if message.tool_requests:
        made["tool_calls"] = [
            {"id": each.call_id, "type": "function", "function": {"name": each.name, "arguments": each.arguments}}
            for each in message.tool_requests
        ]
    if message.call_id is not None:
        made["tool_call_id"] = message.call_id
    return made
