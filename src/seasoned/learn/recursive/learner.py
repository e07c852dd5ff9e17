"""The Recursive Reflector: a model reads traces with code it writes, turn by turn, in a sandboxed REPL.

The traces are variables in the sandbox, not text in the prompt: the model sees a brief, searches, compares and cites,
and submits findings, each of whose quotes is checked against the stored trace. Episodes are planned without a model
(`learn.episodes`) and run concurrently. Requests are a pure function of traces, skillbook and configuration, so that
recordings replay. One failed episode is a note; `learn` raises `SandboxError` where no sandbox can be had, and lets
`StoreError` of the model's journal through.
"""

import asyncio
import re
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

from pydantic import Field, JsonValue

from seasoned.core.finding import Finding
from seasoned.core.trace import Trace
from seasoned.core.value import Value
from seasoned.errors import BudgetExceeded, ProviderError, SandboxError, SeasonedError, StoreError
from seasoned.learn.learner import DroppedFinding, LearnContext, LearnReport, Progress
from seasoned.learn.recursive.brief import block, brief, views
from seasoned.learn.recursive.episodes import Episode, EpisodeLimits, plan
from seasoned.learn.recursive.functions import Function, episode_functions
from seasoned.learn.recursive.submission import MAX_FINDINGS, Submission
from seasoned.llm.model import Message, Reply, Request
from seasoned.llm.prompt_file import load
from seasoned.sandbox.monty import MontyPool
from seasoned.sandbox.sandbox import HostFunction, Limits, Sandbox, SandboxPool, Turn

NAME = "recursive"
ERROR_CHARS = 300
"""Of an unexpected error's text in a note."""
_SUBMIT = f"submit(findings): hands in at most {MAX_FINDINGS} findings and ends your work, or says what does not hold"
_OPENING = r"^[ \t]*```[ \t]*(?:python3?|py)?[ \t]*\n"
_BLOCK = re.compile(_OPENING + r"(.*?)^[ \t]*```[ \t]*$", re.MULTILINE | re.DOTALL | re.IGNORECASE)
_OPEN_BLOCK = re.compile(_OPENING, re.MULTILINE | re.IGNORECASE)
_THINKING = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)


class RecursiveConfig(Value):
    """How the learner works."""

    episode: EpisodeLimits = EpisodeLimits()
    sandbox: Limits = Limits()
    max_turns: int = Field(default=8, ge=2)
    """Model calls that one episode may make."""
    concurrency: int = Field(default=16, ge=1)
    """Episodes at once."""
    temperature: float | None = 0.0
    """None leaves the provider's default, which some models insist on."""
    max_tokens: int | None = 4_096
    """Completion tokens of one reply."""


class EpisodeTurn(Value):
    """One turn of an episode, as it is told to whoever watches."""

    episode_id: str
    turn: int
    """Counted from 1."""
    reply: str
    code: str | None
    """None where the reply held no code."""
    shown: str
    """What the model is shown next; empty on the last turn."""
    kept: tuple[Finding, ...] = ()
    """So far in this episode."""
    dropped: tuple[DroppedFinding, ...] = ()


class RecursiveLearner:
    """The Recursive Reflector as a `Learner`."""

    def __init__(
        self,
        config: RecursiveConfig | None = None,
        *,
        pool: Callable[[], SandboxPool] | None = None,
        on_turn: Callable[[EpisodeTurn], None] = lambda _: None,
    ) -> None:
        """Configure; nothing starts before `learn`.

        Args:
            config: How it works.
            pool: Makes the sandboxes; None means Monty, as many as episodes run at once.
            on_turn: Called after every turn, in the event loop's thread.
        """
        self._config = config or RecursiveConfig()
        self._has_own_pool = pool is not None
        self._pool = pool or (lambda: MontyPool(max_processes=self._config.concurrency))
        self._on_turn = on_turn

    @property
    def name(self) -> str:
        """`recursive`."""
        return NAME

    @property
    def identity(self) -> dict[str, JsonValue]:
        """The whole configuration, which version of the prompt it is for, and in what dialect, if not in Monty's."""
        prompt = load(__package__ or "", NAME)
        dialect: dict[str, JsonValue] = {"dialect": self._pool().dialect} if self._has_own_pool else {}
        config = self._config.model_dump(mode="json")
        return {"config": config, "prompt": f"{prompt.id} {prompt.version}", **dialect}

    async def learn(self, traces: Sequence[Trace], context: LearnContext) -> LearnReport:
        """Run the planned episodes; see `Learner.learn`."""
        by_id = {trace.id: trace for trace in traces}
        episodes = plan(traces, self._config.episode.at_once(self._config.concurrency))
        results: dict[int, _Result] = {}
        shared = _Shared(context, n_episodes=len(episodes))
        if not episodes:
            return LearnReport(notes=("No run failed, and none is without a verdict: there is nothing to read.",))
        slots = asyncio.Semaphore(self._config.concurrency)

        async def one(index: int, episode: Episode, pool: SandboxPool) -> None:
            async with slots:
                chosen = [by_id[key] for key in episode.trace_ids]
                work = _EpisodeWork(episode, chosen, shared, self._config, self._on_turn)
                results[index] = await work.run(pool)
                shared.finished()

        with _ungrouped():
            async with self._pool() as pool, asyncio.TaskGroup() as group:
                for index, episode in enumerate(episodes):
                    group.create_task(one(index, episode, pool))
        return shared.report([results[index] for index in sorted(results)], episodes)


@contextmanager
def _ungrouped() -> Generator[None]:
    """Raise the first of our own errors in a task group as itself, which is what callers catch and show."""
    ours: SeasonedError | None = None
    try:
        yield
    except ExceptionGroup as group:
        ours = _first_of_ours(group)
        if ours is None:
            raise
    if ours is not None:
        raise ours


def _first_of_ours(error: Exception) -> SeasonedError | None:
    if isinstance(error, ExceptionGroup):
        members = cast("ExceptionGroup[Exception]", error).exceptions
        return next((found for each in members if (found := _first_of_ours(each)) is not None), None)
    return error if isinstance(error, SeasonedError) else None


@dataclass(kw_only=True)
class _Result:
    """What one episode came to."""

    findings: tuple[Finding, ...] = ()
    dropped: tuple[DroppedFinding, ...] = ()
    notes: list[str] = field(default_factory=list[str])
    was_begun: bool = True
    was_cut_off: bool = False
    """A provider or the sandbox failed, so that asking again can find more."""


class _NoCallLeft(Exception):
    """The budget is spent."""


class _Shared:
    """What the episodes of one `learn` share: the model, the count of calls, and whether the money has run out."""

    def __init__(self, context: LearnContext, *, n_episodes: int) -> None:
        self.book = context.book
        self.stopped: str | None = None
        """Why no more calls may be made."""
        self._context, self._n_episodes, self._n_done = context, n_episodes, 0
        self._n_calls = self._input_tokens = self._output_tokens = 0
        self._cost_usd: float | None = None

    async def ask(self, request: Request) -> Reply:
        """One model call; raises `ProviderError`, or `_NoCallLeft` where no call may be made any more."""
        if self.stopped is not None:
            raise _NoCallLeft
        self._n_calls += 1
        try:
            reply = await self._context.model.complete(request)
        except BudgetExceeded as error:
            self._n_calls -= 1
            self.stopped = self.stopped or str(error)
            raise _NoCallLeft from error
        self._input_tokens += reply.usage.input_tokens or 0
        self._output_tokens += reply.usage.output_tokens or 0
        if reply.cost_usd is not None:
            self._cost_usd = (self._cost_usd or 0.0) + reply.cost_usd
        self._tell()
        return reply

    def finished(self) -> None:
        """One more episode is done."""
        self._n_done += 1
        self._tell()

    def report(self, results: Sequence[_Result], episodes: Sequence[Episode]) -> LearnReport:
        """Everything together, in the order of the plan."""
        notes = [note for result in results for note in result.notes]
        if self.stopped is not None:
            n_unread = sum(not result.was_begun for result in results)
            notes.append(f"Stopped early: {self.stopped}; {n_unread} of {len(episodes)} episodes were not begun.")
        findings = {finding.id: finding for result in results for finding in result.findings}
        return LearnReport(
            findings=tuple(findings.values()),
            dropped=tuple(each for result in results for each in result.dropped),
            notes=tuple(notes),
            is_complete=self.stopped is None and not any(result.was_cut_off for result in results),
            n_calls=self._n_calls,
            input_tokens=self._input_tokens,
            output_tokens=self._output_tokens,
            cost_usd=self._cost_usd,
        )

    def _tell(self) -> None:
        self._context.on_progress(
            Progress(
                done=self._n_done,
                total=self._n_episodes,
                unit="episodes",
                n_calls=self._n_calls,
                cost_usd=self._cost_usd,
            )
        )


class _EpisodeWork:
    """One episode, from the brief to the findings."""

    def __init__(
        self,
        episode: Episode,
        traces: Sequence[Trace],
        shared: _Shared,
        config: RecursiveConfig,
        on_turn: Callable[[EpisodeTurn], None],
    ) -> None:
        self._episode, self._traces, self._shared, self._config, self._on_turn = (
            episode,
            traces,
            shared,
            config,
            on_turn,
        )
        by_id = {trace.id: trace for trace in traces}
        self._submission = Submission(by_id, NAME)
        self._functions = (
            *episode_functions(by_id, shared.book),
            Function(usage=_SUBMIT, call=self._submission.submit),
        )
        self._result = _Result()
        self._n_turns = 0

    async def run(self, pool: SandboxPool) -> _Result:
        """Work until findings are accepted or nothing more may be done."""
        if self._shared.stopped is not None:
            return _Result(was_begun=False)
        try:
            await self._work(pool)
        except _NoCallLeft:
            self._result.was_begun = self._n_turns > 0
        except ProviderError as error:
            self._cut_off(f"the model did not answer: {error}")
        except SandboxError as error:
            self._cut_off(f"the sandbox failed: {error}")
        except (BudgetExceeded, StoreError):
            raise
        except Exception as error:  # noqa: BLE001
            # Whatever it was, the other episodes' findings are paid for and must not go down with this one.
            self._cut_off(f"an unexpected {type(error).__name__}: {str(error)[:ERROR_CHARS]}")
        self._result.findings, self._result.dropped = self._submission.kept, self._submission.dropped
        return self._result

    async def _work(self, pool: SandboxPool) -> None:
        sandbox = pool.sandbox()
        # The first request needs no sandbox, so one opens while the model answers.
        opening = asyncio.create_task(self._open(sandbox))
        try:
            await self._converse(opening, pool.dialect)
        finally:
            await asyncio.gather(opening, return_exceptions=True)
            await sandbox.close()

    async def _open(self, sandbox: Sandbox) -> Sandbox:
        host: dict[str, HostFunction] = {f.name: f.call for f in self._functions if f.call is not None}
        inputs = {"traces": views(self._traces)}
        await sandbox.start(inputs=inputs, functions=host, final="submit", limits=self._config.sandbox)
        for function in self._functions:
            if function.source and (turn := await sandbox.run(function.source)).error is not None:
                raise SandboxError(f"could not define {function.name}", why=turn.error)
        return sandbox

    async def _converse(self, opening: asyncio.Task[Sandbox], dialect: str) -> None:
        max_turns = self._config.max_turns
        system = load(__package__ or "", NAME).render(
            dialect=dialect,
            functions="\n".join(f"- {function.usage}" for function in self._functions),
            max_turns=str(max_turns),
        )
        first = brief(self._episode, self._traces, self._shared.book)
        messages = [Message(role="system", content=system), Message(role="user", content=first)]
        was_corrected = False
        for number in range(1, max_turns + 1):
            reply = await self._shared.ask(self._request(messages))
            self._n_turns = number
            code, complaint = _code(reply)
            if code is None:
                shown, ended = complaint, was_corrected
                was_corrected = True
                if ended:
                    self._note("no code in two replies")
            else:
                turn = await (await opening).run(code)
                shown, ended = _shown(turn, complaint), turn.ended
            is_last = ended or number == max_turns
            shown = "" if is_last else f"{shown}\n{_turns_left(max_turns - number)}"
            self._tell(number, reply, code, shown)
            if ended:
                return
            messages += [Message(role="assistant", content=reply.content), Message(role="user", content=shown)]
        self._note(
            f"nothing was submitted in {max_turns} turns" if not self._submission.dropped else "not mended in time"
        )

    def _request(self, messages: Sequence[Message]) -> Request:
        config = self._config
        return Request(messages=tuple(messages), temperature=config.temperature, max_tokens=config.max_tokens)

    def _tell(self, number: int, reply: Reply, code: str | None, shown: str) -> None:
        self._on_turn(
            EpisodeTurn(
                episode_id=self._episode.id,
                turn=number,
                reply=reply.content,
                code=code,
                shown=shown,
                kept=self._submission.kept,
                dropped=self._submission.dropped,
            )
        )

    def _cut_off(self, text: str) -> None:
        self._result.was_cut_off = True
        self._note(text)

    def _note(self, text: str) -> None:
        size = len(self._traces)
        self._result.notes.append(f"{self._episode.id} ({self._episode.kind}, {size} runs): {text}")


def _code(reply: Reply) -> tuple[str | None, str]:
    """The code of a reply, and what its author should know about how it was taken."""
    text = _THINKING.sub("", reply.content)
    blocks = _BLOCK.findall(text)
    if not blocks:
        if reply.finish_reason == "length" or _OPEN_BLOCK.search(text):
            return None, "Your code block does not end, so nothing was run. Write shorter code and close it with ```."
        return None, "Your reply has no code block, so nothing was run. Answer with exactly one fenced ```python block."
    if len(blocks) > 1:
        return blocks[0], f"Only the first of your {len(blocks)} code blocks was run; one per reply."
    return blocks[0], ""


def _shown(turn: Turn, complaint: str) -> str:
    parts: list[str] = [complaint] if complaint else []
    if turn.stdout:
        parts.append(block("output", turn.stdout))
    if turn.value is not None:
        parts.append(block("value", turn.value))
    if turn.error is not None:
        parts.append(block("error", turn.error))
    return "\n".join(parts) if parts else "Your code ran and printed nothing."


def _turns_left(n_left: int) -> str:
    if n_left == 1:
        return "One turn is left: call submit(findings) now, or submit([])."
    return f"{n_left} turns are left." + (" Cite and submit soon." if n_left == 2 else "")
