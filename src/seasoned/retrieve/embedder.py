"""The `Embedder` protocol, and from an embedder's id to an embedder.

Other packages bring embedders by an entry point in the group `seasoned.embedders`: its name is the part of the id
before the colon, and it loads a function from the part behind it to an `Embedder`. Every other id is a provider's
model. pydantic-ai is imported on first use only. Raises `UsageError` for an id that means nothing and `ConfigError` for
a key, an address or a package that is missing.
"""

from collections.abc import Sequence
from typing import Protocol, cast, runtime_checkable

from seasoned.errors import ConfigError, UsageError, boundary
from seasoned.llm.providers import DEFAULT_CONFIG, ProviderConfig
from seasoned.plugins import maker

GROUP = "seasoned.embedders"

Vector = Sequence[float]
"""Of length 1, so that the cosine of two is the sum of their products; best an `array`, which is small."""


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into vectors that are near each other where the texts mean much the same."""

    @property
    def embedder_id(self) -> str:
        """`provider:model`; vectors of different ids are never compared."""
        ...

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        """One vector for each text, in order, all of one dimension; raises `ProviderError`."""
        ...


def resolve_embedder(
    embedder_id: str,
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    config: ProviderConfig = DEFAULT_CONFIG,
) -> Embedder:
    """The embedder that an id names.

    Args:
        embedder_id: `provider:model`, such as `openai:text-embedding-3-small`; with a `base_url`, `openai:NAME` is any
            server that has OpenAI's `/embeddings`.
        base_url: Where the provider's API is, up to and including `/v1`; None means the provider's own.
        api_key: The key; None means the one in the environment, which is never sent to a `base_url` given here.
        config: Time limit of a request.

    Raises:
        UsageError: The id is not `provider:model`, or nobody knows the provider, or it has no embeddings.
        ConfigError: A key, a package or an address is missing, or a plugin does not load.
    """
    provider, _, name = embedder_id.partition(":")
    if not provider or not name:
        raise UsageError(
            f"{embedder_id!r} is not the id of an embedder",
            why="it is provider:model, such as openai:text-embedding-3-small or ollama:nomic-embed-text",
        )
    if (make := maker("embedder", GROUP, provider)) is not None:
        with boundary(ConfigError, "the embedder does not load", where=embedder_id):
            return cast("Embedder", make(name))
    # Importing pydantic-ai takes seconds, which offline work must not pay.
    from seasoned.llm.connect import connect_embedder

    return connect_embedder(provider, name, base_url=base_url, api_key=api_key, config=config)
