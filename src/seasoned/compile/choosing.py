"""Which skills go into a prompt: those that apply, that are selected, and that fit together.

Where not all fit, the first in order go first: the most valuable (see `compile.value`), or the nearest to the task. One
that does not fit is left out and smaller ones after it may still get in. What was chosen is laid out in an order of its
own, so the value of a skill never changes its place. Pure. Raises `PromptError` for an index of another revision.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from seasoned.compile.config import CompileConfig
from seasoned.compile.layout import Entry, Layout
from seasoned.compile.value import rank
from seasoned.core.prompt import SkippedSkill
from seasoned.core.scope import mismatch
from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook
from seasoned.errors import PromptError
from seasoned.retrieve.skill_index import SkillIndex

MAX_MISSES = 200
"""So many skills in a row that do not fit end the search for smaller ones; a book of any size then compiles quickly."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What goes in, and why the rest does not."""

    kept: tuple[Skill, ...] = ()
    left_out: dict[str, SkippedSkill] = field(default_factory=dict[str, SkippedSkill])

    def skipped(self, skills: Iterable[Skill]) -> tuple[SkippedSkill, ...]:
        """Those of some skills that were left out, in their order, and why."""
        kept = {skill.id for skill in self.kept}
        left = (skill for skill in skills if skill.id not in kept)
        return tuple(self.left_out.get(skill.id) or _spent(skill) for skill in left)


def selected(book: Skillbook, skills: Iterable[Skill], config: CompileConfig, index: SkillIndex | None) -> Choice:
    """The approved skills that apply and are selected, in the order in which they are tried.

    Args:
        book: Skills at one revision.
        skills: All of them, in order of birth.
        config: Situation, selection and rates.
        index: Of the same revision, for a selection by nearness; None builds one.

    Raises:
        PromptError: The index is that of another book or revision.
    """
    left_out: dict[str, SkippedSkill] = {}
    applicable: list[Skill] = []
    for skill in skills:
        if skill.status != "approved":
            left_out[skill.id] = SkippedSkill(skill_id=skill.id, reason="status", detail=skill.status)
        elif why := mismatch(skill.scope, config.situation):
            left_out[skill.id] = SkippedSkill(skill_id=skill.id, reason="scope", detail=why)
        else:
            applicable.append(skill)
    kept, why = _selected(book, applicable, config, index)
    names = {skill.id for skill in kept}
    for skill in applicable:
        if skill.id not in names:
            left_out[skill.id] = SkippedSkill(skill_id=skill.id, reason="selection", detail=why)
    return Choice(tuple(kept), left_out)


def fitting(choice: Choice, layout: Layout, budget_tokens: int) -> tuple[tuple[Entry, ...], Choice]:
    """The skills that fit together within a budget, the first in order first.

    Args:
        choice: What comes into question, in the order in which it is tried.
        layout: What stands around the skills.
        budget_tokens: For the whole prompt.

    Returns:
        The entries that fit, and the choice that they make.
    """
    fill = _Fill(layout, layout.tokenizer.count(layout.text(())), budget_tokens)
    n_misses = 0
    for skill in choice.kept:
        n_misses = 0 if fill.take(skill) else n_misses + 1
        if n_misses == MAX_MISSES:
            break
    kept = fill.within_budget()
    names = {entry.id for entry in kept}
    skills = tuple(skill for skill in choice.kept if skill.id in names)
    return kept, Choice(skills, choice.left_out | fill.left_out)


@dataclass(slots=True)
class _Fill:
    """A prompt that is being filled."""

    layout: Layout
    n_used: int
    budget_tokens: int
    kept: list[Entry] = field(default_factory=list[Entry])
    sections: set[str] = field(default_factory=set[str])
    left_out: dict[str, SkippedSkill] = field(default_factory=dict[str, SkippedSkill])

    def take(self, skill: Skill) -> bool:
        """Let a skill in if it fits; whether that was not for want of room."""
        entry = self.layout.entry(skill)
        if not entry.text:
            self.left_out[skill.id] = SkippedSkill(skill_id=skill.id, reason="selection", detail="its text is blank")
            return True
        n_tokens = entry.n_tokens
        if not self.kept:
            n_tokens += self.layout.opening_tokens
        if entry.section not in self.sections:
            n_tokens += self.layout.section_tokens(entry.section)
        n_left = self.budget_tokens - self.n_used
        if n_tokens > n_left:
            detail = f"it takes {n_tokens} tokens and {n_left} were left"
            self.left_out[skill.id] = SkippedSkill(skill_id=skill.id, reason="budget", detail=detail)
            return False
        self.kept.append(entry)
        self.sections.add(entry.section)
        self.n_used += n_tokens
        return True

    def within_budget(self) -> tuple[Entry, ...]:
        """What was let in, but for the last where a tokenizer counts the whole above the sum of its parts."""

        def n_over(n_kept: int) -> int:
            return self.layout.tokenizer.count(self.layout.text(self.kept[:n_kept])) - self.budget_tokens

        n_kept = len(self.kept)
        if n_over(n_kept) > 0:
            n_kept = bisect_right(range(n_kept), 0, key=n_over) - 1
        return tuple(self.kept[:n_kept])


def _selected(
    book: Skillbook, applicable: Sequence[Skill], config: CompileConfig, index: SkillIndex | None
) -> tuple[Iterable[Skill], str]:
    """The selected skills in the order in which they are tried, and why the others are not among them."""
    selection = config.selection
    if selection.kind == "relevant":
        index = SkillIndex(book) if index is None else index
        if (index.book, index.revision) != (book.name, book.revision):
            raise PromptError(
                "the index is not of this skillbook as it stands",
                where=f"{book.name}, revision {book.revision}",
                why=f"it was built for {index.book}, revision {index.revision}",
                hint="build a new SkillIndex from the book",
            )
        by_id = {skill.id: skill for skill in applicable}
        near = index.nearest(selection.task, selection.n, by_id)
        return [by_id[skill_id] for skill_id in near], f"it is not among the {selection.n} nearest to the task"
    ranked = sorted(applicable, key=lambda skill: rank(skill, config.rates))
    if selection.kind == "top":
        return ranked[: selection.n], f"it is not among the {selection.n} most valuable"
    return ranked, ""


def _spent(skill: Skill) -> SkippedSkill:
    return SkippedSkill(skill_id=skill.id, reason="budget", detail="the budget was spent before its turn")
