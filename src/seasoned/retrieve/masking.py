"""Texts without what belongs to one case alone, so that tasks are alike where they ask for the same.

Two customers who want a refund of two orders ask the same; that both name an order `W77` by chance says nothing. What
has the form of such a thing becomes a word for its type. Names of people have no form of their own and stay. Pure and
deterministic; raises nothing.
"""

import re
import unicodedata
from typing import NamedTuple, Self

from seasoned.core.forms import FORMS, TECHNICAL
from seasoned.retrieve.lexical import words

_SECRET = re.compile(r"<SECRET:(\w+):[0-9a-f]{8}>")
"""What redaction leaves, which names the type itself."""
_TELEPHONE = re.compile(r"(?<![\w-])\+?\(?\d[\d ().-]{7,}\d(?![\w-])")
_CODE = re.compile(r"(?<![\w-])(?!\d{1,4}-?[a-z]+(?![\w-]))(?=(?:[\w-]*\d){2})(?=[\w-]*[A-Za-z])[\w-]{4,}(?![\w-])")
"""Letters and at least two digits in one word, but for such as `24-hour` and `30days`."""
_WORDS = {"an e-mail address": "email", "a date": "date", "an amount": "amount", "an identifier": "identifier"}
READ_CHARS = 10_000
"""So much of a text is read; what follows says little of what is asked, and must not make a search slow."""
SAME_MASKED_OVERLAP = 0.8
"""Two texts that are equal when masked are one and the same from this share of common words on: they differ in hardly
more than a name or a number."""
SAME_OVERLAP = 0.95
"""Two texts are one and the same, whatever they differ in, from this share of common words on."""


def masked(text: str) -> str:
    """The text with a word for its type in the place of each e-mail address, date, amount, identifier and long number.

    At most `READ_CHARS` characters are read. Names of standards such as `SHA-256` stay. Spaces and line breaks
    become one space each.
    """
    text = _SECRET.sub(r" \1 ", _plainly(text))
    for what, form in FORMS:
        text = form.sub(lambda found, word=_WORDS[what]: _typed(found, word), text)
        if what == "an amount":
            text = _TELEPHONE.sub(" number ", text)
    text = _CODE.sub(lambda found: _typed(found, "identifier"), text)
    return " ".join(text.split())


class Wording(NamedTuple):
    """A text as it is compared with others."""

    words: frozenset[str]
    masked: str

    @classmethod
    def of(cls, text: str) -> Self:
        """The wording of a text, of which at most `READ_CHARS` characters are read."""
        return cls(frozenset(words(_plainly(text))), masked(text))

    def is_same(self, other: Self) -> bool:
        """Whether both ask for one and the same, not only for something alike.

        The share of common words is that of all different words of both (Jaccard): see `SAME_MASKED_OVERLAP` and
        `SAME_OVERLAP`.
        """
        n_less, n_more = sorted((len(self.words), len(other.words)))
        if n_less < SAME_MASKED_OVERLAP * n_more:
            return False
        if not n_more:
            return self.masked == other.masked
        overlap = len(self.words & other.words) / len(self.words | other.words)
        if overlap >= SAME_OVERLAP:
            return True
        return overlap >= SAME_MASKED_OVERLAP and words(self.masked) == words(other.masked)


def _plainly(text: str) -> str:
    """The beginning of a text, in which letters that look the same are the same and nothing is invisible."""
    read = text[:READ_CHARS]
    if read.isascii():
        return read
    return "".join(char for char in unicodedata.normalize("NFKC", read) if unicodedata.category(char) != "Cf")


def _typed(found: re.Match[str], word: str) -> str:
    shown = found.group()
    if shown.isdigit():
        return " number "
    return shown if TECHNICAL.fullmatch(shown) else f" {word} "
