"""The HTTP interface: traces (OTLP), feedback, prompts and examples, and `GET /healthz`.

Nothing is acknowledged that is not on disk. One thread writes what comes in, another makes runs of it, a third reads
prompts and examples, a fourth measures what skills do; the event loop only moves bytes. Raises nothing to the server:
every request gets an answer.
"""

import asyncio
import hmac
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Literal, Self

from fastapi import FastAPI, Request, Response
from pydantic import Field, ValidationError, model_validator
from starlette.requests import ClientDisconnect

from seasoned.api.answers import JSON, PROTOBUF, accepted, refused
from seasoned.api.assembler import Assembler
from seasoned.api.examples import NewEmbedder, asked_in, examples_answer
from seasoned.api.intake import Intake, Refusal
from seasoned.api.limits import Limits
from seasoned.api.measuring import Measuring
from seasoned.api.prompts import PromptAnswers
from seasoned.api.receive import Receiver
from seasoned.core.outcome import Outcome, scored
from seasoned.core.value import Text, Value
from seasoned.errors import SeasonedError
from seasoned.ingest.redaction.policy import SECRETS, Policy
from seasoned.ingest.spans.otlp import hex_id
from seasoned.pipeline.canary import CanaryWatch, told
from seasoned.store.keeping import DEFAULT_PROBABILITY
from seasoned.store.store import Store

_log = logging.getLogger(__name__)


class Feedback(Value):
    """What somebody says of a run."""

    trace_id: Text = Field(min_length=1, max_length=128)
    """The sender's own id of the trace, as its spans have it."""
    score: float | None = Field(default=None, ge=0, le=1)
    success: bool | None = None
    feedback: Text = Field(default="", max_length=100_000)
    source: Literal["human", "judge", "verifier", "self-report"] = "human"
    name: Text = Field(default="", max_length=200)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.score is None and self.success is None and not self.feedback:
            raise ValueError("give a score, success or feedback")
        return self

    def outcome(self, clean: Callable[[str], str]) -> Outcome:
        """The outcome that it stands for."""
        name, words = clean(self.name), clean(self.feedback)
        if self.score is not None and self.success is None:
            return scored(self.score, self.source, name=name, feedback=words)
        return Outcome(score=self.score, success=self.success, source=self.source, name=name, feedback=words)


def create_app(
    store: Store,
    *,
    token: str | None = None,
    limits: Limits | None = None,
    policy: Policy = SECRETS,
    new_embedder: NewEmbedder = lambda: None,
    keep_probability: float = DEFAULT_PROBABILITY,
) -> FastAPI:
    """The application.

    Args:
        store: Where everything goes; the caller closes it after the application has shut down.
        token: What senders must present; None lets anybody in who can reach the port.
        limits: Bounds; None for the defaults.
        policy: What is redacted before anything is written.
        new_embedder: Finds examples by meaning too.
        keep_probability: With which a skill is kept in a run where neither it nor its book has a rule.
    """
    desk = _Desk(store, token, limits or Limits(), policy, new_embedder, keep_probability)
    app = FastAPI(title="Seasoned", docs_url=None, redoc_url=None, openapi_url=None, lifespan=desk.lifespan)
    app.add_api_route("/v1/traces", desk.traces, methods=["POST"])
    app.add_api_route("/v1/feedback", desk.feedback, methods=["POST"])
    app.add_api_route("/v1/examples", desk.examples, methods=["POST"])
    # A skillbook's name may hold a slash, a label's never does.
    app.add_api_route("/v1/prompts/{book:path}/{label}", desk.prompt, methods=["GET"])
    app.add_api_route("/healthz", desk.healthz, methods=["GET"])
    return app


class _Desk:
    """Takes requests for one store."""

    def __init__(
        self,
        store: Store,
        token: str | None,
        limits: Limits,
        policy: Policy,
        new_embedder: NewEmbedder,
        keep_probability: float,
    ) -> None:
        self._store, self._new_embedder = store, new_embedder
        self._token = None if token is None else token.encode()
        self._limits = limits
        self._intake = Intake(limits)
        self._receiver = Receiver(store, policy)
        self._assembler = Assembler(store, limits, policy, keep_probability)
        self._prompts = PromptAnswers(store, keep_probability)
        self._canaries = CanaryWatch(store)
        self._measuring = Measuring(store, self._limits, keep_probability)
        self._writer = ThreadPoolExecutor(1, "seasoned-writer")
        self._maker = ThreadPoolExecutor(1, "seasoned-maker")
        self._reader = ThreadPoolExecutor(1, "seasoned-reader")

    @asynccontextmanager
    async def lifespan(self, _: FastAPI) -> AsyncGenerator[None]:
        """Look for traces that are due, and measure, as long as the application runs; what is begun is finished."""
        stopping = asyncio.Event()
        sweeper = asyncio.create_task(self._sweep_until(stopping))
        measurer = asyncio.create_task(self._measuring.until(stopping))
        try:
            yield
        finally:
            stopping.set()
            await sweeper
            await measurer
            self._writer.shutdown()
            self._maker.shutdown()
            self._reader.shutdown()

    async def _sweep_until(self, stopping: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        while not stopping.is_set():
            try:
                await loop.run_in_executor(self._maker, self._assembler.sweep, datetime.now(UTC))
            except SeasonedError as error:
                _log.error("runs could not be made: %s", error)
            try:
                for each in await loop.run_in_executor(self._maker, self._canaries.look):
                    _log.warning("the canary of %s was ended: %s", each.canary.label, told(each))
            except SeasonedError as error:
                _log.error("canaries could not be checked: %s", error)
            try:
                await asyncio.wait_for(stopping.wait(), self._limits.sweep_s)
            except TimeoutError:
                continue

    async def healthz(self) -> dict[str, str]:
        """Whether the server answers."""
        return {"status": "ok"}

    async def traces(self, request: Request) -> Response:
        """One export of spans; answered when it is on disk."""
        kind = _content_type(request)

        async def take(body: bytes) -> Response:
            loop = asyncio.get_running_loop()
            n_refused, why = await loop.run_in_executor(self._writer, self._receiver.take, body, kind)
            return accepted(kind, n_refused=n_refused, why=why)

        return await self._answered(request, (PROTOBUF, JSON), take)

    async def feedback(self, request: Request) -> Response:
        """What somebody says of a run, before or after its spans have come."""

        async def take(body: bytes) -> Response:
            try:
                said = Feedback.model_validate_json(body)
            except ValidationError as error:
                first = error.errors(include_input=False, include_url=False)[0]
                place = ".".join(str(part) for part in first["loc"])
                raise Refusal(400, f"{place}: {first['msg']}" if place else first["msg"]) from error
            outcome, key = said.outcome(self._receiver.clean), hex_id(said.trace_id)
            loop = asyncio.get_running_loop()
            runs = await loop.run_in_executor(self._writer, self._assembler.hear, key, outcome, datetime.now(UTC))
            answer = FeedbackTaken(traces=tuple(runs))
            return Response(answer.model_dump_json(), 200 if runs else 202, media_type=JSON)

        return await self._answered(request, (JSON,), take)

    async def examples(self, request: Request) -> Response:
        """The examples to show an agent for one task."""

        async def take(body: bytes) -> Response:
            asked = asked_in(body)
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._reader, examples_answer, self._store, asked, self._new_embedder)

        return await self._answered(request, (JSON,), take)

    async def prompt(self, book: str, label: str, request: Request) -> Response:
        """The prompt that a label points at."""
        try:
            self._identify(request)
            known = request.headers.get("if-none-match", "")
            with self._intake.place():
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._reader, self._prompts, book, label, known)
        except Refusal as error:
            retry = self._limits.retry_after_s if error.is_later else None
            return refused(error.status, error.why, retry_after_s=retry)
        except SeasonedError as error:
            _log.error("a prompt could not be read: %s", error)
            return refused(503, "it could not be read", retry_after_s=self._limits.retry_after_s)

    async def _answered(
        self, request: Request, kinds: tuple[str, ...], take: Callable[[bytes], Awaitable[Response]]
    ) -> Response:
        kind = _content_type(request)
        answer_kind = kind if kind in kinds else JSON
        try:
            self._admit(request, kind, kinds)
            with self._intake.place() as held:
                return await take(await self._intake.body(request, held))
        except Refusal as error:
            retry = self._limits.retry_after_s if error.is_later else None
            return refused(error.status, error.why, answer_kind, retry_after_s=retry)
        except ClientDisconnect:
            return refused(400, "the body ended early", answer_kind)
        except SeasonedError as error:
            _log.error("a request could not be answered from the store: %s", error)
            return refused(503, "the store could not be used", answer_kind, retry_after_s=self._limits.retry_after_s)

    def _admit(self, request: Request, kind: str, kinds: tuple[str, ...]) -> None:
        """Compare the token, then the content type; raises `Refusal`."""
        self._identify(request)
        if kind not in kinds:
            raise Refusal(415, f"content type {kind[:60]!r} is not supported; use {' or '.join(kinds)}")

    def _identify(self, request: Request) -> None:
        """Compare the token in constant time; raises `Refusal`."""
        if self._token is not None:
            scheme, _, given = request.headers.get("authorization", "").partition(" ")
            if not hmac.compare_digest(given.strip().encode(), self._token) or scheme.lower() != "bearer":
                raise Refusal(401, "a bearer token is needed")


class FeedbackTaken(Value):
    """The answer to feedback."""

    traces: tuple[str, ...]
    """Ids of the stored traces that it was attached to; none while the run's spans are still to come."""


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
