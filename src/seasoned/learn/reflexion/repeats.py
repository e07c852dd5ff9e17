"""Whether a reflection says what an earlier one of its task said, by the words of both.

Words of form do not count, and endings hardly: what is compared is the set of the other words. Two plans of the same
words in another order, such as "first A, then B" and "first B, then A", read alike to it. Pure; raises nothing.
"""

import re
from collections.abc import Sequence

from seasoned.learn.injected import plain_words

LEAST_COMMON = 0.6
"""Share of the words of both that they have in common, from which on the later one repeats the earlier."""
LEAST_CONTAINED = 0.85
"""Share of the later one's words that the earlier one has, from which on it says nothing new."""
STEM_CHARS = 5
"""Words without their endings are compared by so many characters: `opened` and `opening` say the same."""

_ENDING = re.compile(r"(?<=...)(?:ing|ed|e?s)$")
_OF_FORM = re.compile(
    r"an?|and|are|as|at|be|been|before|but|by|can|could|did|do|does|for|from|had|has|have|if|in|into|is|it|its|not|of"
    r"|on|only|or|should|so|such|than|that|the|their|them|then|there|these|they|this|those|to|was|were|when|where"
    r"|which|while|will|with|would|i|me|my|we|you|your|next|time|trial|attempt|again|also"
)


def said_before(text: str, earlier: Sequence[str]) -> int | None:
    """Which of the earlier reflections says the same, by index; the last one of several. None: it is new."""
    mine = telling(text)
    for index in range(len(earlier) - 1, -1, -1):
        theirs = telling(earlier[index])
        common = len(mine & theirs)
        if mine and (common >= LEAST_COMMON * len(mine | theirs) or common >= LEAST_CONTAINED * len(mine)):
            return index
    return None


def telling(text: str) -> frozenset[str]:
    """The words of a text but those of form, each by its first characters; numbers whole."""
    words = (word for word in plain_words(text).split() if not _OF_FORM.fullmatch(word))
    return frozenset(word if word.isdigit() else _ENDING.sub("", word)[:STEM_CHARS] for word in words)
