"""Sets up a provider through pydantic-ai and explains what is missing.

Imports pydantic-ai, so it is itself imported only when a provider is first used. Raises `UsageError` for a provider
that nobody knows and `ConfigError` for a missing key, address or package.
"""

import inspect
import os
import re
from typing import Any

from pydantic_ai.embeddings import EmbeddingModel as EmbeddingConnection
from pydantic_ai.embeddings import infer_embedding_model
from pydantic_ai.exceptions import UserError
from pydantic_ai.models import Model as Connection
from pydantic_ai.models import infer_model
from pydantic_ai.providers import Provider, infer_provider, infer_provider_class
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from seasoned.errors import ConfigError, SeasonedError, UsageError
from seasoned.llm.embedding import RemoteEmbedder
from seasoned.llm.model import Model
from seasoned.llm.providers import PROVIDERS, ProviderConfig
from seasoned.llm.remote import RemoteModel

_OPENAI = ("openai", "openai-chat", "openai-responses")
_NO_KEY = "no-key"
"""Sent where a client insists on a key and none was given."""
_OLLAMA_URL = "http://localhost:11434/v1"
"""Where Ollama listens unless told otherwise."""
_OUR_EXTRAS = {"anthropic": "anthropic", "bedrock": "bedrock", "google": "google", "google-cloud": "google"}
"""Provider to the extra of our own package that brings its SDK."""
_SETUP_HINTS = {"bedrock": "Set AWS_DEFAULT_REGION and the AWS credentials in the environment"}
"""Where pydantic-ai's own message names no variable."""
_VARIABLE = re.compile(r"`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`")
_THEIR_EXTRA = re.compile(r"pydantic-ai-slim\[([\w-]+)\]")


def connect(provider: str, name: str, *, base_url: str | None, api_key: str | None, config: ProviderConfig) -> Model:
    """The model `name` of `provider`, set up but not asked anything."""
    model_id = f"{provider}:{name}"
    base_url = base_url or _default_url(provider)

    def open_connection() -> Connection:
        try:
            found = _provider(provider, base_url, api_key)
            return infer_model(f"{_api(provider, base_url)}:{name}", provider_factory=lambda _: found)
        except SeasonedError:
            raise
        except Exception as cause:
            raise _setup_error(provider, model_id, cause) from cause

    return RemoteModel(model_id, open_connection, config)


def connect_embedder(
    provider: str, name: str, *, base_url: str | None, api_key: str | None, config: ProviderConfig
) -> RemoteEmbedder:
    """The embedding model `name` of `provider`, set up but not asked anything."""
    model_id = f"{provider}:{name}"
    provider = "openai" if provider in _OPENAI else provider
    base_url = base_url or _default_url(provider)

    def open_connection() -> tuple[Provider[Any], EmbeddingConnection]:
        try:
            found = _provider(provider, base_url, api_key)
            return found, infer_embedding_model(f"{provider}:{name}", provider_factory=lambda _: found)
        except SeasonedError:
            raise
        except Exception as cause:
            if "nknown embeddings model" in str(cause):
                raise UsageError(f"the provider {provider} has no embeddings", where=model_id) from cause
            raise _setup_error(provider, model_id, cause) from cause

    return RemoteEmbedder(model_id, open_connection, config)


def _default_url(provider: str) -> str | None:
    if provider == "ollama" and not os.environ.get("OLLAMA_BASE_URL"):
        return _OLLAMA_URL
    return None


def _api(provider: str, base_url: str | None) -> str:
    """The API to speak: a compatible server has chat completions, and often nothing else."""
    compatible = base_url is not None or bool(os.environ.get("OPENAI_BASE_URL"))
    return "openai-chat" if provider == "openai" and compatible else provider


def _provider(provider: str, base_url: str | None, api_key: str | None) -> Provider[Any]:
    if provider in _OPENAI:
        if base_url is not None:
            return OpenAICompatibleProvider("openai", base_url=base_url, api_key=api_key or _NO_KEY)
        if env_url := os.environ.get("OPENAI_BASE_URL"):
            key = api_key or os.environ.get("OPENAI_API_KEY") or _NO_KEY
            return OpenAICompatibleProvider("openai", base_url=env_url, api_key=key)
    if base_url is None and api_key is None:
        return infer_provider(provider)
    return _with_endpoint(provider, base_url, api_key)


def _with_endpoint(provider: str, base_url: str | None, api_key: str | None) -> Provider[Any]:
    provider_class = infer_provider_class(provider)
    accepted = inspect.signature(provider_class).parameters
    arguments: dict[str, str] = {}
    if base_url is not None:
        url_argument = next((name for name in ("base_url", "api_base") if name in accepted), None)
        if url_argument is None:
            raise ConfigError(
                f"the provider {provider} takes no base_url",
                hint="For a server that speaks OpenAI's API use openai:NAME with the base_url",
            )
        arguments = {url_argument: base_url, "api_key": api_key or _NO_KEY}
    elif api_key is not None:
        arguments = {"api_key": api_key}
    if "api_key" in arguments and "api_key" not in accepted:
        if api_key is not None:
            raise ConfigError(f"the provider {provider} takes no api_key", hint="Leave it out")
        del arguments["api_key"]
    return provider_class(**arguments)


def _setup_error(provider: str, model_id: str, cause: Exception) -> SeasonedError:
    text = str(cause).partition(" To try Pydantic AI")[0]
    if isinstance(cause, ImportError):
        theirs = _THEIR_EXTRA.search(text)
        package = f"seasoned[{_OUR_EXTRAS[provider]}]" if provider in _OUR_EXTRAS else None
        package = package or (f"pydantic-ai-slim[{theirs[1]}]" if theirs else None)
        return ConfigError(
            f"the package that talks to {provider} is not installed",
            where=model_id,
            why=None if package else text,
            hint=f"Install it: pip install '{package}'" if package else None,
        )
    if isinstance(cause, ValueError) and "nknown provider" in text:
        return UsageError(
            f"there is no provider {provider!r}",
            where=model_id,
            hint=f"Known providers: {', '.join(PROVIDERS)}; any server that speaks OpenAI's API is openai:NAME "
            "with a base_url",
        )
    variables = _VARIABLE.findall(text) if isinstance(cause, UserError) else []
    if not variables:
        return ConfigError(
            f"the provider {provider} could not be set up",
            where=model_id,
            why=text.rstrip("."),
            hint=_SETUP_HINTS.get(provider),
        )
    missing = "key" if variables[0].endswith(("KEY", "TOKEN")) else "setting"
    return ConfigError(
        f"the provider {provider} needs a {missing}",
        where=model_id,
        hint=f"Set {' or '.join(dict.fromkeys(variables))} in the environment, or pass the {missing}",
    )
