"""One line of a task file -> a graded task, or what is wrong with the line.

A line is one JSON object. Each thing may go by any of these names, and by one of them only, so that none of two answers
is taken silently:

    what is asked      `input`, `question`, `task`, `prompt`, `text` or `messages` (needed)
    its key            `id` or `key`; where there is none, the hash of what is asked
    the sealed answer  `target`, `expected`, `answer` or `reference`, any JSON value
    and                `split`, `inputs` (what the agent is told besides), `labels` (for breakdowns), `grader`, and
                       `metadata` (read by nobody)

Any other field is an error and not passed on: it may hold the answer. What is asked is text, or chat messages of which
the last one is the user's and the text; the earlier ones are `inputs["messages"]`. A field that is null is not there. A
grader is a name, or an object with `name` and settings, or several of those. Raises `LineError`, which quotes names of
fields and never what they hold.
"""

import json
import math
from collections.abc import Sequence

from pydantic import JsonValue

from seasoned.core.text import shortened, storable
from seasoned.core.trace import Task
from seasoned.evaluate.attempt import GradedTask, GraderSpec
from seasoned.ingest.files.arrays import TOO_DEEP
from seasoned.ingest.narrow import as_label, compact_json
from seasoned.ingest.run import text_key

TEXT_NAMES = ("input", "question", "task", "prompt", "text", "messages")
KEY_NAMES = ("id", "key")
REFERENCE_NAMES = ("target", "expected", "answer", "reference")
OTHER_NAMES = ("split", "inputs", "labels", "grader", "metadata")
EARLIER = "messages"
"""Under this name the messages before the last one are among the inputs."""

MAX_DEPTH = 64
"""Levels of nesting; a task is handed on as JSON, and what reads it may not go deeper."""
MAX_KEY_CHARS = 500
"""Keys stand in indexes of the store, which bound them."""
_KNOWN = frozenset((*TEXT_NAMES, *KEY_NAMES, *REFERENCE_NAMES, *OTHER_NAMES))
_ROLES = ("system", "user", "assistant")
_TEXT_PARTS = ("text", "input_text", "output_text")
_NAME_CHARS = 60


class LineError(Exception):
    """What is wrong with a line, as its text says."""


def task_of(text: str) -> GradedTask:
    """The task of a line.

    Args:
        text: The line, with or without its end.

    Raises:
        LineError: It is no task.
    """
    fields = _fields(text)
    if unknown := [name for name in fields if name not in _KNOWN]:
        raise LineError(
            f"it has {_named(unknown)}, which is not read and may hold the answer: what the agent may see belongs under"
            " `inputs`, anything else under `metadata`"
        )
    asked, earlier = _asked(fields)
    inputs = _object(fields, "inputs")
    if earlier:
        if EARLIER in inputs:
            raise LineError(f"`inputs` has `{EARLIER}`, and so has what is asked")
        inputs[EARLIER] = list(earlier)
    return GradedTask(
        task=Task(key=_key(fields, asked, earlier), text=asked),
        split=_label(fields, "split"),
        inputs=inputs,
        reference=_one_of(fields, REFERENCE_NAMES),
        labels={name: _plain(value, f"labels.{name}") for name, value in _object(fields, "labels").items()},
        graders=_graders(fields.get("grader")),
    )


def _fields(text: str) -> dict[str, JsonValue]:
    try:
        value: JsonValue = json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise LineError(f"not JSON: {error.msg.lower().removesuffix(' at')} (column {error.colno})") from None
    except RecursionError:
        raise LineError(TOO_DEEP) from None
    except ValueError:
        raise LineError("not JSON: a number is too long") from None
    if not isinstance(value, dict):
        raise LineError("it is no JSON object; each line holds one")
    clean = {_text(name): _clean(held, 1) for name, held in value.items()}
    return {name: held for name, held in clean.items() if held is not None}


def _once(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    """An object whose names occur once each; of two values JSON readers take the last one without a word."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise LineError(f"{_named([name for name in found if names.count(name) > 1])} is there twice")
    return found


def _clean(value: JsonValue, depth: int) -> JsonValue:
    """The value with texts that any database can store."""
    if depth > MAX_DEPTH:
        raise LineError(TOO_DEEP)
    match value:
        case str():
            return _text(value)
        case list():
            return [_clean(item, depth + 1) for item in value]
        case dict():
            return {_text(name): _clean(item, depth + 1) for name, item in value.items()}
        case float() if not math.isfinite(value):
            raise LineError("it has a number that is not finite")
        case _:
            return value


def _text(value: str) -> str:
    return str(storable(value))


def _one_of(fields: dict[str, JsonValue], names: Sequence[str]) -> JsonValue:
    there = [name for name in names if name in fields]
    if len(there) > 1:
        raise LineError(f"it has {_named(there)}, which are names of one thing: keep one")
    return fields[there[0]] if there else None


def _asked(fields: dict[str, JsonValue]) -> tuple[str, tuple[JsonValue, ...]]:
    """The text, and the messages before it."""
    asked = _one_of(fields, TEXT_NAMES)
    if asked is None:
        raise LineError(f"it asks nothing: it has none of {_named(TEXT_NAMES)}")
    if isinstance(asked, list):
        messages = [_message(item, number) for number, item in enumerate(asked, 1)]
        if not messages or messages[-1]["role"] != "user":
            raise LineError("the last message is not the user's")
        *earlier, last = messages
        asked, before = last["content"], tuple[JsonValue, ...](dict(message) for message in earlier)
    else:
        before = ()
    if not isinstance(asked, str):
        raise LineError("what is asked is neither text nor a list of messages")
    if not asked.strip():
        raise LineError("what is asked is empty")
    return asked, before


def _message(value: JsonValue, number: int) -> dict[str, str]:
    if not isinstance(value, dict) or value.get("role") not in _ROLES:
        raise LineError(f"message {number} has none of the roles {', '.join(_ROLES)}")
    if more := [name for name in value if name not in ("role", "content")]:
        raise LineError(f"message {number} has {_named(more)} besides `role` and `content`")
    content = value.get("content")
    if isinstance(content, list):
        content = "\n".join(_part(part, number) for part in content)
    if not isinstance(content, str):
        raise LineError(f"message {number} has no text")
    return {"role": str(value["role"]), "content": content}


def _part(part: JsonValue, number: int) -> str:
    if isinstance(part, dict) and part.get("type") in _TEXT_PARTS and isinstance(text := part.get("text"), str):
        return text
    raise LineError(f"message {number} has a part that is no text")


def _key(fields: dict[str, JsonValue], asked: str, earlier: tuple[JsonValue, ...]) -> str:
    key = _one_of(fields, KEY_NAMES)
    if key is not None:
        found = _plain(key, "id")
        if len(found) > MAX_KEY_CHARS:
            raise LineError(f"its key is longer than {MAX_KEY_CHARS} characters")
        return found
    # Many talks end with the same words, so what came before sets them apart.
    return text_key("\n".join([*map(compact_json, earlier), asked]))


def _label(fields: dict[str, JsonValue], name: str) -> str:
    return _plain(fields[name], name) if name in fields else ""


def _plain(value: JsonValue, name: str) -> str:
    found = as_label(value)
    if not found.strip():
        raise LineError(f"`{shortened(name, _NAME_CHARS)}` is neither text nor a number")
    return found


def _object(fields: dict[str, JsonValue], name: str) -> dict[str, JsonValue]:
    value = fields.get(name, {})
    if not isinstance(value, dict):
        raise LineError(f"`{name}` is no object")
    return dict(value)


def _graders(value: JsonValue) -> tuple[GraderSpec, ...]:
    if value is None:
        return ()
    return tuple(_grader(each) for each in (value if isinstance(value, list) else [value]))


def _grader(value: JsonValue) -> GraderSpec:
    settings = {"name": value} if isinstance(value, str) else value
    if not isinstance(settings, dict) or not isinstance(name := settings.get("name"), str) or not name.strip():
        raise LineError("`grader` is neither a name nor an object with a `name`")
    words = {key: held if isinstance(held, str) else compact_json(held) for key, held in settings.items()}
    return GraderSpec(name=name, settings={key: word for key, word in words.items() if key != "name"})


def _named(names: Sequence[str]) -> str:
    return ", ".join(f"`{shortened(name, _NAME_CHARS)}`" for name in names)
