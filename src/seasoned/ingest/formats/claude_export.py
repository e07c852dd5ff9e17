"""Claude.ai's data export, `conversations.json`: conversations with `chat_messages`, whose content is in blocks.

A run is a conversation. Where the export says which message is the current one (`current_leaf_message_uuid`), it is
the way there; messages that were sent or answered otherwise are left out and counted. The text of an attached file
is a step of the user's with the file's name; other files are named only.

Source: exports that people describe; there is no published specification.
"""

from collections.abc import Iterator
from datetime import datetime

from pydantic import JsonValue

from seasoned.ingest.attachments import Attachment
from seasoned.ingest.dialects import anthropic
from seasoned.ingest.each_run import each_run
from seasoned.ingest.format import SURE, Detection, Document, Parsed, Problem, Sample
from seasoned.ingest.narrow import as_label, as_list, as_object, as_text
from seasoned.ingest.run import Place, run_of
from seasoned.ingest.sessions.tree import way_to
from seasoned.ingest.steps import StepList
from seasoned.ingest.times import as_time

_ROLES = {"human": "user", "user": "user", "system": "system"}
_OF_THE_PROGRAM = frozenset({"token_budget", "flag"})


class ClaudeExport:
    """Conversations as Claude.ai exports them."""

    name = "claude_export"

    def detect(self, sample: Sample) -> Detection | None:
        """Sure about `chat_messages` that have a sender."""
        for record in sample.records:
            messages = as_list(as_object(record).get("chat_messages"))
            if any(isinstance(as_object(message).get("sender"), str) for message in messages):
                return Detection(format=self.name, confidence=SURE, reason="`chat_messages` that have a sender")
        return None

    def read(self, document: Document) -> Iterator[Parsed | Problem]:
        """One run for each conversation."""
        yield from each_run(document.records(), _runs, format_name=self.name, path=document.path)


def _runs(value: JsonValue, place: Place) -> list[Parsed | Problem]:
    conversation = as_object(value)
    every = [as_object(message) for message in as_list(conversation.get("chat_messages"))]
    messages = _on_the_way(every, as_label(conversation.get("current_leaf_message_uuid")))
    steps = StepList()
    for message in messages:
        _add(message, steps)
    if not len(steps):
        return [Problem(where=place.where, why="a conversation in which nobody says anything")]
    run = run_of(
        steps,
        place,
        run_key=as_label(conversation.get("uuid")),
        agent="claude.ai",
        model=as_text(conversation.get("model")),
        started_at=as_time(conversation.get("created_at")),
    )
    n_off = len(every) - len(messages)
    why = f"{n_off} messages that were sent or answered otherwise are not on the way to the current one; left out"
    return [run, *([Problem(where=place.where, why=why)] if n_off else [])]


def _on_the_way(messages: list[dict[str, JsonValue]], leaf: str) -> list[dict[str, JsonValue]]:
    by_id = {as_label(message.get("uuid")): message for message in messages}
    if leaf not in by_id:
        return messages
    parents = {key: as_label(message.get("parent_message_uuid")) for key, message in by_id.items()}
    return [by_id[key] for key in way_to(leaf, parents)]


def _add(message: dict[str, JsonValue], steps: StepList) -> None:
    at = as_time(message.get("created_at"))
    role = _ROLES.get(as_text(message.get("sender")), "assistant")
    blocks: list[JsonValue] = [
        block
        for block in as_list(message.get("content"))
        if as_text(as_object(block).get("type")) not in _OF_THE_PROGRAM
    ]
    anthropic.add_message({"role": role, "content": blocks or message.get("text")}, steps, at=at)
    attached = [as_object(file) for file in as_list(message.get("attachments"))]
    for file in attached:
        if text := as_text(file.get("extracted_content")):
            steps.add("user", text, name=as_label(file.get("file_name")), at=at)
        else:
            _name(file, steps, at)
    known = {as_label(file.get("file_name")) for file in attached}
    for file in map(as_object, as_list(message.get("files"))):
        if as_label(file.get("file_name")) not in known:
            _name(file, steps, at)


def _name(file: dict[str, JsonValue], steps: StepList, at: datetime | None) -> None:
    is_image = file.get("file_kind") == "image"
    label = f"[{'image' if is_image else 'file'} {as_label(file.get('file_name'))}]"
    steps.attach(Attachment(label), kind="image" if is_image else "user", at=at)
