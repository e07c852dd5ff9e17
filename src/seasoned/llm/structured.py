"""Answers of a given shape: a model is asked for JSON that a pydantic class describes, and the reply is checked.

The reply comes as a tool call, by the provider's JSON schema or from a prompt, whichever the model can; the request
only says what shape is wanted. A reply that does not fit goes back once, with the reason. Knows nothing of what is
asked. Raises `Unshaped` for two replies that do not fit, and what the model raises.
"""

import re
from collections.abc import Iterator
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import from_json

from seasoned.core.value import Value
from seasoned.errors import Unshaped
from seasoned.llm.model import Model, OutputShape, Reply, Request

Answer = TypeVar("Answer", bound=Value)

_FENCED = re.compile(r"```(?:json)?[ \t]*\n(.*?)```", re.DOTALL)
_MAX_WHY_CHARS = 600
_CUT_OFF = "it was cut off at the limit of the reply's length; answer in fewer words"


async def answer_of(model: Model, request: Request, shape: type[Answer]) -> Answer:
    """The model's answer as a value of `shape`.

    Args:
        model: Whom to ask.
        request: The question; its `output` is set here.
        shape: A frozen value class; its JSON schema is what the model is shown.

    Raises:
        Unshaped: Neither the reply nor its correction fits the shape.
    """
    name = shape.__name__.strip("_").lower()
    asked = request.model_copy(update={"output": OutputShape(name=name, json_schema=shape.model_json_schema())})
    reply = await model.complete(asked)
    try:
        return _read(reply, shape)
    except ValueError as error:
        why = _readable(error, reply)
    said = f"That does not fit the JSON schema: {why}. Answer again with the JSON alone."
    reply = await model.complete(asked.sent_back(reply.content or "(nothing)", said))
    try:
        return _read(reply, shape)
    except ValueError as error:
        hint = "Use a model that follows JSON schemas; `seasoned doctor --model M` says what it can"
        raise Unshaped(
            "the model did not answer in the shape that was asked for",
            where=model.model_id,
            why=_readable(error, reply),
            hint="Allow longer replies, or use another model" if reply.finish_reason == "length" else hint,
        ) from error


def _read(reply: Reply, shape: type[Answer]) -> Answer:
    """The first JSON object in the reply; raises `ValueError` where there is none, or it does not fit."""
    for text in _candidates(reply.content):
        try:
            found = from_json(text)
        except ValueError:
            continue
        if isinstance(found, dict):
            return shape.model_validate(found)
    raise ValueError("it holds no JSON object" if reply.content.strip() else "it is empty")


def _candidates(text: str) -> Iterator[str]:
    """Where models put their JSON: alone, in a fence, or with words around it."""
    yield text
    yield from (fenced[1] for fenced in _FENCED.finditer(text))
    yield text[max(0, text.find("{")) : text.rfind("}") + 1]


def _readable(error: ValueError, reply: Reply) -> str:
    if isinstance(error, ValidationError):
        parts = [
            f"{'.'.join(map(str, e['loc'])) or 'answer'}: {e['msg']}"
            for e in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        return "; ".join(parts)[:_MAX_WHY_CHARS]
    return _CUT_OFF if reply.finish_reason == "length" else str(error)
