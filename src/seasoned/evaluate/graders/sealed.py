"""Whether a text gives away what is in a sealed reference, so that feedback never does. Pure; raises nothing."""

import json
import re
from collections.abc import Iterator

from pydantic import JsonValue

_WORD = re.compile(r"\w+")
_RUN_WORDS = 4
"""So many words of the reference in a row give it away, where it is longer than that."""


def gives_away(text: str, reference: JsonValue, shown: str) -> bool:
    """Whether a text holds words or numbers of the reference that the run itself does not show.

    Args:
        text: What somebody says of a run.
        reference: The sealed answer.
        shown: All that the run shows, which is no secret.
    """
    said, known = _words(text), _words(shown)
    return any(piece in said and piece not in known for leaf in _leaves(reference) for piece in _pieces(leaf))


def _pieces(leaf: str) -> Iterator[str]:
    """A text as its words, or the runs of words in it, each between spaces."""
    words = _WORD.findall(leaf.casefold())
    for start in range(max(1, len(words) - _RUN_WORDS + 1)) if words else ():
        yield f" {' '.join(words[start : start + _RUN_WORDS])} "


def _words(text: str) -> str:
    return f" {' '.join(_WORD.findall(text.casefold()))} "


def _leaves(reference: JsonValue) -> Iterator[str]:
    waiting = [reference]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        elif value is not None and not isinstance(value, bool):
            yield value if isinstance(value, str) else json.dumps(value)
