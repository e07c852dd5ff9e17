"""One episode at work: from the brief, turn by turn, to findings that hold.

The first request needs no sandbox, so one opens while the model answers. What goes wrong is a note of the episode and
never another episode's loss. Raises `StoreError` of the model's journal, for going on would not be durable.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import JsonValue

from seasoned.core.run import RunTurn
from seasoned.core.text import shortened
from seasoned.core.trace import Trace
from seasoned.errors import BudgetExceeded, ProviderError, SandboxError, StoreError
from seasoned.learn.citing import trace_named
from seasoned.learn.recursive.brief import brief
from seasoned.learn.recursive.config import NAME
from seasoned.learn.recursive.episodes import Episode
from seasoned.learn.recursive.functions import Function, episode_functions
from seasoned.learn.recursive.hints import hinted
from seasoned.learn.recursive.questions import Allowance, Questions, usage_of
from seasoned.learn.recursive.replies import REPEATED, code_of, shown, turns_left
from seasoned.learn.recursive.shared import EpisodeResult, NoCallLeft, Shared
from seasoned.learn.recursive.submission import MAX_FINDINGS, Submission
from seasoned.learn.recursive.views import views
from seasoned.llm.journal import part_of_run
from seasoned.llm.model import Message, Reply, Request
from seasoned.llm.prompt_file import load
from seasoned.llm.shares import Share
from seasoned.sandbox.sandbox import HostFunction, Sandbox

ERROR_CHARS = 300
"""Of an unexpected error's text in a note."""
MAX_WITHOUT_CODE = 2
"""Replies without code that an episode puts up with; the first is answered with a correction."""
_SUBMIT = f"submit(findings): hands in at most {MAX_FINDINGS} findings and ends your work, or says what does not hold"


@dataclass(frozen=True, kw_only=True)
class Means:
    """What an episode, and those that its code starts, may spend together."""

    share: Share
    allowance: Allowance
    """Of questions."""
    depth: int = 0
    """0 for an episode of the plan, one more for each `reflect`."""

    def below(self) -> "Means":
        """The same, for an episode that this one's code starts."""
        return replace(self, depth=self.depth + 1)


class EpisodeWork:
    """One episode, from the brief to the findings."""

    def __init__(
        self,
        episode: Episode,
        number: int,
        traces: Sequence[Trace],
        shared: Shared,
        means: Means,
    ) -> None:
        """Prepare; nothing is asked yet.

        Args:
            episode: The plan's entry, or what a parent asked for.
            number: Of the episode among its run's, or among its parent's.
            traces: Its traces, in its order.
            shared: What all episodes share.
            means: What this one and those below it may spend.
        """
        self._episode, self._number, self._traces, self._shared, self._means = episode, number, traces, shared, means
        self._by_id = {trace.id: trace for trace in traces}
        self._submission = Submission(self._by_id, NAME, shared.ours)
        context, share = shared.context, means.share
        child = self._child if means.depth < shared.config.max_depth else None
        answering = share.of(context.sub_model or context.model)
        self._questions = Questions(answering, shared.config, means.allowance, child)
        self._functions = (
            *episode_functions(self._by_id, shared.known),
            *self._questions.functions,
            Function(usage=_SUBMIT, call=self._submission.submit),
        )
        self._model = share.of(context.model, is_capped=False)
        self._result = EpisodeResult()
        self._turns: list[RunTurn] = []
        self._codes: set[str] = set()
        self._n_children = 0
        self._was_answered = False

    async def run(self) -> EpisodeResult:
        """Work until findings are accepted or nothing more may be done."""
        if self._shared.stopped is not None:
            return EpisodeResult(was_begun=False)
        try:
            with part_of_run(str(self._number)):
                await self._work()
        except NoCallLeft:
            self._end_early()
        except BudgetExceeded as error:
            self._shared.stop(error)
            self._end_early()
        except ProviderError as error:
            self._cut_off(f"the model did not answer: {error}")
        except SandboxError as error:
            self._cut_off(f"the sandbox failed: {error}")
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001
            # Whatever it was, the other episodes' findings are paid for and must not go down with this one.
            self._cut_off(f"an unexpected {type(error).__name__}: {str(error)[:ERROR_CHARS]}")
        if self._means.depth == 0 and (unanswered := self._means.allowance.unanswered):
            self._note(f"{len(unanswered)} of its questions got no answer: {unanswered[0]}")
        self._result.findings, self._result.dropped = self._submission.kept, self._submission.dropped
        return self._result

    async def _work(self) -> None:
        sandbox = self._shared.pool.sandbox()
        opening = asyncio.create_task(self._open(sandbox))
        try:
            await self._converse(opening)
        finally:
            await asyncio.gather(opening, return_exceptions=True)
            await sandbox.close()

    async def _open(self, sandbox: Sandbox) -> Sandbox:
        host: dict[str, HostFunction] = {f.name: f.call for f in self._functions if f.call is not None}
        inputs = {"views": views(self._traces, self._shared.ours)}
        limits = self._shared.config.sandbox
        await sandbox.start(inputs=inputs, functions=host, final="submit", limits=limits)
        for function in self._functions:
            if function.source and (turn := await sandbox.run(function.source)).error is not None:
                raise SandboxError(f"could not define {function.name}", why=turn.error)
        return sandbox

    async def _converse(self, opening: asyncio.Task[Sandbox]) -> None:
        messages = self._opening_messages()
        n_without_code = 0
        while True:
            is_last = self._n_turns_left() == 1
            reply = await self._shared.ask(self._model, self._request(messages))
            self._was_answered = True
            code, complaint = code_of(reply)
            n_without_code += code is None
            answer, ended = complaint, n_without_code == MAX_WITHOUT_CODE
            if code is not None:
                # Small models fall into repeating themselves word for word, and get out of it only when told.
                complaint = REPEATED if code in self._codes else complaint
                self._codes.add(code)
                try:
                    turn = hinted(await (await opening).run(code))
                except (BudgetExceeded, NoCallLeft):
                    self._tell(reply, code, "The run's budget ended while this code waited for an answer.")
                    raise
                answer, ended = shown(turn, complaint), turn.ended
            is_over = ended or is_last
            if not is_over:
                left = turns_left(self._n_turns_left(n_begun=1), is_share_spent=self._means.share.is_spent)
                answer = f"{answer}\n{left}"
            self._tell(reply, code, answer)
            if is_over:
                break
            messages += [Message(role="assistant", content=reply.content), Message(role="user", content=answer)]
        if n_without_code == MAX_WITHOUT_CODE:
            self._note("no code in two replies")
        elif not ended:
            self._unended()

    def _n_turns_left(self, *, n_begun: int = 0) -> int:
        """Turns that may still be taken; a share that is spent leaves the one that hands in what was found."""
        n_turns = len(self._turns) + n_begun
        if n_turns and self._means.share.is_spent:
            return 1
        return self._shared.config.max_turns - n_turns

    def _unended(self) -> None:
        """Say why the turns ran out without an end."""
        if len(self._turns) < self._shared.config.max_turns:
            self._cut_off("its share of the budget was spent before anything was submitted")
        elif self._submission.dropped:
            self._note("not mended in time")
        else:
            self._note(f"nothing was submitted in {len(self._turns)} turns")

    def _opening_messages(self) -> list[Message]:
        system = load(__package__ or "", NAME).render(
            dialect=self._shared.pool.dialect,
            functions="\n".join(f"- {function.usage}" for function in self._functions),
            max_turns=str(self._shared.config.max_turns),
            output_chars=f"{self._shared.config.sandbox.output_chars:,}",
        )
        first = brief(self._episode, self._traces, self._shared.context.book, self._shared.ours)
        return [Message(role="system", content=system), Message(role="user", content=first)]

    def _request(self, messages: Sequence[Message]) -> Request:
        config = self._shared.config
        return Request(messages=tuple(messages), temperature=config.temperature, max_tokens=config.max_tokens)

    async def _child(self, trace_ids: tuple[str, ...], question: str) -> tuple[JsonValue, tuple[RunTurn, ...]]:
        """An episode on some of these runs; what it found goes back to this one's code, which decides about it."""
        traces = [trace_named(self._by_id, each) for each in dict.fromkeys(trace_ids)]
        # Its own calls are not refused once it is begun, so that it can hand in what it found.
        self._means.share.check(self._model.model_id)
        episode = Episode(kind="question", trace_ids=tuple(trace.id for trace in traces), n_chars=0, why=question)
        work = EpisodeWork(episode, self._n_children, traces, self._shared, self._means.below())
        self._n_children += 1
        result = await work.run()
        if self._shared.stopped is not None:
            raise NoCallLeft
        note = "; ".join([*(f"dropped: {each.claim}: {each.reason}" for each in result.dropped), *result.notes])
        findings: list[JsonValue] = [finding.model_dump(mode="json") for finding in result.findings]
        return {"findings": findings, "note": shortened(note, ERROR_CHARS * 4)}, tuple(work._turns)

    def _tell(self, reply: Reply, code: str | None, output: str) -> None:
        turn = RunTurn(
            episode=self._number,
            turn=len(self._turns),
            title=f"{self._episode.kind}, {len(self._traces)} runs",
            reply=reply.content,
            code=code,
            output=output,
            kept=tuple(finding.claim for finding in self._submission.kept),
            dropped=tuple(f"{each.claim}: {each.reason}" for each in self._submission.dropped),
            asked=self._questions.taken(),
            usage=usage_of([reply]),
        )
        self._turns.append(turn)
        # A child's turns are told as part of the turn whose code asked.
        if self._means.depth == 0:
            self._shared.context.on_turn(turn)

    def _end_early(self) -> None:
        self._result.was_begun = self._was_answered

    def _cut_off(self, text: str) -> None:
        self._result.was_cut_off = True
        self._note(text)

    def _note(self, text: str) -> None:
        size = len(self._traces)
        self._result.notes.append(f"{self._episode.id} ({self._episode.kind}, {size} runs): {text}")
