"""Collects the steps of one run, pairs tool calls with results, and fixes each step's canonical text.

- A tool call reads `name(arguments)`, the arguments exactly as the log has them.
- A tool result failed where the log says so, or where its text begins with `Error`, `SomethingError:`, `Exception`,
  `Traceback (most recent call last)`, `Fatal`, `Invalid action`, or is a JSON object whose first key is a non-empty
  `error`. Nothing else counts: a search that found nothing did not fail.
- A system or user step that holds one of our own compiled prompts is injected as a whole.
- Long base64 is taken out into blobs.

Knows nothing of formats. Raises `RecursionError` for arguments that a log holds parsed and nested too deeply.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, TypedDict, Unpack

from pydantic import JsonValue, TypeAdapter

from seasoned.core.ids import sha256_hex
from seasoned.core.marks import outside_examples
from seasoned.core.prompt import HEADING, INTRODUCTION
from seasoned.core.trace import Step, StepKind
from seasoned.ingest.attachments import Attachment, without_inline
from seasoned.ingest.narrow import as_list, as_object, as_text, compact_json, storable_json
from seasoned.ingest.pairing import Slot, pairs

_FAILED = re.compile(
    r"\s*(?:error\b|\w+(?:error|exception):|exception\b|traceback \(most recent call last\)|fatal\b|invalid action\b"
    r'|\{\s*"error"\s*:(?!\s*(?:null\b|false\b|""|\{\s*\}|\[\s*\])))',
    re.IGNORECASE,
)


_COMPILED = re.compile(rf"^{re.escape(HEADING)}\s+{re.escape(INTRODUCTION)}", re.MULTILINE)


_DESCRIBED = frozenset({"function", "custom", "mcp", "namespace"})
"""Types of tools that have a name of their own, or stand for several."""


class StepDetails(TypedDict, total=False):
    """Fields of a step that few steps have."""

    at: datetime | None
    injected: bool
    blob: str | None


def looks_failed(text: str) -> bool:
    """Whether a tool result's text says that the tool failed (see the module's rule)."""
    return _FAILED.match(text) is not None


_STEPS = TypeAdapter(tuple[Step, ...])
"""Validates the steps of a run in one call."""
_SHELLS = ("function", "toolSpec", "systemTool")
"""Keys under which a tool's description stands in an object of its own."""
_GEMINIS_OWN = frozenset(
    {"googleSearch", "google_search", "googleSearchRetrieval", "google_search_retrieval", "googleMaps", "google_maps",
     "urlContext", "url_context", "codeExecution", "code_execution", "fileSearch", "file_search", "computerUse",
     "computer_use"}
)  # fmt: skip
"""Tools that Gemini has built in, each named by its key."""


def tool_names(tools: JsonValue) -> Iterator[str]:
    """Names in a list of tools, or in an object of them by name, in the form of any of the large providers."""
    if isinstance(tools, dict):
        yield from tools
    for tool in map(as_object, as_list(tools)):
        described = next((found for key in _SHELLS if (found := as_object(tool.get(key)))), tool)
        if name := as_text(described.get("name")) or _built_in(described):
            yield name
        for key in ("functionDeclarations", "function_declarations"):
            yield from tool_names(tool.get(key))
        yield from (key for key in tool if key in _GEMINIS_OWN)


def _built_in(tool: dict[str, JsonValue]) -> str:
    """The type of a tool that the provider has built in, such as `web_search`, which has no other name."""
    kind = as_text(tool.get("type"))
    return "" if kind in _DESCRIBED else kind


class StepList:
    """The steps of one run in the making."""

    def __init__(self) -> None:
        """Empty."""
        self._fields: list[dict[str, Any]] = []
        self.slots: list[Slot] = []
        """The calls and results among them."""
        self.blobs: dict[str, bytes] = {}
        self.tools: tuple[str, ...] = ()
        """Names of the tools that the agent was offered."""
        self.toolset: str | None = None
        """SHA-256 of the blob that holds the tools' definitions as the log has them."""
        self.now: datetime | None = None
        """The time of the steps that are added from here on, where they do not say theirs."""

    def __len__(self) -> int:
        return len(self._fields)

    def add(self, kind: StepKind, text: str, *, name: str = "", **details: Unpack[StepDetails]) -> None:
        """A step that is no tool call or result."""
        fields: dict[str, Any] = {"kind": kind, "text": without_inline(text, self._keep), **details}
        if name:
            fields["name"] = name
        if kind in ("system", "user") and _COMPILED.search(text):
            fields["injected"] = True
        self._append(fields)

    def attach(
        self, attachment: Attachment, *, kind: StepKind = "image", name: str = "", at: datetime | None = None
    ) -> None:
        """A step that stands for an image or another attachment."""
        self._keep(attachment)
        self.add(kind, attachment.text, name=name, blob=attachment.sha256, at=at)

    def call(self, name: str, arguments: JsonValue, *, call_id: str = "", **details: Unpack[StepDetails]) -> None:
        """A tool call; `arguments` is JSON text, or the object where the log has it parsed."""
        text = arguments if isinstance(arguments, str) else "" if arguments is None else compact_json(arguments)
        text = without_inline(text, self._keep)
        self.call_as_written(f"{name}({text})", name, _parsed(text), call_id=call_id, **details)

    def call_as_written(
        self,
        text: str,
        name: str,
        arguments: dict[str, JsonValue] | None,
        *,
        call_id: str = "",
        **details: Unpack[StepDetails],
    ) -> None:
        """A tool call whose canonical text the format has worked out itself."""
        self.slots.append(Slot(len(self._fields), is_call=True, id=call_id, name=name))
        kept = None if arguments is None else as_object(storable_json(arguments))
        self._append({"kind": "tool_call", "text": text, "name": name or None, "arguments": kept, **details})
        if call_id:
            self._fields[-1]["call_id"] = call_id

    def result(
        self,
        text: str,
        *,
        name: str = "",
        call_id: str = "",
        failed: bool | None = None,
        **details: Unpack[StepDetails],
    ) -> None:
        """A tool result; `failed` is the log's own flag, None where it has none."""
        self.slots.append(Slot(len(self._fields), is_call=False, id=call_id, name=name))
        is_error = looks_failed(text) if failed is None else failed
        self.add("tool_result", text, name=name, **details)
        if is_error:
            self._fields[-1]["is_error"] = True
        if call_id:
            self._fields[-1]["call_id"] = call_id

    def offer(self, tools: JsonValue) -> None:
        """Note the tools that the agent was offered, in any provider's form; the last list that names any counts."""
        names = tuple(dict.fromkeys(tool_names(tools)))
        if not names:
            return
        definitions = compact_json(tools).encode(errors="replace")
        self.blobs.pop(self.toolset or "", None)
        self.tools, self.toolset = names, sha256_hex(definitions)
        self.blobs[self.toolset] = definitions

    @property
    def times(self) -> tuple[datetime | None, ...]:
        """When each step was, where the log says."""
        return tuple(fields.get("at") for fields in self._fields)

    def asked(self) -> str:
        """What the first user message says that we did not put there ourselves; empty where there is none.

        Examples that we showed (`core.marks`) are no part of it, so the task is the same whatever was shown before it.

        A message with images in it is several steps; so user steps with nothing but images between them are one.
        """
        texts: list[str] = []
        after_image = True
        own = outside_examples([(fields["kind"], fields["text"]) for fields in self._fields])
        for fields, said in zip(self._fields, own, strict=True):
            if fields["text"] and not said:
                continue
            if fields["kind"] == "user" and not fields.get("injected") and after_image:
                texts.append(said)
                after_image = False
            elif fields["kind"] == "image":
                after_image = True
            elif texts:
                break
        return "\n".join(text for text in texts if text)

    def keys(self) -> list[tuple[str, str, str]]:
        """What each step says, in a form in which repetitions of it are equal, however they were written."""
        return [_repetition_key(fields) for fields in self._fields]

    def take(self, other: "StepList", indices: Iterable[int]) -> None:
        """Add some steps of another list, in this order, with the blobs and the tools of that list."""
        slots = {slot.index: slot for slot in other.slots}
        for index in indices:
            if (slot := slots.get(index)) is not None:
                self.slots.append(replace(slot, index=len(self._fields)))
            self._fields.append(other._fields[index])
        self.blobs.update(other.blobs)
        if other.tools:
            self.tools, self.toolset = other.tools, other.toolset

    def done(self) -> tuple[Step, ...]:
        """All steps, paired; a result without a name takes its call's."""
        partners = pairs(self.slots)
        fields = [
            each if (partner := partners.get(n)) is None else each | self._paired(each, partner)
            for n, each in enumerate(self._fields)
        ]
        return _STEPS.validate_python(fields)

    def _paired(self, fields: dict[str, Any], partner: int) -> dict[str, Any]:
        """What pairing adds to a step; lists share steps, and each pairs its own."""
        name = {} if fields.get("name") else {"name": self._fields[partner].get("name")}
        return {"pair": partner, **name}

    def _append(self, fields: dict[str, Any]) -> None:
        if self.now is not None and fields.get("at") is None:
            fields["at"] = self.now
        self._fields.append(fields)

    def _keep(self, attachment: Attachment) -> None:
        if attachment.sha256 is not None:
            self.blobs[attachment.sha256] = attachment.data


def _repetition_key(fields: dict[str, Any]) -> tuple[str, str, str]:
    """Logs repeat a call with its arguments parsed or as text, and a message with other spacing."""
    text, name = fields["text"], ""
    if fields["kind"] == "tool_call":
        name = fields.get("name") or ""
        arguments = fields.get("arguments")
        text = text if arguments is None else json.dumps(arguments, sort_keys=True)
    return fields["kind"], name, fields.get("blob") or " ".join(text.split())


def _refused(text: str) -> float:
    raise ValueError(text)


def _finite(text: str) -> float:
    number = float(text)
    return number if abs(number) <= _LARGEST else _refused(text)


_LARGEST = 1.7e308
_MAX_DEPTH = 100
"""Arguments nested more deeply stay text: what reads them back may stop at a few hundred levels."""
_ARGUMENTS = json.JSONDecoder(strict=False, parse_constant=_refused, parse_float=_finite)
"""Refuses NaN and infinities, which no database stores as JSON."""


def _parsed(text: str) -> dict[str, JsonValue] | None:
    if not text:
        return None
    try:
        value: JsonValue = _ARGUMENTS.decode(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and not _deeper(value, _MAX_DEPTH) else None


def _deeper(value: JsonValue, depth: int) -> bool:
    level: list[JsonValue] = [value]
    for _ in range(depth):
        level = [
            item
            for entry in level
            if isinstance(entry, (dict, list))
            for item in (entry.values() if isinstance(entry, dict) else entry)
        ]
        if not level:
            return False
    return True
