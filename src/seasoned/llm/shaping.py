"""How a shaped answer is asked for: by a tool call, by the provider's JSON schema, or in words.

Imports pydantic-ai, so it is itself imported only when a provider is first used. Knows nothing of connections. Raises
nothing.
"""

import json
import re

from pydantic_ai import exceptions
from pydantic_ai.profiles import ModelProfile

from seasoned.llm import prompt_file
from seasoned.llm.model import Message, OutputShape, Request, ShapeMode

_REFUSED = frozenset({400, 415, 422, 501})
"""What servers say to a field that they do not know or support."""
_NAMES_SHAPE = re.compile(r"tool|function|response_format|schema|grammar|jinja", re.IGNORECASE)
"""What else they say it about: 404 where no host of a model takes tools, 500 where a chat template has none."""


_TOO_LONG = re.compile(r"context (size|length|window)|prompt is too long", re.IGNORECASE)
"""What servers say whose words pydantic-ai does not take for this."""


def is_too_long(error: Exception) -> bool:
    """Whether the prompt does not fit the model's context."""
    if isinstance(error, exceptions.ModelContextWindowExceededError):
        return True
    return isinstance(error, exceptions.ModelRequestRejectedError) and _TOO_LONG.search(str(error.body)) is not None


def shape_mode(profile: ModelProfile) -> ShapeMode:
    """What the model does best, by pydantic-ai's table of models; in words where it can do neither of the others."""
    can: dict[ShapeMode, bool] = {
        "tool": profile.get("supports_tools", True),
        "native": profile.get("supports_json_schema_output", False),
        "prompted": True,
    }
    preferred = profile.get("default_structured_output_mode", "tool")
    return preferred if can[preferred] else next(mode for mode in ("native", "tool", "prompted") if can[mode])


def refuses_shape(error: Exception) -> bool:
    """Whether asking in words could help: the request as it is was refused, and not for its sender or its length."""
    if isinstance(error, exceptions.UserError):  # what pydantic-ai itself says before anything is sent
        return True
    if not isinstance(error, exceptions.ModelHTTPError):
        return False
    if is_too_long(error) or isinstance(error, exceptions.ModelAuthenticationError):
        return False
    if error.status_code in _REFUSED:
        return not isinstance(error, exceptions.ModelQuotaExceededError)
    return error.status_code in {404, 500} and _NAMES_SHAPE.search(str(error.body)) is not None


def in_words(request: Request, shape: OutputShape) -> Request:
    """The same request with the schema in its text, at the end of what is asked.

    It joins the last user message, as some servers refuse two in a row.
    """
    schema = json.dumps(shape.json_schema, ensure_ascii=False)
    text = prompt_file.load(__package__ or "", "answer_shape").render(schema=schema)
    *before, last = request.messages or (Message(role="user"),)
    if last.role == "user":
        asked = last.model_copy(update={"content": f"{last.content}\n\n{text}".lstrip()})
        return request.model_copy(update={"messages": (*before, asked)})
    return request.model_copy(update={"messages": (*request.messages, Message(role="user", content=text))})
