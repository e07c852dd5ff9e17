"""A compiled prompt without some of its skills, and nothing else changed: what one run is handed to measure the others.

The skills that stay keep their order and their wording, none moves up into the room that became free, and the examples
stay. The text is laid out anew from the skillbook at the prompt's revision, and only believed if, with nothing left
out, it is the prompt to the byte. Pure. Raises `PromptError` for a prompt that cannot be laid out so.
"""

from collections.abc import Collection
from dataclasses import dataclass

from seasoned.compile.few_shot.text import BETWEEN
from seasoned.compile.layout import Entry, Layout, sections_of
from seasoned.compile.renderings import RENDERINGS
from seasoned.compile.template import Frame
from seasoned.compile.tokens import ESTIMATE
from seasoned.compile.value import birth
from seasoned.core.cutting import Cut
from seasoned.core.prompt import EXAMPLES_HEADING, ExampleCost, Prompt, SkillCost
from seasoned.core.skillbook import Skillbook
from seasoned.errors import PromptError


def reduced(prompt: Prompt, book: Skillbook, left_out: Collection[str]) -> Prompt:
    """The prompt without some of its skills.

    Args:
        prompt: As it was compiled.
        book: Its skillbook at its revision.
        left_out: Ids of skills; those that are not in the prompt change nothing.

    Raises:
        PromptError: The prompt cannot be laid out from the book: see `laid_out`.
    """
    return laid_out(prompt, book).without(left_out)


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidOut:
    """A prompt with its skills laid out one by one, so that some can be left out."""

    prompt: Prompt
    layout: Layout
    entries: tuple[Entry, ...]
    examples: str
    """All examples as they stand in the prompt, from the line break before them on."""

    def without(self, left_out: Collection[str]) -> Prompt:
        """The prompt without some of its skills; without all of them no heading of ours is left."""
        entries = [entry for entry in self.entries if entry.id not in left_out]
        if len(entries) == len(self.entries):
            return self.prompt
        before, examples = self._parts(entries)
        gone = {entry.id for entry in self.entries} - {entry.id for entry in entries}
        text = f"{before}{examples}{self.layout.frame.after}"
        made: dict[str, object] = {
            "text": text,
            "block": (len(self.layout.frame.before), len(before)),
            "n_tokens": self._n_tokens(text, gone),
            "included": self._costs(entries),
            "conflicts": tuple(c for c in self.prompt.conflicts if not {c.skill_id, c.other_id} & gone),
        }
        if examples:
            made |= {
                "examples": self._example_costs(before, examples),
                "examples_block": (len(before), len(before) + len(examples)),
            }
        return self.prompt.model_copy(update=made)

    def cuts(self) -> tuple[Cut, ...]:
        """What of the prompt's text to cut, so that what is left is the text of `without`, whatever is left out."""
        found, at = list[Cut](), len(self.layout.frame.before)
        for text, skills in self.layout.pieces(self.entries) if self.entries else ():
            end = at + len(text)
            if not found and self.examples:
                # Without any skill the examples stand where the skills stood, as far from the user's text.
                at += len(self.layout.frame.joint)
            if end > at:
                found.append(Cut(start=at, end=end, skills=skills))
            at = end
        n_breaks = len(self.examples) - len(self.examples.lstrip("\n"))
        if found and n_breaks:
            found.append(Cut(start=at, end=at + n_breaks, skills=tuple(entry.id for entry in self.entries)))
        return tuple(found)

    def _parts(self, entries: list[Entry]) -> tuple[str, str]:
        """What stands before the examples, and the examples with what then stands before their heading."""
        block = self.layout.block(entries)
        joint = BETWEEN if block else self.layout.frame.joint
        return self.layout.frame.before + block, joint + self.examples.lstrip("\n") if self.examples else ""

    def _n_tokens(self, text: str, gone: Collection[str]) -> int:
        """Counted anew where the estimate counted it, else what the skills cost is taken off."""
        if self.prompt.tokenizer == ESTIMATE.name:
            return ESTIMATE.count(text)
        return max(0, self.prompt.n_tokens - sum(c.n_tokens for c in self.prompt.included if c.skill_id in gone))

    def _costs(self, entries: list[Entry]) -> tuple[SkillCost, ...]:
        costs = self.layout.costs(entries)
        if self.prompt.tokenizer == ESTIMATE.name:
            return costs
        known = {cost.skill_id: cost.n_tokens for cost in self.prompt.included}
        return tuple(cost.model_copy(update={"n_tokens": known[cost.skill_id]}) for cost in costs)

    def _example_costs(self, before: str, examples: str) -> tuple[ExampleCost, ...]:
        """The same on other lines; the first bears what stands before the heading of all."""
        old_before, old_examples = self._parts(list(self.entries))
        shift = _lines_before(before + examples) - _lines_before(old_before + old_examples)
        moved = [cost.model_copy(update={"line": cost.line + shift}) for cost in self.prompt.examples]
        if self.prompt.tokenizer == ESTIMATE.name:
            # It counts one token for each line break.
            n_tokens = moved[0].n_tokens + len(examples) - len(old_examples)
            moved[0] = moved[0].model_copy(update={"n_tokens": n_tokens})
        return tuple(moved)


def laid_out(prompt: Prompt, book: Skillbook) -> LaidOut:
    """Lay a prompt's skills out again.

    Args:
        prompt: As it was compiled.
        book: Its skillbook at its revision.

    Raises:
        PromptError: The book is another one or at another revision, the prompt is a placebo, or what the skills of the
            book give is not its text, as when another release compiled it.
    """
    if (book.name, book.revision) != (prompt.book, prompt.revision):
        raise _refusal(prompt, f"it is of {prompt.book!r} at revision {prompt.revision}, not {book.revision}")
    if prompt.is_placebo:
        raise _refusal(prompt, "a placebo holds no skill")
    start, end = prompt.block or (len(prompt.base), len(prompt.text))
    behind = end if prompt.examples_block is None else prompt.examples_block[1]
    rendering = RENDERINGS[prompt.rendering]
    joint, opening, _ = prompt.text[start:end].partition(rendering.opening)
    frame = Frame(before=prompt.text[:start], joint=joint if opening else "", after=prompt.text[behind:])
    skills = sorted(book.skills.values(), key=birth)
    layout = Layout(frame=frame, rendering=rendering, tokenizer=ESTIMATE, sections=sections_of(skills))
    chosen = [book.skills[cost.skill_id] for cost in prompt.included if cost.skill_id in book.skills]
    entries = tuple(map(layout.entry, chosen))
    if len(entries) != len(prompt.included) or layout.block(entries) != prompt.text[start:end]:
        raise _refusal(prompt, "the skills of the book at its revision do not give its text")
    return LaidOut(prompt=prompt, layout=layout, entries=entries, examples=prompt.text[end:behind])


def _lines_before(text: str) -> int:
    """Line breaks before the heading of the examples, which is the last one of ours."""
    return text.count("\n", 0, text.rindex(EXAMPLES_HEADING))


def _refusal(prompt: Prompt, why: str) -> PromptError:
    return PromptError(
        "the prompt cannot be handed out without some of its skills",
        where=prompt.id,
        why=why,
        hint="compile it anew; as it is, it is handed out whole, and no effect of its skills can be estimated",
    )
