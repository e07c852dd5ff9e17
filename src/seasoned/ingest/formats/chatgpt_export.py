"""ChatGPT's data export, `conversations.json`: a tree of messages in the `mapping` of each conversation.

A run is the way from the root to `current_node` (without it, to the last message in the file). Answers that were
regenerated, and questions that were then asked otherwise, are not on that way; they are left out and counted.
A message of the assistant to a recipient other than `all` is a tool call, one whose author is a tool its result. Empty
messages that the program put there are left out. Images and files are named but not in the export's JSON.

Source: exports that people describe; there is no published specification.
"""

from collections.abc import Iterator

from pydantic import JsonValue

from seasoned.ingest.dialects.chat import kind_of
from seasoned.ingest.each_run import each_run
from seasoned.ingest.format import SURE, Detection, Document, Parsed, Problem, Sample
from seasoned.ingest.narrow import as_label, as_object, as_text
from seasoned.ingest.run import Place, run_of
from seasoned.ingest.sessions.chatgpt_message import add_message
from seasoned.ingest.sessions.tree import way_to
from seasoned.ingest.steps import StepList
from seasoned.ingest.times import as_time


class ChatGPTExport:
    """Conversations as ChatGPT exports them."""

    name = "chatgpt_export"

    def detect(self, sample: Sample) -> Detection | None:
        """Sure about a mapping of nodes, each with a parent or children, some with a message and its author."""
        for record in sample.records:
            nodes = [as_object(node) for node in as_object(as_object(record).get("mapping")).values()]
            if any(node.keys() & {"parent", "children"} and _role(node) for node in nodes):
                return Detection(
                    format=self.name, confidence=SURE, reason="a `mapping` of messages with parents and authors"
                )
        return None

    def read(self, document: Document) -> Iterator[Parsed | Problem]:
        """One run for each conversation."""
        yield from each_run(document.records(), _runs, format_name=self.name, path=document.path)


def _role(node: dict[str, JsonValue]) -> str:
    return as_text(as_object(as_object(node.get("message")).get("author")).get("role"))


def _runs(value: JsonValue, place: Place) -> list[Parsed | Problem]:
    conversation = as_object(value)
    nodes = {key: as_object(node) for key, node in as_object(conversation.get("mapping")).items()}
    said = [key for key, node in nodes.items() if _role(node)]
    if not said:
        return [Problem(where=place.where, why="a conversation in which nobody says anything")]
    current = as_label(conversation.get("current_node"))
    leaf = current if current in nodes else said[-1]
    way = way_to(leaf, {key: as_label(node.get("parent")) for key, node in nodes.items()})
    steps = StepList()
    messages = [as_object(nodes[key].get("message")) for key in way]
    for message in messages:
        steps.now = as_time(message.get("create_time"))
        add_message(message, kind_of(_role({"message": message})), steps)
    if not len(steps):
        return [Problem(where=place.where, why="a conversation in which nobody says anything")]
    models = [as_text(as_object(message.get("metadata")).get("model_slug")) for message in messages]
    model = as_text(conversation.get("default_model_slug"))
    run = run_of(
        steps,
        place,
        run_key=as_label(conversation.get("conversation_id")) or as_label(conversation.get("id")),
        agent="chatgpt",
        model=next(filter(None, models), model),
        started_at=as_time(conversation.get("create_time")),
    )
    n_off = len(set(said) - set(way))
    why = f"{n_off} messages that were regenerated or asked otherwise are not on the way to the current one; left out"
    return [run, *([Problem(where=place.where, why=why)] if n_off else [])]
