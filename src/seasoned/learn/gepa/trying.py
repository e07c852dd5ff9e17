"""Trying a prompt on an example: on a recorded decision by asking a model, or on a task by setting an agent to work.

Raises `BudgetExceeded`, `StoreError` and, where a model cannot be asked at all, `ProviderError`.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pydantic import JsonValue

from seasoned.core.agent import Agent, Evaluator
from seasoned.core.text import shortened
from seasoned.core.trace import Task
from seasoned.errors import ProviderError, SeasonedError
from seasoned.learn.asking import shown_run
from seasoned.learn.gepa.points import NextAction, Point, feedback, score
from seasoned.learn.injected import HandedOut
from seasoned.learn.quoting import block
from seasoned.llm.model import Message, Model, Reply, Request
from seasoned.llm.prompt_file import load
from seasoned.llm.structured import answer_of

PROMPT = load(__package__ or "", "decide")
TOOLS_CHARS = 6_000

ExampleT_contra = TypeVar("ExampleT_contra", contravariant=True)


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What came of one prompt on one example."""

    score: float
    """In [0, 1], higher is better."""
    seen: str
    """What the agent had to go by, as lines of JSON; a record, never an instruction."""
    did: str
    """What it did."""
    feedback: str


class Way(Protocol[ExampleT_contra]):
    """A way to try a prompt."""

    def key(self, example: ExampleT_contra) -> str:
        """Sets an example apart from all others."""
        ...

    async def tried(self, prompt: str, example: ExampleT_contra) -> Tried:
        """Try the prompt on one example."""
        ...


@dataclass(frozen=True)
class Recorded:
    """Asks the model what an agent with this prompt does next, where a run that succeeded has decided it."""

    model: Model
    toolset: Callable[[str], JsonValue]
    """Definitions of the tools that an agent was offered, by `Trace.toolset`."""
    ours: HandedOut
    """What agents were handed, which is withheld."""
    max_chars: int
    tools: Sequence[str]
    """Names of all tools that the runs call."""

    def key(self, example: Point) -> str:
        """Run and step."""
        return example.key

    async def tried(self, prompt: str, example: Point) -> Tried:
        """One question; an answer in no shape scores nothing."""
        seen = shown_run(example.before, self.ours, self.max_chars, 1)
        text = f"The run so far:\n{block('data', seen)}\nThe tools:\n{block('data', self._offered(example))}"
        messages = (
            Message(role="system", content=f"{prompt}\n\n{PROMPT.render()}"),
            Message(role="user", content=text),
        )
        model = _Counting(self.model)
        try:
            said = await answer_of(model, Request(messages=messages), NextAction)
        except ProviderError:
            if model.n_replies < 2:
                raise
            return Tried(score=0.0, seen=seen, did="", feedback="The answer has no shape in which it can be read.")
        did = said.model_dump_json()
        return Tried(score=score(example, said), seen=seen, did=did, feedback=feedback(example, said))

    def _offered(self, example: Point) -> str:
        sha256 = example.trace.toolset
        defined = None if sha256 is None else self.toolset(sha256)
        names = json.dumps(sorted({*self.tools, *example.trace.tools}), ensure_ascii=False)
        return names if defined is None else shortened(json.dumps(defined, ensure_ascii=False), TOOLS_CHARS)


@dataclass(frozen=True)
class Live:
    """Sets an agent to work, and lets an evaluator say how it ended. What the agent costs is not on the account."""

    agent: Agent
    evaluator: Evaluator
    tasks: tuple[Task, ...]
    max_chars: int = 12_000

    def key(self, example: Task) -> str:
        """The task's own."""
        return example.key

    async def tried(self, prompt: str, example: Task) -> Tried:
        """One run of the agent; one that breaks scores nothing."""
        try:
            trace = await self.agent(example, prompt)
            outcome = await self.evaluator(trace)
        except SeasonedError:
            raise
        except Exception as error:  # noqa: BLE001 - somebody else's code, and one broken run must not end the others
            why = f"The run broke with {type(error).__name__}."
            return Tried(score=0.0, seen=json.dumps({"task": example.text}), did="", feedback=why)
        reached = outcome.score if outcome.score is not None else float(outcome.success is True)
        shown = shown_run(trace.model_copy(update={"outcome": None}), HandedOut([prompt]), self.max_chars, 1)
        said = outcome.feedback or ("It succeeded." if outcome.success else "It did not succeed.")
        return Tried(score=reached, seen=shown, did="", feedback=said)


@dataclass
class _Counting:
    """Tells a model that answers in no shape from one that does not answer."""

    model: Model
    n_replies: int = 0

    @property
    def model_id(self) -> str:
        return self.model.model_id

    async def complete(self, request: Request) -> Reply:
        reply = await self.model.complete(request)
        self.n_replies += 1
        return reply
