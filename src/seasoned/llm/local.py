"""Models that run in this process: GGUF weights through llama.cpp (`xllamacpp`), without any network.

llama.cpp's own server listens on a free loopback port, behind a key made for this process: a call that nobody waits for
any more is stopped there, and tools, schemas and token counts have the form that every other server speaks. What a call
costs is known: 0, since the machine is the user's. Imports pydantic-ai, so it is itself imported only when such a
model is first used. Raises `ConfigError` for weights or packages that are missing, and `ProviderError` for weights that
cannot be loaded and calls that fail.
"""

import asyncio
import importlib
import secrets
import threading
from importlib.util import find_spec
from types import TracebackType
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import httpx2
from pydantic_ai.models import Model as Connection
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.profiles import ModelProfile
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from seasoned.errors import ConfigError, ProviderError
from seasoned.llm.model import Reply, Request
from seasoned.llm.providers import ProviderConfig
from seasoned.llm.remote import RemoteModel
from seasoned.llm.weights import weights_of

INSTALL = "pip install 'seasoned[local]'"
CONTEXT_TOKENS = 16_384
"""Prompt and reply together; less where a model was trained with less. More would take gigabytes with large models."""
MAX_REPLY_TOKENS = 4_096
"""Where the request says nothing: a small model that finds no end would go on to the end of its context."""

_PROFILE = ModelProfile(default_structured_output_mode="native", supports_json_schema_output=True)
"""llama.cpp holds a model to a JSON schema token by token; a tool call is up to the model's chat template."""
_SILENT = -1
_BATCH_TOKENS = 256
"""So much of a prompt is read before llama.cpp looks whether anybody still waits for the answer."""


class _Running(NamedTuple):
    """A loaded model."""

    server: Any
    """llama.cpp's; it stops when nothing refers to it any more."""
    remote: RemoteModel


class LocalModel:
    """One model on this machine.

    The weights are loaded once, at the first call. Calls wait for each other, since two at once would each take twice
    as long; the time limit of a call begins when its turn comes.

    Args:
        name: A name of `weights.PACKAGED`, or the path of a GGUF file.
        config: The time limit; nothing is tried again, since the same would happen.

    Raises:
        ConfigError: The extra is not installed, or there are no such weights.
    """

    def __init__(self, name: str, config: ProviderConfig) -> None:
        """Look whether everything is there; nothing is loaded."""
        self._name = name
        if find_spec("xllamacpp") is None:
            raise ConfigError(
                "the package that runs models here is not installed", where=self.model_id, hint=f"Install it: {INSTALL}"
            )
        self._path = weights_of(name)
        self._config = config.model_copy(update={"max_retries": 0})
        self._running: _Running | None = None
        self._starting = threading.Lock()
        self._turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()

    @property
    def model_id(self) -> str:
        """As the user wrote it."""
        return f"local:{self._name}"

    async def complete(self, request: Request) -> Reply:
        """Ask once, when the calls before have been answered; raises `ProviderError`."""
        if request.max_tokens is None:
            request = request.model_copy(update={"max_tokens": MAX_REPLY_TOKENS})
        async with self._turns.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            running = await asyncio.to_thread(self._started)
            reply = await running.remote.complete(request)
        return reply.model_copy(update={"cost_usd": 0.0, "model": self._name})

    async def aclose(self) -> None:
        """Stop the model and give its memory back; the next call loads it anew."""
        running, self._running = self._running, None
        if running is not None:
            await running.remote.aclose()

    def _started(self) -> _Running:
        with self._starting:
            if self._running is None:
                self._running = self._start()
            return self._running

    def _start(self) -> _Running:
        key = secrets.token_urlsafe()
        try:
            # Loading the library takes a hundred megabytes, which only those pay who use it.
            llama: Any = importlib.import_module("xllamacpp")
            params = llama.CommonParams()
            params.model.path, params.n_ctx, params.n_parallel = str(self._path), CONTEXT_TOKENS, 1
            params.api_keys, params.verbosity, params.n_batch = [key], _SILENT, _BATCH_TOKENS
            server = llama.Server(params)
            address = f"{server.listening_address}/v1"
        except Exception as cause:
            raise ProviderError(
                "the model could not be loaded",
                where=self.model_id,
                why=f"llama.cpp says: {cause}",
                hint=f"The file {self._path} may be damaged, too large for this machine's memory, or of a kind that "
                "this llama.cpp does not know: fetch it again, take a smaller one, or upgrade xllamacpp",
            ) from cause

        def open_connection() -> Connection:
            # The loopback address is never reached through a proxy that the environment names.
            direct = httpx2.AsyncClient(trust_env=False)
            provider = _Loopback("local", base_url=address, api_key=key, http_client=direct, profile=_PROFILE)
            return OpenAIChatModel(self._name, provider=provider)

        return _Running(server, RemoteModel(self.model_id, open_connection, self._config))


class _Loopback(OpenAICompatibleProvider):
    """A provider that closes the client it was given."""

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> bool | None:
        await self.client.close()
        return await super().__aexit__(exc_type, exc_val, exc_tb)
