"""`fastembed:NAME`: an embedder of ONNX models on this machine, such as `fastembed:BAAI/bge-small-en-v1.5`.

The model is read from the package's folder of models (FASTEMBED_CACHE_PATH) or fetched from the network, on first use
and by the package itself; afterwards nothing leaves the machine. Each text is embedded by itself: a model whose numbers
are 8 bits wide gives a text another vector in another batch. Raises `ConfigError` where the package is missing,
`UsageError` for a model that it does not know, and `ProviderError` where the model cannot be had or does not answer.
"""

import asyncio
import math
import threading
from array import array
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any, Protocol, cast

from seasoned.core.text import storable
from seasoned.errors import ConfigError, ProviderError, UsageError, boundary

INSTALL = 'pip install "seasoned[fastembed]"'
MAX_TEXT_CHARS = 20_000
"""Of each text, from its beginning; the models themselves read some hundred words."""
_BLANK = "-"
"""Embedded for a text with nothing in it."""
_SHOWN = 5


class _Loaded(Protocol):
    """A model of the package."""

    def embed(self, documents: Sequence[str]) -> Iterable[Iterable[float]]:
        """One vector for each text, in order."""
        ...


class FastEmbedEmbedder:
    """An `Embedder` that runs one ONNX model; its calls take turns.

    Args:
        name: As the package lists the model.
    """

    def __init__(self, name: str) -> None:
        """See that the package is there and knows the model; nothing is fetched yet.

        Raises:
            ConfigError: The package is not installed or does not load.
            UsageError: It knows no such model.
        """
        self._name, self._package, self._turn = name, _package(), threading.Lock()
        self._model: _Loaded | None = None
        known = sorted(str(each["model"]) for each in self._package.TextEmbedding.list_supported_models())
        if name not in known:
            some = ", ".join(known[:_SHOWN])
            raise UsageError(f"fastembed has no model {name!r}", hint=f"it has {len(known)}, such as {some}")

    @property
    def embedder_id(self) -> str:
        """`fastembed:` and the model's name."""
        return f"fastembed:{self._name}"

    async def embed(self, texts: Sequence[str]) -> list[Sequence[float]]:
        """One vector of length 1 for each text, in order; raises `ProviderError`."""
        return await asyncio.to_thread(self._embedded, texts)

    def _embedded(self, texts: Sequence[str]) -> list[Sequence[float]]:
        if not texts:
            return []
        with self._turn:
            model = self._loaded()
            with boundary(ProviderError, "the embedding model failed", where=self.embedder_id):
                return [self._vector(model, text) for text in texts]

    def _loaded(self) -> _Loaded:
        if self._model is None:
            try:
                self._model = cast("_Loaded", self._package.TextEmbedding(model_name=self._name))
            except Exception as cause:
                raise ProviderError(
                    "the embedding model could not be loaded or fetched",
                    where=self.embedder_id,
                    why=f"{type(cause).__name__}: {cause}",
                    hint="it needs the network once; or put its files where FASTEMBED_CACHE_PATH points, or take "
                    "`wordllama:256`, which comes with its model",
                ) from cause
        return self._model

    def _vector(self, model: _Loaded, text: str) -> Sequence[float]:
        read = str(storable(text[:MAX_TEXT_CHARS])).strip() or _BLANK
        (found,) = model.embed([read])
        vector = array("d", (float(each) for each in found))
        length = math.hypot(*vector)
        if not (0 < length < math.inf):
            raise ProviderError("the embedding model gave a vector that points nowhere", where=self.embedder_id)
        return array("f", (each / length for each in vector))


def made(name: str) -> FastEmbedEmbedder:
    """The embedder of an id's part behind the colon, the model's name; raises as the class does."""
    return FastEmbedEmbedder(name)


def _package() -> Any:
    try:
        return import_module("fastembed")
    except ModuleNotFoundError as cause:
        raise ConfigError(
            "the package that runs embedding models on this machine is not installed",
            where="fastembed",
            why=str(cause),
            hint=INSTALL,
        ) from cause
