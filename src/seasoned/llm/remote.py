"""A model behind a provider's API, asked through pydantic-ai.

Imports pydantic-ai, so it is itself imported only when a provider is first used. Knows nothing of budgets, journals
or recordings. Raises `ProviderError` for whatever goes wrong.
"""

import asyncio
import warnings
from collections.abc import AsyncGenerator, Callable

from pydantic_ai import exceptions
from pydantic_ai.direct import model_request
from pydantic_ai.models import Model as Connection
from pydantic_ai.settings import ModelSettings

from seasoned.errors import ProviderError, ProviderUnreachable, QuotaSpent
from seasoned.llm.model import Reply, Request, ShapeMode
from seasoned.llm.providers import ProviderConfig
from seasoned.llm.shaping import in_words, is_too_long, refuses_shape, shape_mode
from seasoned.llm.wire import to_messages, to_parameters, to_reply, to_settings

# A reasoning model takes no temperature; that it is left out is documented with `Request.temperature`.
warnings.filterwarnings("ignore", message="Sampling parameters .* are not supported", category=UserWarning)

_WHY_CHARS = 500
"""How much of a provider's error text is kept."""

_TOO_LONG_HINT = "Ask with a shorter prompt, or a model with a larger context window"
_HINTS: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.ModelQuotaExceededError, "Waiting does not help: add credit to the account, or use another model"),
    (exceptions.ModelRateLimitError, "Wait as long as the provider asks, ask for less at a time, or raise max_retries"),
    (exceptions.ModelAuthenticationError, "Check the key, and that it may use this model"),
    (exceptions.ModelNotFoundError, "Check the model's name and, if one is given, the base_url"),
    (exceptions.ModelRequestRejectedError, "The provider refused the request as it is; sending it again does not help"),
    (exceptions.ModelTimeoutError, "Raise timeout_s, or ask for a shorter reply"),
    (exceptions.ModelRequestTimeout, "Raise timeout_s, or ask for a shorter reply"),
    (exceptions.ModelConnectionError, "Check that the server runs and that base_url is right"),
    (exceptions.ModelServerError, "The fault is the provider's; try again later"),
    (exceptions.ModelUnavailableError, "The fault is the provider's; try again later"),
)
"""What to do about each kind of failure; the first that fits."""


_KINDS: tuple[tuple[type[Exception], type[ProviderError]], ...] = (
    (exceptions.ModelQuotaExceededError, QuotaSpent),
    (exceptions.ModelConnectionError, ProviderUnreachable),
    (exceptions.ModelRequestTimeout, ProviderUnreachable),
)
"""What is worth retrying, or not, whatever its status."""


class RemoteModel:
    """One model of one provider.

    Connections belong to an event loop: each loop gets its own, kept alive between calls and closed when the loop
    shuts down (`asyncio.run` does that) or `aclose` is called. The model may be used from any number of loops.

    Args:
        model_id: `provider:model`, as the user wrote it.
        connect: Makes a new connection.
        config: The time limit; retrying is left to `llm.pacing`.
    """

    def __init__(self, model_id: str, connect: Callable[[], Connection], config: ProviderConfig) -> None:
        """Connect at once, so that a missing key or package shows before any work is done; nothing is sent."""
        self._model_id, self._connect, self._config = model_id, connect, config
        self._unused: Connection | None = connect()
        self._open: dict[asyncio.AbstractEventLoop, tuple[Connection, AsyncGenerator[None]]] = {}
        self._shape_mode: ShapeMode | None = None

    @property
    def model_id(self) -> str:
        """As the user wrote it."""
        return self._model_id

    async def complete(self, request: Request) -> Reply:
        """Ask once; raises `ProviderError`.

        A server that refuses the way in which a shaped answer is asked for is asked once more, in words, and only in
        words from then on.
        """
        try:
            connection = await self._connection()
            return await (
                self._ask(connection, request) if request.output is None else self._shaped(connection, request)
            )
        except Exception as error:
            raise failure(error, self._model_id, self._config.timeout_s) from error

    async def aclose(self) -> None:
        """Close this event loop's connections now; the next call opens new ones."""
        opened = self._open.get(asyncio.get_running_loop())
        if opened is not None:
            await opened[1].aclose()

    async def _shaped(self, connection: Connection, request: Request) -> Reply:
        mode = self._shape_mode or shape_mode(connection.profile)
        try:
            reply = await self._ask(connection, request, mode)
        except (exceptions.ModelAPIError, exceptions.UserError) as refusal:
            if mode == "prompted" or not refuses_shape(refusal):
                raise
            mode, reply = "prompted", await self._ask(connection, request, "prompted")
        self._shape_mode = mode
        return reply.model_copy(update={"shape_mode": mode})

    async def _ask(self, connection: Connection, request: Request, mode: ShapeMode | None = None) -> Reply:
        if mode == "prompted" and request.output is not None:
            request = in_words(request, request.output)
        response = await model_request(
            connection,
            to_messages(request.messages),
            model_settings=to_settings(request) | self._limits(connection),
            model_request_parameters=to_parameters(request, mode),
        )
        return to_reply(response, request.output if mode == "tool" else None)

    async def _connection(self) -> Connection:
        loop = asyncio.get_running_loop()
        if loop not in self._open:
            connection, self._unused = self._unused or self._connect(), None
            keeper = self._keep_open(loop, connection)
            self._open[loop] = connection, keeper
            await anext(keeper)
        return self._open[loop][0]

    async def _keep_open(self, loop: asyncio.AbstractEventLoop, connection: Connection) -> AsyncGenerator[None]:
        # An event loop closes its generators before it closes itself: the one moment at which connections that are
        # kept alive between calls can still be closed properly without asking every caller to do it.
        try:
            async with connection:
                yield
        finally:
            del self._open[loop]

    def _limits(self, connection: Connection) -> ModelSettings:
        """The time limit, and no retries of the SDK's own, in the form that this provider's SDK supports."""
        limits = ModelSettings(request_timeout=self._config.timeout_s)
        if "max_retries" not in connection.unsupported_settings:
            limits["max_retries"] = 0
        if "timeout" not in connection.unsupported_settings:  # the SDK's own limit could be shorter
            limits["timeout"] = self._config.timeout_s
        return limits


def failure(error: Exception, model_id: str, timeout_s: float) -> ProviderError:
    """Any error of a provider as a `ProviderError` that says what to do.

    Args:
        error: What was raised.
        model_id: Which model was asked.
        timeout_s: Seconds that it was given.
    """
    status = error.status_code if isinstance(error, exceptions.ModelHTTPError) else None
    retry_after_s = error.retry_after if isinstance(error, exceptions.ModelAPIError) else None
    hint = next((hint for kind, hint in _HINTS if isinstance(error, kind)), None)
    if is_too_long(error):
        hint = _TOO_LONG_HINT
    elif isinstance(error, exceptions.ModelHTTPError) and error.suggested_model_id:
        hint = f"Did you mean {error.suggested_model_id}?"
    kind = next((ours for theirs, ours in _KINDS if isinstance(error, theirs)), ProviderError)
    return kind(
        _what(error, timeout_s),
        where=model_id,
        why=_why(error).rstrip(".")[:_WHY_CHARS],
        hint=hint,
        status=status,
        retry_after_s=retry_after_s,
    )


def _what(error: Exception, timeout_s: float) -> str:
    match error:
        case exceptions.ModelHTTPError():
            return f"the provider answered with status {error.status_code}"
        case exceptions.ModelTimeoutError() | exceptions.ModelRequestTimeout() | TimeoutError():
            return f"the provider did not answer within {timeout_s:g} s"
        case exceptions.ModelConnectionError():
            return "the provider could not be reached"
        case exceptions.ModelAPIError() | exceptions.UnexpectedModelBehavior():
            return "the provider's answer could not be understood"
        case _:
            return "the model could not be asked"


def _why(error: Exception) -> str:
    """The provider's own words where it gave some, else the error's text."""
    body = error.body if isinstance(error, exceptions.ModelAPIError) else None
    found = body
    for key in ("error", "message"):
        if isinstance(found, dict) and key in found:
            found = found[key]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(found, str) and found:
        return found
    text = str(error) or type(error).__name__
    cause = error.__cause__.__cause__ if error.__cause__ is not None else None
    return f"{text} ({cause})" if cause is not None and str(cause) and str(cause) not in text else text
