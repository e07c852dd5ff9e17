"""The base of all values: frozen, strict about unknown fields, storable as text in any database.

Knows nothing of what the values mean. Raises pydantic's `ValidationError`.
"""

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: object) -> object:
    """Replace NUL and lone surrogates, which no database stores as text, by U+FFFD; leave other types alone."""
    if isinstance(text, str) and not text.isascii():
        return _UNSTORABLE.sub("\ufffd", text)
    return text.replace("\x00", "\ufffd") if isinstance(text, str) and "\x00" in text else text


Text = Annotated[str, BeforeValidator(storable)]
"""Text from outside: NUL and lone surrogates are replaced, so that it can be stored and hashed."""


class Value(BaseModel):
    """A frozen value; `model_copy(update=…)` gives the changed one."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
