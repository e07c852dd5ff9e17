"""`wordllama:256`: an embedder without a network, a key or a graphics card.

A text's vector is the mean of the vectors of its tokens, out of a table that comes with the package `wordllama`. Only
that package's files are used: its own loader looks for them in the wrong place and then asks the network, and importing
it changes how the whole process logs. Each text is embedded by itself, so that its vector does not depend on the others
of its batch. Words count and their order does not; texts in other languages than English fare badly. Raises
`ConfigError` where the package or a file of it is missing, and `UsageError` for a size that it does not come with.

Source: D. Miller, "WordLlama: Recycled Token Embeddings from Large Language Models", 2024,
https://github.com/dleemiller/wordllama.
"""

import asyncio
from array import array
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seasoned.core.text import storable
from seasoned.errors import ConfigError, UsageError, boundary

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

INSTALL = 'pip install "seasoned[embeddings]"'
MODEL = "l2_supercat"
MAX_TEXT_CHARS = 20_000
"""Of each text, from its beginning; a longer text's mean says little."""
BATCH = 64
"""Texts after which others in the event loop have their turn."""
_BLANK = "-"
"""Embedded for a text with nothing in it, which has no token."""


class WordLlamaEmbedder:
    """An `Embedder` out of a table of tokens; safe to use from several threads.

    Args:
        n_dimensions: Numbers in a vector, of a size that the package comes with.
    """

    def __init__(self, n_dimensions: int) -> None:
        """Load the table, some 16 MB for 256 dimensions.

        Raises:
            ConfigError: The package is not installed, or its files are not those that it is known to have.
            UsageError: It has no table of this size.
        """
        self._table, self._tokenizer = _loaded(_folder(), n_dimensions)
        self._embedder_id = f"wordllama:{n_dimensions}"

    @property
    def embedder_id(self) -> str:
        """`wordllama:` and the number of dimensions."""
        return self._embedder_id

    async def embed(self, texts: Sequence[str]) -> list[Sequence[float]]:
        """One vector of length 1 for each text, in order; raises nothing."""
        vectors: list[Sequence[float]] = []
        for place, text in enumerate(texts, start=1):
            vectors.append(self._vector(text))
            if place % BATCH == 0:
                await asyncio.sleep(0)
        return vectors

    def _vector(self, text: str) -> Sequence[float]:
        import numpy as np

        read = str(storable(text[:MAX_TEXT_CHARS]))
        rows = self._table[self._tokenizer.encode(read if read.strip() else _BLANK, add_special_tokens=False).ids]
        mean = rows.sum(axis=0, dtype=np.float64)
        length = float(np.linalg.norm(mean))
        return array("f", (mean / length).astype(np.float32).tobytes()) if length else self._vector(_BLANK)


def made(name: str) -> WordLlamaEmbedder:
    """The embedder of an id's part behind the colon: the number of dimensions; raises as the class does."""
    return WordLlamaEmbedder(int(name) if name.isdecimal() else 0)


def _folder() -> Path:
    spec = find_spec("wordllama")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(
            "the package that embeds texts on this machine is not installed", where="wordllama", hint=INSTALL
        )
    return Path(spec.submodule_search_locations[0])


@lru_cache(maxsize=1)
def _loaded(folder: Path, n_dimensions: int) -> "tuple[NDArray[np.float32], Tokenizer]":
    file = folder / "weights" / f"{MODEL}_{n_dimensions}.safetensors"
    if not file.is_file():
        raise UsageError(f"wordllama has no table of the size {n_dimensions}", hint=f"it has {_sizes(folder)}")
    with boundary(ConfigError, "the files of the package wordllama cannot be read", where=str(folder)):
        return _table(file), _tokenizer(folder / "tokenizers" / f"{MODEL}_tokenizer_config.json")


def _sizes(folder: Path) -> str:
    sizes = sorted(int(file.stem.rpartition("_")[2]) for file in (folder / "weights").glob(f"{MODEL}_*.safetensors"))
    return ", ".join(f"wordllama:{size}" for size in sizes) or f"none; {INSTALL} brings one"


def _table(file: Path) -> "NDArray[np.float32]":
    import numpy as np

    # Both packages come with wordllama, and neither is typed as strictly as we are.
    files: Any = import_module("safetensors.numpy")
    return np.asarray(files.load_file(file)["embedding.weight"], dtype=np.float32)


def _tokenizer(file: Path) -> "Tokenizer":
    tokenizers: Any = import_module("tokenizers")
    tokenizer = tokenizers.Tokenizer.from_file(str(file))
    tokenizer.no_truncation()
    return tokenizer
