"""How the skills that a run was handed did in it, as a model sees it (the tagging of ACE, Zhang et al. 2025).

What the model says is checked like anything from outside: it names skills that it was asked about, each once, and what
it says of one that applied rests on a quote of the run that is not our own words. What does not hold goes back once
with the reason; what then does not hold is left out. Raises what the model raises: `ProviderError`, `BudgetExceeded`,
`StoreError`.
"""

import json
from collections.abc import Mapping, Sequence

from pydantic import Field

from seasoned.core.counters import RatingVerdict
from seasoned.core.finding import Evidence
from seasoned.core.text import shortened
from seasoned.core.trace import Trace
from seasoned.core.value import Text, Value
from seasoned.errors import EvidenceError
from seasoned.learn.citing import cited
from seasoned.learn.injected import HandedOut
from seasoned.learn.judged.handed import Handed
from seasoned.learn.quoting import block
from seasoned.learn.transcript import head_of, run_lines
from seasoned.llm import prompt_file
from seasoned.llm.model import Message, Model, Request
from seasoned.llm.structured import answer_of

PROMPT = prompt_file.load(__package__ or "", "judge")
MAX_SKILLS = 20
"""Skills in one question."""
RUN_CHARS = 60_000
"""Of a run's steps in a question: some 15,000 tokens."""
_SKILL_CHARS = 2_000
_REASON_CHARS = 300


class _Said(Value):
    skill: int
    verdict: RatingVerdict
    step: int | None = None
    quote: Text = Field(default="", max_length=10_000)
    reason: Text = Field(default="", max_length=10_000)


class _Answer(Value):
    verdicts: tuple[_Said, ...]


class Judgement(Value):
    """How one skill did in one run."""

    skill_id: str
    wording: int
    verdict: RatingVerdict
    reason: Text = ""
    evidence: tuple[Evidence, ...] = ()
    """One quote, but for `not applicable`."""


class Unjudged(Value):
    """A skill of which the model said nothing that holds, and why."""

    skill_id: str
    trace_id: str
    reason: Text


class Judgements(Value):
    """What came of one question."""

    held: tuple[Judgement, ...] = ()
    dropped: tuple[Unjudged, ...] = ()


async def judge(trace: Trace, handed: Sequence[Handed], ours: HandedOut, model: Model) -> Judgements:
    """Ask once how the skills did, and once more about what does not hold.

    Args:
        trace: The run.
        handed: Skills that it was handed, at most `MAX_SKILLS`.
        ours: What agents were handed, which is withheld and proves nothing.
        model: Whom to ask.
    """
    asked = request_of(trace, handed, ours)
    waiting = dict(enumerate(handed, start=1))
    answer = await answer_of(model, asked, _Answer)
    held, problems = _checked(answer, waiting, trace, ours)
    if problems:
        unsettled = {number: waiting[number] for number in problems}
        repaired = await answer_of(model, _again(asked, answer, problems), _Answer)
        more, problems = _checked(repaired, unsettled, trace, ours)
        held |= more
    dropped = (
        Unjudged(skill_id=waiting[n].skill_id, trace_id=trace.id, reason=why[:_REASON_CHARS])
        for n, why in problems.items()
    )
    return Judgements(held=tuple(held[n] for n in sorted(held)), dropped=tuple(dropped))


def request_of(trace: Trace, handed: Sequence[Handed], ours: HandedOut) -> Request:
    """The question; it depends on its arguments alone, so that a resumed run asks the same."""
    run = [json.dumps(head_of(trace, ours), ensure_ascii=False), *run_lines(trace, RUN_CHARS, ours)]
    skills = [
        json.dumps({"skill": number, "text": shortened(each.text, _SKILL_CHARS)}, ensure_ascii=False)
        for number, each in enumerate(handed, start=1)
    ]
    text = (
        f"The run, {len(trace.steps)} steps:\n{block('data', chr(10).join(run))}\n"
        f"The {len(skills)} skills that it was handed:\n{block('data', chr(10).join(skills))}"
    )
    return Request(messages=(Message(role="system", content=PROMPT.render()), Message(role="user", content=text)))


def _checked(
    answer: _Answer, waiting: Mapping[int, Handed], trace: Trace, ours: HandedOut
) -> tuple[dict[int, Judgement], dict[int, str]]:
    """What holds, and why the rest of what was asked does not, by number."""
    held: dict[int, Judgement] = {}
    problems = dict.fromkeys(waiting, "you said nothing about it")
    for said in answer.verdicts:
        if said.skill not in problems:
            continue
        try:
            held[said.skill] = _held(said, waiting[said.skill], trace, ours)
            del problems[said.skill]
        except EvidenceError as error:
            problems[said.skill] = str(error)
    return held, problems


def _held(said: _Said, handed: Handed, trace: Trace, ours: HandedOut) -> Judgement:
    """The judgement; raises `EvidenceError` where it needs a quote and has none that holds."""
    evidence: tuple[Evidence, ...] = ()
    if said.verdict != "not applicable":
        if said.step is None:
            raise EvidenceError(f"{said.verdict!r} needs a step and a quote of it")
        evidence = (cited({trace.id: trace}, trace.id, said.step, said.quote, ours),)
    reason = " ".join(said.reason.split())
    return Judgement(
        skill_id=handed.skill_id,
        wording=handed.wording,
        verdict=said.verdict,
        reason=shortened(reason, _REASON_CHARS),
        evidence=evidence,
    )


def _again(asked: Request, answer: _Answer, problems: Mapping[int, str]) -> Request:
    lines = (json.dumps({"skill": number, "problem": why}, ensure_ascii=False) for number, why in problems.items())
    text = (
        f"What you said of these skills does not hold:\n{block('data', chr(10).join(lines))}\n"
        "Give one verdict for each of these again, and for no other."
    )
    return asked.sent_back(answer.model_dump_json(exclude_defaults=True), text)
