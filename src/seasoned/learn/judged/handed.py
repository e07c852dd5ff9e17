"""Which skills a run was handed, in which wording: by its exposure record, or by finding them in its instructions.

A wording is looked for where a compiled prompt held it, and is found in the system and user steps whatever its spacing,
case, marks and escapes (`learn.injected`). One that a rollback undid is not known any more. Pure; raises nothing.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from seasoned.core.prompt import INTRODUCTION, Prompt
from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook
from seasoned.core.trace import Trace
from seasoned.learn.injected import MIN_WORDS, plain_words


class Handed(NamedTuple):
    """A skill in the wording that a run was handed."""

    skill_id: str
    wording: int
    """Revision of the skillbook that brought the wording."""
    text: str


class HandedSkills:
    """The skills of one book that compiled prompts ever held, ready to be found in traces.

    Args:
        book: The skillbook as it stands.
        prompts: Compiled prompts; those of other books are passed over.
    """

    def __init__(self, book: Skillbook, prompts: Iterable[Prompt]) -> None:
        """Find the wording that each prompt held."""
        self._book = book
        held: dict[Handed, str] = {}
        for prompt in prompts:
            skills = (book.skills.get(cost.skill_id) for cost in prompt.included if prompt.book == book.name)
            for handed in (_as_of(skill, prompt.revision) for skill in skills if skill is not None):
                if handed is not None and handed not in held:
                    held[handed] = plain_words(handed.text)
        self._held = held
        self._introduction = plain_words(INTRODUCTION)

    @property
    def texts(self) -> tuple[str, ...]:
        """The wordings."""
        return tuple(handed.text for handed in self._held)

    def in_trace(self, trace: Trace) -> tuple[Handed, ...]:
        """What the run was handed; a trace's own exposure record is believed, and nothing else looked at then."""
        if trace.exposures:
            skills = ((self._book.skills.get(e.skill_id), e.revision) for e in trace.exposures if e.included)
            found = (_as_of(skill, revision) for skill, revision in skills if skill is not None)
            return tuple(dict.fromkeys(handed for handed in found if handed is not None))
        return self._found(trace) if self._held else ()

    def _found(self, trace: Trace) -> tuple[Handed, ...]:
        parts = (plain_words(step.text).strip() for step in trace.steps if step.kind in ("system", "user"))
        given = f" {' '.join(part for part in parts if part)} "
        found = [(handed, words) for handed, words in self._held.items() if words.strip() and words in given]
        # A few words may stand anywhere; they count beside something that is plainly ours.
        is_ours = self._introduction in given or any(_is_telling(words) for _, words in found)
        return _latest(handed for handed, _ in found) if is_ours else ()


def _is_telling(words: str) -> bool:
    return words.count(" ") > MIN_WORDS


def _as_of(skill: Skill, revision: int) -> Handed | None:
    """The skill as it read at a revision; None where it did not exist yet."""
    known = [wording for wording in skill.wordings if wording.revision <= revision]
    # An edit of the section alone repeats the wording; the first that reads so stands for all.
    first = next((w for w in known if w.text == known[-1].text), None)
    return None if first is None else Handed(skill.id, first.revision, first.text)


def _latest(found: Iterable[Handed]) -> tuple[Handed, ...]:
    """One wording of each skill: where one holds another one, the longer; else the later."""
    chosen: dict[str, Handed] = {}
    for handed in found:
        before = chosen.get(handed.skill_id)
        if before is None or (len(handed.text), handed.wording) > (len(before.text), before.wording):
            chosen[handed.skill_id] = handed
    return tuple(chosen.values())


def batches(handed: Sequence[Handed], size: int) -> tuple[tuple[Handed, ...], ...]:
    """The same in parts that one question takes."""
    return tuple(tuple(handed[start : start + size]) for start in range(0, len(handed), size))
