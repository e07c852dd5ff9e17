"""Counting tokens: the protocol, and an estimate that needs no vocabulary.

Knows nothing of prompts or skills. Raises nothing.
"""

import re
from dataclasses import dataclass
from typing import Protocol

from seasoned.core.text import CHARS_PER_TOKEN

BYTES_PER_TOKEN_BEYOND_ASCII = 2
"""Byte-level vocabularies take one token for one to two letters of most other scripts, which are two to four bytes."""

_PIECES = re.compile(r"[A-Z]?[a-z]{1,9}|[A-Z]{1,4}|[0-9]{1,3}|[!-/:-@\[-`{-~]{1,2}")
"""Short words, short runs of capitals, three digits, two marks: about what common vocabularies hold as one token."""


class Tokenizer(Protocol):
    """Anything that counts the tokens of a text."""

    @property
    def name(self) -> str:
        """Which count it is; an estimate says so in its name."""
        ...

    def count(self, text: str) -> int:
        """Tokens of the text, at least 0, and 0 for an empty one."""
        ...


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate that rather counts too many than too few.

    Each line counts as the larger of its characters / 4 and its number of word pieces, digits in threes and marks in
    twos, rounded up; characters beyond ASCII count half a token for each byte of their UTF-8 form; each line break
    counts one. So the count of whole lines is the sum of their counts, and what skills cost adds up exactly.
    """

    name: str = "estimate-4c"

    def count(self, text: str) -> int:
        """Estimated tokens of the text."""
        lines = text.split("\n")
        return len(lines) - 1 + sum(map(_line_tokens, lines))


def _line_tokens(line: str) -> int:
    n_pieces = len(_PIECES.findall(line))
    if line.isascii():
        return max(-(-len(line) // CHARS_PER_TOKEN), n_pieces)
    n_ascii = len(line.encode("ascii", "ignore"))
    n_other_bytes = len(line.encode("utf-8", "surrogatepass")) - n_ascii
    beyond = -(-n_other_bytes // BYTES_PER_TOKEN_BEYOND_ASCII)
    return beyond + max(-(-n_ascii // CHARS_PER_TOKEN), n_pieces)


ESTIMATE = Estimate()
"""The default count."""
