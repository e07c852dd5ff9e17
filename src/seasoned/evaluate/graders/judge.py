"""A model says whether a run meets conditions that are given in words.

The run, its task and the reference are data between our tags, and no instruction. The agent's own instructions are
withheld, so that a judge does not see which prompt a run was given. The judge names a place where its verdict shows,
and a quote that does not stand there goes back once. A reason that gives the reference away is not passed on.

A judge that does not answer in the shape asked for, or whose quote does not hold twice, gives no verdict. Raises what
the model raises (`ProviderError`, `BudgetExceeded`), `ConfigError` for a task with neither conditions nor a reference.
"""

import json
from collections.abc import Callable, Mapping
from typing import Self

from pydantic import Field, JsonValue

from seasoned.config import load
from seasoned.core.ids import sha256_hex
from seasoned.core.outcome import scored
from seasoned.core.text import shortened
from seasoned.core.trace import Trace
from seasoned.core.value import Text, Value
from seasoned.errors import EvidenceError, Unshaped, UsageError
from seasoned.evaluate.attempt import Attempted, Grade, GradedTask
from seasoned.evaluate.graders.expected import lacking
from seasoned.evaluate.graders.sealed import gives_away
from seasoned.learn.citing import cited
from seasoned.learn.quoting import block
from seasoned.learn.transcript import TASK_CHARS, run_lines
from seasoned.llm import prompt_file
from seasoned.llm.model import Message, Model, Reply, Request
from seasoned.llm.providers import resolve
from seasoned.llm.structured import answer_of
from seasoned.plugins import configured

NAME = "judge"
PROMPT = prompt_file.load(__package__ or "", "judge")
RUN_CHARS = 60_000
"""Of a run's steps in a question: some 15,000 tokens."""
REFERENCE_CHARS = 8_000
CONDITIONS_DIGITS = 6
"""Hexadecimal digits that tell judges with other conditions apart."""
MOST_CHARS = 1_000
"""Of a reason or a quote, as a small model that is held to a schema writes for as long as that lets it."""
_REASON_CHARS = 500
_AGREES = "The run comes to the same as the reference answer, in everything that the task asks for."
"""The condition where none is given."""
_WITHHELD = "[the agent's instructions, withheld]"
_NO_REASON = {True: "", False: "the run does not meet the conditions"}


class JudgeConfig(Value):
    """Who judges, and by what."""

    model: str = ""
    """`provider:model` of the judge; without it the model of the settings."""
    base_url: str = ""
    """Address of an OpenAI-compatible server."""
    conditions: str = ""
    """What a run has to meet, in words; empty takes the field `conditions` of the reference, and where there is none,
    the run has to come to the same as the reference."""
    show_reference: bool = True
    show_instructions: bool = False
    """Show the judge the system prompt of the run too, by which it can tell arms apart."""
    temperature: float = Field(default=0.0, ge=0)


class _Verdict(Value):
    passed: bool
    reason: Text = Field(default="", max_length=MOST_CHARS)
    step: int | None = None
    quote: Text = Field(default="", max_length=MOST_CHARS)


class Judge:
    """Asks a model for a verdict."""

    def __init__(self, config: JudgeConfig, model: Model) -> None:
        """Ask this model, by these settings."""
        self._config, self._model = config, model

    def asking(self, wrapped: Callable[[Model], Model]) -> Self:
        """The same judge with its model wrapped."""
        return type(self)(self._config, wrapped(self._model))

    @property
    def model_id(self) -> str:
        """Of the model that is asked."""
        return self._model.model_id

    @property
    def name(self) -> str:
        """The judge, its model and which conditions it was given: its agreement with people is of these together."""
        conditions = self._config.conditions
        which = f" {sha256_hex(conditions.encode())[:CONDITIONS_DIGITS]}" if conditions else ""
        return f"{NAME} {self._model.model_id}{which}"

    @property
    def identity(self) -> dict[str, JsonValue]:
        """Its settings, its model and its prompt."""
        config = self._config.model_dump(exclude={"model", "base_url"})
        return {"grader": NAME, "model": self._model.model_id, "prompt": f"{PROMPT.id} {PROMPT.version}", **config}

    async def grade(self, task: GradedTask, attempted: Attempted) -> Grade:
        """The model's verdict; none where it does not give one that holds."""
        asked, model = self.request(task, attempted.trace), _Counted(self._model)
        try:
            verdict = await answer_of(model, asked, _Verdict)
            if problem := _problem(verdict, attempted.trace):
                said = f"Your quote does not hold:\n{block('data', problem)}\nGive your verdict again."
                again = asked.sent_back(verdict.model_dump_json(exclude_defaults=True), said)
                verdict = await answer_of(model, again, _Verdict)
                problem = _problem(verdict, attempted.trace)
        except Unshaped as error:
            problem, verdict = str(error), None
        if verdict is None or problem:
            reason = shortened(problem, _REASON_CHARS)
            return Grade(grader=self.name, outcome=None, reason=reason, cost_usd=model.cost_usd)
        feedback = self._feedback(verdict, task, attempted)
        outcome = scored(float(verdict.passed), "judge", name=self.name, feedback=feedback)
        return Grade(grader=self.name, outcome=outcome, cost_usd=model.cost_usd)

    def request(self, task: GradedTask, trace: Trace) -> Request:
        """The question; it depends on its arguments alone, so that a resumed run asks the same."""
        reference = task.reference
        own = reference.get("conditions") if isinstance(reference, dict) else None
        conditions = self._config.conditions or (own if isinstance(own, str) else "")
        shows = self._config.show_reference and reference is not None
        if not conditions and not shows:
            raise lacking(task, NAME, "there are neither conditions nor a reference to judge by", "Set `conditions`")
        parts = [f"The task:\n{block('data', shortened(task.task.text, TASK_CHARS))}"]
        if shows:
            told = shortened(json.dumps(reference, ensure_ascii=False), REFERENCE_CHARS)
            parts.append(f"The reference answer:\n{block('data', told)}")
        kept = self._config.show_instructions
        withheld = {i: _WITHHELD for i, step in enumerate(trace.steps) if step.kind == "system" and not kept}
        lines = run_lines(trace, RUN_CHARS, instead=withheld)
        parts.append(f"The run, {len(trace.steps)} steps:\n{block('data', chr(10).join(lines))}")
        system = Message(role="system", content=PROMPT.render(conditions=conditions or _AGREES))
        user = Message(role="user", content="\n".join(parts))
        return Request(messages=(system, user), temperature=self._config.temperature)

    def _feedback(self, verdict: _Verdict, task: GradedTask, attempted: Attempted) -> str:
        """The judge's reason, unless it gives the reference away."""
        reason = shortened(" ".join(verdict.reason.split()), _REASON_CHARS)
        shown = "\n".join([task.task.text, *(step.text for step in attempted.trace.steps)])
        return _NO_REASON[verdict.passed] if gives_away(reason, task.reference, shown) else reason


class _Counted:
    """A model that adds up what it cost."""

    def __init__(self, model: Model) -> None:
        self._model, self._costs = model, list[float | None]()

    @property
    def model_id(self) -> str:
        return self._model.model_id

    @property
    def cost_usd(self) -> float | None:
        """Of all answers; None where one's is not known."""
        known = [cost for cost in self._costs if cost is not None]
        return sum(known) if known and len(known) == len(self._costs) else None

    async def complete(self, request: Request) -> Reply:
        reply = await self._model.complete(request)
        self._costs.append(reply.cost_usd)
        return reply


def _problem(verdict: _Verdict, trace: Trace) -> str:
    """Why the quote does not hold; empty if it does, or there is none.

    It holds wherever it stands in the run: judges miscount steps, and the number is not kept.
    """
    if not verdict.quote.strip():
        return ""
    named = -1 if verdict.step is None else verdict.step
    problem = _not_in(verdict.quote, named, trace)
    if problem and not all(_not_in(verdict.quote, step, trace) for step in range(len(trace.steps))):
        return ""
    return problem


def _not_in(quote: str, step: int, trace: Trace) -> str:
    """Why a step does not hold a quote; empty if it does."""
    try:
        cited({trace.id: trace}, trace.id, step, quote)
    except EvidenceError as error:
        return str(error)
    return ""


def make(settings: Mapping[str, str]) -> Judge:
    """The judge with these settings; nothing is asked yet."""
    config = configured(JudgeConfig, settings, f"grader {NAME!r}")
    defaults = load()
    model_id = config.model or defaults.model
    if not model_id:
        raise UsageError(
            f"the grader {NAME!r} needs a model",
            hint="Set `model` to provider:model (`--grader-set model=…`), or SEASONED_MODEL",
        )
    base_url = config.base_url or (defaults.base_url if not config.model else None)
    return Judge(config, resolve(model_id, base_url=base_url))
