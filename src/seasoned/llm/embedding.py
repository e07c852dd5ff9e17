"""An embedding model behind a provider's API, asked through pydantic-ai.

Imports pydantic-ai, so it is itself imported only when an embedder is first used. Knows nothing of what the texts are,
of budgets or of journals. Raises `ProviderError` for whatever goes wrong, an answer of the wrong shape included.
"""

import asyncio
import math
from array import array
from collections.abc import Callable, Sequence
from typing import Any

from pydantic_ai.embeddings import EmbeddingModel as Connection
from pydantic_ai.embeddings import EmbeddingSettings
from pydantic_ai.providers import Provider

from seasoned.core.value import storable
from seasoned.errors import ProviderError
from seasoned.llm.providers import ProviderConfig
from seasoned.llm.remote import failure

MAX_TEXTS = 96
"""In one request; the smallest limit among the large providers."""
MAX_TEXT_CHARS = 6_000
"""Of each text, from its beginning; every large provider's models take that much."""
_BLANK = "-"
"""Sent for a text with nothing in it, which providers refuse."""
_SETTINGS = EmbeddingSettings(truncate=True)


class RemoteEmbedder:
    """One embedding model of one provider, an `Embedder`.

    Each call of `embed` opens a connection and closes it, so the embedder may be used from any number of event loops.

    Args:
        embedder_id: `provider:model`, as the user wrote it.
        connect: Makes a new connection and the provider that holds it open.
        config: Its time limit holds for each request; retries are the provider SDK's own.
    """

    def __init__(
        self, embedder_id: str, connect: Callable[[], tuple[Provider[Any], Connection]], config: ProviderConfig
    ) -> None:
        """Connect at once, so that a missing key or package shows before any work is done; nothing is sent."""
        self._embedder_id, self._connect, self._config = embedder_id, connect, config
        self._n_dimensions: int | None = None
        connect()

    @property
    def embedder_id(self) -> str:
        """As the user wrote it."""
        return self._embedder_id

    async def embed(self, texts: Sequence[str]) -> list[Sequence[float]]:
        """One vector for each text, in order; raises `ProviderError`."""
        sent = [str(storable(text))[:MAX_TEXT_CHARS].strip() or _BLANK for text in texts]
        vectors: list[Sequence[float]] = []
        try:
            provider, connection = self._connect()
            async with provider:
                for start in range(0, len(sent), MAX_TEXTS):
                    vectors += await self._batch(connection, sent[start : start + MAX_TEXTS])
        except ProviderError:
            raise
        except Exception as error:
            raise failure(error, self._embedder_id, self._config.timeout_s) from error
        return vectors

    async def _batch(self, connection: Connection, texts: list[str]) -> list[Sequence[float]]:
        # Some models embed queries and documents differently; texts here are compared with each other, both ways.
        async with asyncio.timeout(self._config.timeout_s):
            result = await connection.embed(texts, input_type="document", settings=_SETTINGS)
        if len(result.embeddings) != len(texts):
            raise self._unusable(f"{len(texts)} texts were sent and {len(result.embeddings)} vectors came back")
        return [self._unit(vector) for vector in result.embeddings]

    def _unit(self, vector: Sequence[float]) -> Sequence[float]:
        """The vector at length 1, if it is one and has as many numbers as those before it."""
        if self._n_dimensions is None:
            self._n_dimensions = len(vector)
        if len(vector) != self._n_dimensions:
            raise self._unusable(f"one vector has {len(vector)} numbers, those before it had {self._n_dimensions}")
        length = math.hypot(*vector)
        if not math.isfinite(length) or length == 0:
            raise self._unusable("a vector has no direction: its numbers are all 0, or not all finite")
        return array("f", (each / length for each in vector))

    def _unusable(self, why: str) -> ProviderError:
        return ProviderError(
            "the provider's vectors cannot be used",
            where=self._embedder_id,
            why=why,
            hint="Check that this model is one for embeddings, or use another",
        )
