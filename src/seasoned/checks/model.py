"""Whether a language model answers: one real call, and one more for a shaped answer, with what failed in plain words.

Knows nothing of traces or budgets. Raises nothing: what is wrong is a check that says so.
"""

import re
import time
from collections.abc import AsyncGenerator
from typing import Protocol, runtime_checkable

from seasoned.checks.check import Check, refused
from seasoned.core.value import Value
from seasoned.errors import ProviderError, SeasonedError
from seasoned.llm.model import Message, Model, Reply, Request, ShapeMode
from seasoned.llm.providers import ProviderConfig, resolve
from seasoned.llm.structured import answer_of
from seasoned.retrieve.embedder import resolve_embedder

_WITHOUT_SHAPE = "Learning works all the same, but skills that read alike are then compared by their words alone"
MAX_REPLY_TOKENS = 1_000
"""Room for what a reasoning model thinks before its one word."""
_READY = Request(
    messages=(Message(role="user", content="Answer with the one word: ready"),), max_tokens=MAX_REPLY_TOKENS
)
_SHAPED = Request(
    messages=(Message(role="user", content="Are you ready? Give is_ready as true."),), max_tokens=MAX_REPLY_TOKENS
)
_WAYS: dict[ShapeMode | None, str] = {
    "tool": "by a tool call",
    "native": "by the provider's JSON schema",
    "prompted": "by a prompt alone, since neither tools nor schemas are to be had",
    None: "as it was asked for",
}

_FAILURES: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(r"certificate|\bssl\b|\btls\b", re.IGNORECASE),
        "the connection is not secure: the server's certificate is not trusted, or it speaks no TLS",
        "Check whether the address begins with http:// or https://; for a company's own certificates set SSL_CERT_FILE",
    ),
    (
        re.compile(r"name or service not known|getaddrinfo|nodename|name resolution|no address", re.IGNORECASE),
        "there is no server of this name",
        "Check the spelling of the address, and that this machine is on the network",
    ),
    (
        re.compile(r"refused|all connection attempts failed|unreachable", re.IGNORECASE),
        "nothing answers at this address",
        "Start the server, or correct the address and its port with --base-url",
    ),
)
"""What a lost connection's text means, and what to do; the first that fits."""

_STATUSES: dict[int, str] = {
    400: "the provider refused the request",
    401: "the key is wrong, or none was given",
    402: "the account has no credit left",
    403: "the key may not use this model",
    404: "the provider has no model of this name, or this is not the address of its API",
    408: "the provider gave up waiting",
    413: "the request is too large for the provider",
    429: "the quota is used up, or there were too many requests",
}


class Readiness(Value):
    """The shaped answer that is asked for."""

    is_ready: bool


@runtime_checkable
class Closing(Protocol):
    """A model that holds connections or memory."""

    async def aclose(self) -> None:
        """Give them back."""
        ...


async def model(model_id: str, *, base_url: str | None, config: ProviderConfig) -> AsyncGenerator[Check]:
    """The checks of one model, each as soon as it is done: set up, one call, one more call for a shaped answer.

    Args:
        model_id: `provider:model`.
        base_url: As for `resolve`.
        config: The time limit; a doctor asks once, whatever it says of retries.
    """
    once = config.model_copy(update={"max_retries": 0})
    try:
        found = resolve(model_id, base_url=base_url, config=once)
    except SeasonedError as error:
        yield refused("model", error)
        return
    if model_id.startswith("replay:"):
        yield Check(name="model", said=f"{model_id} opens; a recording answers what was recorded and nothing else")
        return
    try:
        answer = await _round_trip(found)
        yield answer
        if answer.state != "failed":
            yield await _shaped(found)
    finally:
        if isinstance(found, Closing):
            await found.aclose()


def set_up(model_id: str, *, base_url: str | None, name: str = "model") -> Check:
    """Whether a model in the settings has its package, key and address; nothing is sent."""
    try:
        resolve(model_id, base_url=base_url)
    except SeasonedError as error:
        return refused(name, error)
    return Check(name=name, said=f"{model_id} is set up; `seasoned doctor --model {model_id}` asks whether it answers")


def embedder(embedder_id: str, *, base_url: str | None) -> Check:
    """The same of the embedder in the settings."""
    try:
        resolve_embedder(embedder_id, base_url=base_url)
    except SeasonedError as error:
        return refused("embedder", error)
    return Check(name="embedder", said=f"{embedder_id} is set up")


async def _round_trip(found: Model) -> Check:
    began_s = time.monotonic()
    try:
        reply = await found.complete(_READY)
    except SeasonedError as error:
        return _explained("model", error)
    said = f"{found.model_id} answered in {time.monotonic() - began_s:.2f} s; {_spent(reply)}"
    if not reply.content.strip():
        hint = (
            "Ask another model if this happens again" if reply.finish_reason != "length" else "Its thoughts were long"
        )
        return Check(name="model", state="warning", said=f"{said}; the answer is empty", hint=hint)
    return Check(name="model", said=said)


async def _shaped(found: Model) -> Check:
    name = "structured output"
    began_s = time.monotonic()
    watched = _Watched(found)
    try:
        await answer_of(watched, _SHAPED, Readiness)
    except SeasonedError as error:
        check = _explained(name, error)
        # Nothing but curation asks for a shape, and it can do without.
        is_misshapen = "in the shape" in error.what
        return check.model_copy(update={"state": "warning", "hint": _WITHOUT_SHAPE}) if is_misshapen else check
    took = f"{time.monotonic() - began_s:.2f} s"
    more = "this was one more call" if watched.n_calls == 1 else "the first answer did not fit: two more calls"
    return Check(name=name, said=f"works, {_WAYS[watched.shape_mode]}; {took} ({more})")


class _Watched:
    """A model of which is remembered how it was asked."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.n_calls = 0
        self.shape_mode: ShapeMode | None = None

    @property
    def model_id(self) -> str:
        return self._model.model_id

    async def complete(self, request: Request) -> Reply:
        self.n_calls += 1
        reply = await self._model.complete(request)
        self.shape_mode = reply.shape_mode
        return reply


def _spent(reply: Reply) -> str:
    usage = reply.usage
    n_known = usage.input_tokens is not None and usage.output_tokens is not None
    tokens = f"{usage.input_tokens} tokens in, {usage.output_tokens} out" if n_known else "tokens not reported"
    if reply.cost_usd is None:
        return f"{tokens}, price not known (a budget in USD would not hold; give one in calls or tokens)"
    return f"{tokens}, {f'${reply.cost_usd:.6f}' if reply.cost_usd else 'no cost, since it runs here'}"


def _explained(name: str, error: SeasonedError) -> Check:
    """What failed in plain words, with what the provider itself said."""
    plain, hint = error.what, error.hint
    status = error.status if isinstance(error, ProviderError) else None
    if status is not None:
        plain = _STATUSES.get(status) or ("the provider has a fault of its own" if status >= 500 else error.what)
        plain = f"{plain} (status {status})"
    elif "could not be reached" in error.what:
        words = _causes(error)
        plain, hint = next(((p, h) for text, p, h in _FAILURES if text.search(words)), (plain, hint))
    where = f" [{error.where}]" if error.where else ""
    return Check(name=name, state="failed", said=f"{plain}{where}: {error.why or error.what}", hint=hint)


def _causes(error: BaseException) -> str:
    words, at = "", error
    while at is not None:
        words, at = f"{words} {at}", at.__cause__ or at.__context__
    return words
