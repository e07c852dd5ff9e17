"""Similar texts by their words: BM25 over texts held in memory.

For some thousands of short texts, such as tasks and skills, where an index in the store would cost more than it saves.
Pure and deterministic; knows nothing of what the texts are. Raises nothing.
"""

import heapq
import math
import re
from collections import Counter, defaultdict
from collections.abc import Container, Sequence

from seasoned.core.value import Value

K1 = 1.2
B = 0.75
"""The usual constants of BM25: how fast repeated words saturate, and how much long texts are held back."""

_WORD = re.compile(r"\w+")


class Hit(Value):
    """One text that was found."""

    index: int
    """Among the texts, in the order given."""
    score: float
    """Comparable within one search only; higher is nearer."""


class LexicalIndex:
    """BM25 over a fixed list of texts.

    Source: S. Robertson, H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", Foundations and Trends
    in Information Retrieval 3 (2009) 333-389, with the inverse document frequency that never falls below zero.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        """Count the words of every text once."""
        counts = [Counter(words(text)) for text in texts]
        sizes = [count.total() for count in counts]
        mean = sum(sizes) / len(sizes) if any(sizes) else 1.0
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for index, count in enumerate(counts):
            held_back = K1 * (1 - B + B * sizes[index] / mean)
            for word, n in count.items():
                self._postings[word].append((index, n * (K1 + 1) / (n + held_back)))
        self._weights = {
            word: math.log(1 + (len(texts) - len(found) + 0.5) / (len(found) + 0.5))
            for word, found in self._postings.items()
        }

    def nearest(self, query: str, n_hits: int, among: Container[int] | None = None) -> list[Hit]:
        """The texts that share words with the query, best first; the earlier one among equals.

        Args:
            query: Any text; its words count once each.
            n_hits: At most so many.
            among: Only these indices; None: all.
        """
        scores: dict[int, float] = defaultdict(float)
        for word in sorted(set(words(query)) & self._postings.keys()):
            for index, strength in self._postings[word]:
                scores[index] += self._weights[word] * strength
        found = ((-score, index) for index, score in scores.items() if among is None or index in among)
        return [Hit(index=index, score=-negative) for negative, index in heapq.nsmallest(n_hits, found)]


def words(text: str) -> list[str]:
    """The words of a text, case folded; the parts of `snake_case` and `camelCase` names are words of their own."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text).replace("_", " ")
    return [found.casefold() for found in _WORD.findall(spaced)]
