"""What the code of an episode may ask of models: `llm`, `llm_map`, and `reflect`, a child episode.

The host's side: arguments come from sandboxed code, so each is checked, and everything is counted. Questions go to the
sub-model, many at once, and spend from the episode's share of the budget. Raises `ValueError` and `TypeError`, whose
text the model reads, and what ends the whole work: `BudgetExceeded` of the account, `StoreError`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

from pydantic import JsonValue

from seasoned.core.run import Asked, RunTurn
from seasoned.core.text import shortened
from seasoned.core.trace import Usage
from seasoned.errors import ProviderError, ShareSpent
from seasoned.learn.quoting import block
from seasoned.learn.recursive.config import RecursiveConfig
from seasoned.learn.recursive.functions import Function
from seasoned.llm.model import Message, Model, Reply, Request
from seasoned.llm.prompt_file import load

MAX_PROMPT_CHARS = 60_000
"""Of one question with its piece."""
MAX_ITEMS = 40
"""Of one `llm_map`."""
MAX_ANSWER_CHARS = 6_000
STORY_CHARS = 2_000
"""Of a question and of an answer in the run's story."""

_LLM = "llm(prompt) -> str: asks another model, which sees only the prompt; put the text to be read into it"
_LLM_MAP = (
    "llm_map(prompt, items) -> [str]: asks the same of each item (text, a Step, Call, Hit or Trace), all at once; at "
    f"most {MAX_ITEMS} items"
)
_REFLECT = (
    'reflect(traces, question) -> {"findings": […], "note"}: starts an episode of its own on some of these runs; '
    "its findings are checked and yours to submit, change or leave. For a part that needs several looks"
)

_SHARE_SPENT = ShareSpent("this episode's share of the budget is spent: hand in what was found so far")
_REFUSALS = (ProviderError, ShareSpent)
_Answer = Reply | ProviderError | ShareSpent

Child = Callable[[tuple[str, ...], str], Awaitable[tuple[JsonValue, tuple[RunTurn, ...]]]]
"""Runs a child episode on these traces with this question: what it found, and its turns. Raises `ShareSpent` before it
begins, where the share leaves no room for it."""


class Questions:
    """The questions of one episode."""

    def __init__(self, model: Model, config: RecursiveConfig, n_left: "Allowance", child: Child | None) -> None:
        """Nothing is asked yet.

        Args:
            model: Who answers; it counts towards the episode's share.
            config: Limits.
            n_left: How many questions may still be put, shared with the episodes above and below.
            child: Starts a child episode; None where none may be started.
        """
        self._model, self._config, self._n_left, self._child = model, config, n_left, child
        self._asked: list[Asked] = []

    @property
    def functions(self) -> tuple[Function, ...]:
        """What the code may call."""
        if not self._config.max_questions:
            return ()
        asking = (
            Function(usage=_LLM, call=self.llm),
            Function(usage=_LLM_MAP, call=self.llm_map, host_name="_llm_map"),
        )
        return (
            asking
            if self._child is None
            else (*asking, Function(usage=_REFLECT, call=self.reflect, host_name="_reflect"))
        )

    def taken(self) -> tuple[Asked, ...]:
        """What was asked since this was last called."""
        asked, self._asked = tuple(self._asked), []
        return asked

    async def llm(self, prompt: JsonValue) -> JsonValue:
        """One question."""
        text = _prompt(prompt)
        self._n_left.take(1)
        answer = await self._answered(text)
        self._tell("llm", text, [answer])
        if isinstance(answer, Reply):
            return _text(answer)
        raise ValueError(str(answer))

    async def llm_map(self, prompt: JsonValue, items: JsonValue) -> JsonValue:
        """One question for each item; where one gets no answer, the reason stands in its place."""
        asked = _prompt(prompt)
        if not isinstance(items, list):
            raise TypeError(f"items must be a list, not {type(items).__name__}")
        if len(items) > MAX_ITEMS:
            raise ValueError(f"{len(items)} items are too many for one llm_map; pass at most {MAX_ITEMS}")
        texts = [_prompt(f"{asked}\n\n{block('data', _item(item))}") for item in items]
        self._n_left.take(len(texts))
        # All are waited for, since an answer that comes after the rest was given up has been paid for.
        answers = await asyncio.gather(*map(self._answered, texts), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, _REFUSALS):
                raise answer
        given = [answer for answer in answers if isinstance(answer, (Reply, *_REFUSALS))]
        self._tell("llm_map", f"{asked} (for each of {len(texts)} pieces)", given)
        if given and not any(isinstance(answer, Reply) for answer in given):
            raise ValueError(f"none of the {len(given)} questions was answered: {_text(given[0])}")
        return [_text(answer) for answer in given]

    async def reflect(self, trace_ids: JsonValue, question: JsonValue) -> JsonValue:
        """A child episode."""
        if self._child is None:
            raise ValueError("reflect cannot be nested deeper; look at the runs yourself")
        if isinstance(trace_ids, str):
            trace_ids = [trace_ids]
        if not isinstance(trace_ids, list) or not trace_ids:
            raise TypeError("trace_ids must be a list of ids, such as [traces[0].id]")
        ids = tuple(_of_text(each, "each of trace_ids") for each in trace_ids)
        asked = _of_text(question, "question")[:MAX_PROMPT_CHARS]
        self._n_left.take(1)
        try:
            found, turns = await self._child(ids, asked)
        except ShareSpent:
            raise ValueError(str(_SHARE_SPENT)) from None
        answer = shortened(str(found), STORY_CHARS)
        self._asked.append(Asked(kind="reflect", question=shortened(asked, STORY_CHARS), answer=answer, turns=turns))
        return found

    async def _answered(self, text: str) -> "_Answer":
        system = Message(role="system", content=load(__package__ or "", "question").render())
        request = Request(
            messages=(system, Message(role="user", content=text)),
            temperature=self._config.temperature,
            max_tokens=self._config.max_answer_tokens,
        )
        try:
            return await self._model.complete(request)
        except ShareSpent:
            # The figures in its text depend on when others finished, and what a model is told must not.
            return _SHARE_SPENT
        except ProviderError as error:
            # Neither is the run's end: the code may go on with what it has.
            self._n_left.unanswered.append(str(error))
            return error

    def _tell(self, kind: Literal["llm", "llm_map"], question: str, answers: Sequence["_Answer"]) -> None:
        replies = [each for each in answers if isinstance(each, Reply)]
        self._asked.append(
            Asked(
                kind=kind,
                question=shortened(question, STORY_CHARS),
                answer=shortened("\n".join(map(_text, answers)), STORY_CHARS),
                n_calls=len(answers),
                n_failed=len(answers) - len(replies),
                usage=usage_of(replies),
            )
        )


class Allowance:
    """A number of questions that an episode and those below it share."""

    def __init__(self, n_questions: int) -> None:
        """All of them are left."""
        self._n_left = n_questions
        self.unanswered: list[str] = []
        """Why the model that was asked gave no answer, once for each such question; a spent share is no such thing."""

    def take(self, n_questions: int) -> None:
        """Use some; raises `ValueError` where there are not so many."""
        if n_questions > self._n_left:
            raise ValueError(f"{n_questions} questions are too many: {self._n_left} are left in this episode")
        self._n_left -= n_questions


def usage_of(replies: Sequence[Reply]) -> Usage:
    """What replies came to together; None where none of them says."""
    costs = [reply.cost_usd for reply in replies if reply.cost_usd is not None]
    read = [n for reply in replies if (n := reply.usage.input_tokens) is not None]
    written = [n for reply in replies if (n := reply.usage.output_tokens) is not None]
    return Usage(
        input_tokens=sum(read) if read else None,
        output_tokens=sum(written) if written else None,
        cost_usd=sum(costs) if costs else None,
    )


def _prompt(value: JsonValue) -> str:
    text = _of_text(value, "prompt")
    if not text.strip():
        raise ValueError("the prompt is empty")
    if len(text) > MAX_PROMPT_CHARS:
        raise ValueError(f"{len(text):,} characters are too many for one question; pass at most {MAX_PROMPT_CHARS:,}")
    return text


def _item(value: JsonValue) -> str:
    return value if isinstance(value, str) else str(value)


def _of_text(value: JsonValue, name: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be text, not {type(value).__name__}")
    return value


def _text(answer: "_Answer") -> str:
    if isinstance(answer, Reply):
        return shortened(answer.content, MAX_ANSWER_CHARS)
    return f"[no answer: {answer}]"
