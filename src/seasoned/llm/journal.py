"""A model whose every call is written down before it is sent, and whose finished calls are replayed on resume.

`JournaledModel` redacts a request, asks the journal whether an equal call of the same model is finished already in this
run, and only then sends. It knows nothing of how a journal is stored (`core.journal`) or of what is redacted. Raises
what the model and the journal raise: `ProviderError`, `StoreError`.

Order of wrappers, outermost first: `BudgetedModel`, `JournaledModel`, `Recorder`, `PacedModel`, the provider. So a
refused call leaves no row, what a resumed run replays counts as spent, a recording never holds what was redacted, and a
call that is tried again is one call.
"""

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import ValidationError

from seasoned.core.ids import content_id
from seasoned.core.journal import CallJournal, Replayed
from seasoned.errors import StoreError
from seasoned.llm.model import Message, Model, Reply, Request, request_hash
from seasoned.threads import finished

T = TypeVar("T")


def _one_thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="seasoned-journal")


_PART: ContextVar[tuple[str, ...]] = ContextVar("part of a run", default=())


@contextmanager
def part_of_run(name: str) -> Generator[None]:
    """Calls in this block are of a part of the run, which may stand within another part.

    Equal calls of two parts that run side by side begin in another order when the run is taken up again; told apart,
    each part still gets its own reply.
    """
    token = _PART.set((*_PART.get(), name))
    try:
        yield
    finally:
        _PART.reset(token)


def call_key(model_id: str, request: Request) -> str:
    """What the journal knows a call by: two parts of a run may ask two models the same."""
    return content_id("call", [model_id, *_PART.get(), request_hash(request)])


def redacted_request(request: Request, redact: Callable[[str], str]) -> Request:
    """The request with every text redacted: contents, tool arguments and tool descriptions."""
    messages = tuple(_redacted_message(message, redact) for message in request.messages)
    tools = tuple(tool.model_copy(update={"description": redact(tool.description)}) for tool in request.tools)
    return request.model_copy(update={"messages": messages, "tools": tools})


def _redacted_message(message: Message, redact: Callable[[str], str]) -> Message:
    tool_requests = tuple(
        asked.model_copy(update={"arguments": redact(asked.arguments)}) for asked in message.tool_requests
    )
    return message.model_copy(update={"content": redact(message.content), "tool_requests": tool_requests})


@dataclass(frozen=True)
class JournaledModel:
    """Writes each call of one run to a journal, in the order of the calls.

    The journal's writes are durable, so each waits for the disk. They do so on a thread, one after another: the event
    loop goes on with the other calls meanwhile.

    A call that is cancelled, or that a kill interrupts, leaves its row `started` on purpose: the provider may have
    answered and billed it, and nobody will know. Whoever recovers the run turns such rows into `unknown`.
    """

    model: Model
    journal: CallJournal
    run_id: str
    redact: Callable[[str], str]
    """Applied to every text of a request before it is stored or sent, and to the text of an error."""
    thread: ThreadPoolExecutor = field(default_factory=_one_thread, repr=False, compare=False)
    """Where the journal is written, one call after another; several models of a run may share it."""
    sends_as_is: bool = False
    """Only what is stored is redacted: an agent under test has to see what it would see at work."""

    @property
    def model_id(self) -> str:
        """The wrapped model's id."""
        return self.model.model_id

    async def complete(self, request: Request) -> Reply:
        """Replay the finished equal call, or write the call down, send it and write down how it ended."""
        clean = redacted_request(request, self.redact)
        key, dumped = call_key(self.model_id, clean), clean.model_dump(mode="json")
        begun = await finished(self.thread, self.journal.begin, self.run_id, key, dumped)
        if isinstance(begun, Replayed):
            return self._stored(begun)
        try:
            reply = await self.model.complete(request if self.sends_as_is else clean)
        except Exception as error:
            text = self.redact(f"{type(error).__name__}: {error}")
            await finished(self.thread, self.journal.fail, begun.call_id, text)
            raise
        ended = reply.model_dump(mode="json"), reply.cost_usd
        await finished(self.thread, self.journal.finish, begun.call_id, *ended)
        return reply

    def _stored(self, replayed: Replayed) -> Reply:
        try:
            return Reply.model_validate(replayed.reply)
        except ValidationError as cause:
            raise StoreError(
                "a stored reply cannot be read", where=f"run {self.run_id}", why=str(cause), hint="Start a new run"
            ) from cause
