"""An embedder for tests: texts that share words are near each other, and so are words that are told to be."""

import hashlib
import math
from array import array
from collections.abc import Mapping, Sequence

from seasoned.errors import ProviderError
from seasoned.retrieve.lexical import words


class HashingEmbedder:
    """Each word is one direction of `n_dimensions`, chosen by its hash.

    Args:
        meanings: Words that mean the same as another word, with that word.
        n_dimensions: Numbers in a vector.
        n_failing: So many calls fail, from the first.
    """

    def __init__(
        self, meanings: Mapping[str, str] | None = None, *, n_dimensions: int = 256, n_failing: int = 0
    ) -> None:
        self._meanings, self._n_dimensions, self._n_failing = meanings or {}, n_dimensions, n_failing
        self.embedded: list[str] = []

    @property
    def embedder_id(self) -> str:
        return "test:hashing"

    async def embed(self, texts: Sequence[str]) -> list[Sequence[float]]:
        if self._n_failing:
            self._n_failing -= 1
            raise ProviderError("the embedder is down", where=self.embedder_id)
        self.embedded += texts
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> Sequence[float]:
        vector = [0.0] * self._n_dimensions
        for word in words(text) or [""]:
            digest = hashlib.sha256(self._meanings.get(word, word).encode(errors="replace")).digest()
            vector[int.from_bytes(digest[:4]) % self._n_dimensions] += 1.0
        length = math.hypot(*vector)
        return array("f", (each / length for each in vector))
