"""Transfer: the skills of one book worded for other work, with a few runs of that work in view.

A `Learner` that is made for the skills of one source book; what it finds is proposed to the target book like anything
else. A proposal rests on quotes of the target's runs, which show where it applies, and on the evidence of the skill
that it comes from, whose traces stay where they are. `learn` raises `StoreError` of the model's journal.

Source: A. Zhao et al., "ExpeL: LLM Agents Are Experiential Learners", AAAI 2024, arXiv 2308.10144, section 4.4, which
takes what was learned from HotpotQA to FEVER.
"""

import json
from collections.abc import Sequence

from pydantic import Field, JsonValue

from seasoned.core.finding import Draft, Finding
from seasoned.core.ids import content_id
from seasoned.core.skill import Skill
from seasoned.core.text import shortened
from seasoned.core.trace import Trace
from seasoned.core.value import Text, Value
from seasoned.learn.asking import Heard, Held, Item, Question, heard
from seasoned.learn.expel.findings import confidence_of
from seasoned.learn.expel.overheard import Overheard
from seasoned.learn.expel.votes import VOTES_AT_BIRTH
from seasoned.learn.injected import HandedOut
from seasoned.learn.learner import LearnContext, LearnReport
from seasoned.learn.quoting import block
from seasoned.learn.registry import identity_of
from seasoned.learn.rounds import in_rounds
from seasoned.learn.tempered import Asking, Tempered
from seasoned.llm import prompt_file

NAME = "expel_transfer"
_PROMPT = prompt_file.load(__package__ or "", "transfer")
_MAX_TEXT_CHARS = 2_000


class TransferConfig(Asking):
    """How the transfer works; all of it is part of a run's identity."""

    n_examples: int = Field(default=4, ge=1)
    """Runs of the target in view, of different tasks, those that passed first."""
    n_skills: int = Field(default=10, ge=1)
    """Skills of the source in one question."""


class _Reworded(Item):
    skill: Text = Field(max_length=200)
    text: Text = Field(max_length=_MAX_TEXT_CHARS)
    reason: Text = Field(default="", max_length=1_000)
    section: Text = Field(default="general", max_length=100)

    @property
    def name(self) -> str:
        return f"{self.skill}: {self.text}"


class _Answer(Value):
    skills: tuple[_Reworded, ...] = ()


class ExpelTransfer:
    """The transfer of one book's skills as a `Learner`."""

    def __init__(self, source: str, skills: Sequence[Skill], config: TransferConfig | None = None) -> None:
        """Configure; nothing starts before `learn`.

        Args:
            source: Name of the book that the skills are from, as reasons are to say it.
            skills: What to word anew.
            config: How.
        """
        self._source, self._skills = source, tuple(skills)
        self._config = config or TransferConfig()

    @property
    def name(self) -> str:
        """`expel_transfer`."""
        return NAME

    @property
    def identity(self) -> dict[str, JsonValue]:
        """The configuration, the version of the prompt, and the skills as they read."""
        return {
            **identity_of(self._config, [_PROMPT]),
            "source": self._source,
            "skills": content_id("skills", [[skill.id, skill.text] for skill in self._skills]),
        }

    async def learn(self, traces: Sequence[Trace], context: LearnContext) -> LearnReport:
        """Ask about the skills, some at a time; see `Learner.learn`."""
        shown = examples(traces, self._config.n_examples)
        size = self._config.n_skills
        parts = [self._skills[start : start + size] for start in range(0, len(self._skills), size)] if shown else []
        ours, asked = HandedOut(context.handed_out), Tempered(context.model, self._config)

        async def one(part: tuple[Skill, ...]) -> Heard[_Reworded]:
            model = Overheard(asked)
            found = await heard(self._question(part, shown, ours, context.book.name), model)
            title, output = f"{len(part)} skills of {self._source}", f"{len(found.held)} of them hold here too"
            context.on_turn(model.turn(found, episode=parts.index(part), turn=0, title=title, output=output))
            return found

        rounds = await in_rounds(parts, one, context, unit="groups", concurrency=self._config.concurrency)
        findings = [self._finding(held, shown) for each in rounds.results for held in each.held]
        report = LearnReport(
            findings=tuple(findings),
            dropped=tuple(each for result in rounds.results for each in result.dropped),
            notes=(self._count(len(findings), len(shown)), *rounds.notes),
            is_complete=not rounds.n_undone,
            n_episodes=len(parts),
            n_episodes_unread=rounds.n_undone,
        )
        return report.with_totals(context.account.totals)

    def _count(self, n_found: int, n_shown: int) -> str:
        runs = f"{n_shown} run{'s' * (n_shown != 1)}"
        return f"{n_found} of {len(self._skills)} skills of {self._source} hold for this work too, by {runs} of it"

    def _question(
        self, skills: Sequence[Skill], shown: Sequence[Trace], ours: HandedOut, target: str
    ) -> Question[_Reworded, _Answer]:
        ids = frozenset(skill.id for skill in skills)
        lines = (
            json.dumps({"id": skill.id, "text": shortened(skill.text, _MAX_TEXT_CHARS)}, ensure_ascii=False)
            for skill in skills
        )
        return Question(
            traces=shown,
            ours=ours,
            system=_PROMPT.render(target=json.dumps(target, ensure_ascii=False)),
            asked=f"The {len(skills)} skills:\n{block('data', chr(10).join(lines))}",
            shape=_Answer,
            items=lambda answer: answer.skills,
            problem=lambda item: _problem(item, ids),
            clash=_clash,
            max_items=len(skills),
        )

    def _finding(self, held: Held[_Reworded], shown: Sequence[Trace]) -> Finding:
        item = held.item
        skill = next(each for each in self._skills if each.id == item.skill)
        reason = f"From {skill.id} of {self._source}: {item.reason.strip() or 'it holds here too'}"
        standing = tuple(each for each in skill.evidence if not each.is_erased)
        behind = {each.trace_id for each in held.evidence}
        return Finding(
            claim=reason,
            kind="good practice",
            confidence=confidence_of(VOTES_AT_BIRTH),
            evidence=tuple(dict.fromkeys((*held.evidence, *standing))),
            draft=Draft(text=item.text.strip(), reason=reason, section=item.section.strip() or "general"),
            learner=NAME,
            has_verdicts=any(trace.verdict is not None for trace in shown if trace.id in behind),
        )


def examples(traces: Sequence[Trace], most: int) -> tuple[Trace, ...]:
    """Runs of different tasks, those that passed first, else as recorded.

    Args:
        traces: The runs of the target.
        most: So many at most.
    """
    by_task: dict[str, Trace] = {}
    for trace in sorted(traces, key=lambda trace: trace.verdict is not True):
        by_task.setdefault(trace.task.key, trace)
    return tuple(by_task.values())[:most]


def _problem(item: _Reworded, ids: frozenset[str]) -> str:
    if item.skill not in ids:
        return f"no skill here has the id {item.skill[:60]!r}"
    return "" if item.text.strip() else "it holds no wording"


def _clash(item: _Reworded, beside: Sequence[_Reworded]) -> str:
    return f"{item.skill} has an item already" if item.skill in {each.skill for each in beside} else ""
