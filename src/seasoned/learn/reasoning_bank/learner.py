"""ReasoningBank: strategies that explain why runs succeeded, and what would have kept others from failing.

Each run with a verdict is asked about on its own, with a prompt for successes and one for failures, for at most three
strategies; the runs of a task that has several are compared in one question (parallel scaling), for at most five. The
paper lets a model judge the runs: here runs without a verdict are left out, or judged so where `self_judged` is set.
Requests depend on the runs and the configuration alone. Raises what the model's journal raises (`StoreError`).

Source: S. Ouyang et al., "ReasoningBank: Scaling Agent Self-Evolving with Reasoning Memory", 2025, arXiv 2509.25140.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Literal

from pydantic import Field, JsonValue

from seasoned.core.outcome import Outcome
from seasoned.core.trace import Trace
from seasoned.core.value import Text, Value
from seasoned.learn.asking import QUESTION_CHARS, Question, heard, shown_run
from seasoned.learn.injected import HandedOut
from seasoned.learn.learner import LearnContext, LearnReport
from seasoned.learn.quoting import block
from seasoned.learn.reasoning_bank.strategy import NAME, Strategy, finding_of, problem_with
from seasoned.learn.recursive.alike import by_task
from seasoned.learn.registry import configured
from seasoned.learn.reporting import Found, Work, reported
from seasoned.learn.rounds import in_rounds
from seasoned.learn.tempered import Asking, Tempered
from seasoned.llm.model import Message, Model, Request
from seasoned.llm.prompt_file import load
from seasoned.llm.structured import answer_of

_PROMPTS = {name: load(__package__ or "", name) for name in ("success", "failure", "contrast", "judge")}


class ReasoningBankConfig(Asking):
    """How the learner works, with the paper's numbers."""

    max_items: int = Field(default=3, ge=1)
    """Strategies from one run."""
    n_rollouts: int = Field(default=5, ge=1)
    """Runs of one task that are compared in one question; 1 asks about each on its own."""
    max_contrast_items: int = Field(default=5, ge=1)
    """Strategies from one comparison."""
    self_judged: bool = False
    """Ask the model for a verdict on runs that have none; what is found so says that nobody judged it."""


class _Strategies(Value):
    items: tuple[Strategy, ...] = ()


class _Verdict(Value):
    verdict: Literal["success", "failure"]
    reason: Text = ""


class ReasoningBankLearner:
    """ReasoningBank as a `Learner`."""

    name = NAME

    def __init__(self, config: ReasoningBankConfig | None = None) -> None:
        """Configure."""
        self._config = config or ReasoningBankConfig()

    @property
    def identity(self) -> dict[str, JsonValue]:
        """The whole configuration, and which versions of the prompts it is for."""
        prompts = [f"{prompt.id} {prompt.version}" for prompt in _PROMPTS.values()]
        return {"config": self._config.model_dump(mode="json"), "prompts": [*prompts]}

    async def learn(self, traces: Sequence[Trace], context: LearnContext) -> LearnReport:
        """Ask about every run, or every task's runs; see `Learner.learn`."""
        unique, read = self._read(traces)
        pieces = self._pieces(read)
        work = partial(self._found, ours=HandedOut(context.handed_out), model=Tempered(context.model, self._config))
        rounds = await in_rounds(pieces, work, context, unit="questions", concurrency=self._config.concurrency)
        notes = [_left_out(len(unique) - len(read))] if len(read) < len(unique) else []
        return reported(context, rounds.results, Work.of(rounds, notes))

    def planned_calls(self, traces: Sequence[Trace]) -> int:
        """One for each run or group, and one for each verdict that is asked for; repairs come on top."""
        _, read = self._read(traces)
        return len(self._pieces(read)) + sum(trace.verdict is None for trace in read)

    def _read(self, traces: Sequence[Trace]) -> tuple[list[Trace], list[Trace]]:
        """The runs that have steps, and those of them that are asked about."""
        unique = [trace for trace in {trace.id: trace for trace in traces}.values() if trace.steps]
        return unique, [trace for trace in unique if self._config.self_judged or trace.verdict is not None]

    def _pieces(self, read: Sequence[Trace]) -> list[list[Trace]]:
        return [part for task in by_task(read) for part in _parts(task.runs, self._config.n_rollouts)]

    async def _found(self, runs: Sequence[Trace], *, ours: HandedOut, model: Model) -> Found:
        judged = [run if run.verdict is not None else await _judged(run, ours, model) for run in runs]
        kind = "contrast" if len(judged) > 1 else "success" if judged[0].verdict else "failure"
        n = self._config.max_contrast_items if kind == "contrast" else self._config.max_items
        question = Question(
            traces=judged,
            ours=ours,
            system=_PROMPTS[kind].render(max_items=str(n)),
            shape=_Strategies,
            items=lambda answer: answer.items,
            problem=problem_with,
            max_items=n,
        )
        answer = await heard(question, model)
        is_judged = {run.id: run.verdict is not None for run in runs}
        return Found(findings=tuple(finding_of(each, kind, is_judged) for each in answer.held), dropped=answer.dropped)


def reasoning_bank(settings: Mapping[str, str]) -> ReasoningBankLearner:
    """ReasoningBank by settings as words: the fields of `ReasoningBankConfig`."""
    return ReasoningBankLearner(configured(ReasoningBankConfig, settings, NAME))


def _parts(runs: Sequence[Trace], size: int) -> list[list[Trace]]:
    """The runs in parts of at most so many, passed and failed ones mixed as evenly as may be."""
    ordered = sorted(runs, key=lambda run: {True: 0, False: 1, None: 2}[run.verdict])
    n = -(-len(ordered) // size)
    return [ordered[k::n] for k in range(n)]


async def _judged(run: Trace, ours: HandedOut, model: Model) -> Trace:
    """The run with the model's own verdict, which nothing but the next question sees."""
    text = f"The run:\n{block('data', shown_run(run.model_copy(update={'outcome': None}), ours, QUESTION_CHARS, 1))}"
    messages = (Message(role="system", content=_PROMPTS["judge"].render()), Message(role="user", content=text))
    said = await answer_of(model, Request(messages=messages), _Verdict)
    outcome = Outcome(success=said.verdict == "success", source="judge", feedback=said.reason)
    return run.model_copy(update={"outcome": outcome})


def _left_out(n_runs: int) -> str:
    return (
        f"{n_runs} run{'s' * (n_runs != 1)} without a verdict left out; `seasoned traces label` gives "
        "them one, or set self_judged=true"
    )
