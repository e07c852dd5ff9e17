"""compile_prompt: a skillbook, a base prompt and a budget give a prompt; the same input gives the same bytes.

Choosing, in `compile.choosing`, says which approved skills go in; the layout, in `compile.layout`, in which order, so
that prompt caches keep hitting; the rendering how they look. Examples, in `compile.exampling`, stand behind the skills
in what room these leave. `placebo_of` makes the placebo of a prompt that was compiled before. Knows nothing of stores,
runs or labels. Raises `PromptError`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from seasoned.compile.choosing import fitting, selected
from seasoned.compile.config import DEFAULTS, CompileConfig
from seasoned.compile.conflicts import contradictions
from seasoned.compile.exampling import Examples, fitted
from seasoned.compile.layout import Entry, Layout, sections_of
from seasoned.compile.placebo import as_placebo
from seasoned.compile.reduced import laid_out
from seasoned.compile.template import appended
from seasoned.compile.tokens import ESTIMATE
from seasoned.compile.value import birth
from seasoned.compile.vocabularies import tokenizer_for
from seasoned.core.prompt import Prompt
from seasoned.core.skillbook import Skillbook
from seasoned.core.text import storable
from seasoned.errors import PromptError
from seasoned.retrieve.skill_index import SkillIndex


def compile_prompt(
    book: Skillbook,
    base: str,
    *,
    budget_tokens: int,
    config: CompileConfig = DEFAULTS,
    index: SkillIndex | None = None,
) -> Prompt:
    """Put the approved skills of a book into a base prompt, within a budget.

    Args:
        book: Skills at one revision; the order of its dictionary does not matter.
        base: The user's own prompt. The text begins with it, or has it where a template says; without an approved skill
            nothing is added.
        budget_tokens: Upper bound on the tokens of the whole text. Where the tokenizer's counts of whole lines add up,
            as the estimate's do, the base's tokens and all skills' costs make `n_tokens`.
        config: What may go in and how it looks.
        index: Of the book's revision, for the selection "relevant"; kept between calls it saves reading every skill,
            and with vectors in it finds by meaning too. None builds one, by words alone.

    Raises:
        PromptError: The base prompt alone is larger than the budget, the template has no place for it, the index is of
            another revision, or no placebo of the same length can be made.
    """
    skills = sorted(book.skills.values(), key=birth)
    clean = str(storable(base))
    frame = appended(clean) if config.template is None else config.template.frame(clean)
    layout = Layout(frame=frame, rendering=config.rendering, tokenizer=config.tokenizer, sections=sections_of(skills))
    _refuse_small(layout, budget_tokens)
    kept, choice = fitting(selected(book, skills, config, index), layout, budget_tokens)
    prompt = _unfilled(book, clean, budget_tokens, config).model_copy(update={"skipped": choice.skipped(skills)})
    examples = fitted(layout, kept, budget_tokens, config)
    if config.placebo_seed is None or not kept:
        return _filled(prompt, layout, kept, examples, {"conflicts": contradictions(book, choice.kept)})
    neutral, sentences = as_placebo(layout, kept, config.placebo_seed, budget_tokens)
    return _filled(prompt, neutral, sentences, examples, {"is_placebo": True})


def placebo_of(prompt: Prompt, book: Skillbook, *, seed: int = 0) -> Prompt:
    """Neutral text of the same length in the place of a compiled prompt's skills: what compiling a placebo gives.

    Args:
        prompt: As it was compiled.
        book: Its skillbook at its revision.
        seed: Which neutral text.

    Raises:
        PromptError: The prompt has no skills or is a placebo, it holds examples, whose length a placebo lacks, its
            tokens cannot be counted here as they were, it cannot be laid out from the book, or no placebo of the same
            length can be made.
    """
    if why := _why_no_placebo(prompt):
        raise PromptError(
            "there is no placebo of this prompt",
            where=prompt.id,
            why=why,
            hint="a placebo is measured beside a compiled prompt that has skills and no examples",
        )
    laid = laid_out(prompt, book)
    tokenizer = ESTIMATE if prompt.tokenizer == ESTIMATE.name else tokenizer_for(prompt.situation.model)
    if tokenizer.name != prompt.tokenizer:
        raise PromptError(
            "no placebo of the same length can be made",
            where=prompt.id,
            why=f"the prompt was counted by {prompt.tokenizer}, which is not at hand",
            hint="compile it with `seasoned prompt compile --placebo` and the same --tokenizer",
        )
    layout = replace(laid.layout, tokenizer=tokenizer)
    entries = [layout.entry(book.skills[entry.id]) for entry in laid.entries]
    neutral, sentences = as_placebo(layout, entries, seed, prompt.budget_tokens)
    return _filled(prompt, neutral, sentences, Examples(), {"conflicts": (), "is_placebo": True})


def _why_no_placebo(prompt: Prompt) -> str:
    """Why a prompt has no placebo; empty where it may have one."""
    if prompt.is_placebo:
        return "it is a placebo itself"
    if not prompt.included:
        return "it has no skills"
    return (
        "it holds examples, and a placebo as long as the whole would have to hold them too" if prompt.examples else ""
    )


def _unfilled(book: Skillbook, base: str, budget_tokens: int, config: CompileConfig) -> Prompt:
    """The prompt before anything of ours is in it."""
    return Prompt(
        text=base,
        base=base,
        book=book.name,
        revision=book.revision,
        budget_tokens=budget_tokens,
        n_tokens=0,
        tokenizer=config.tokenizer.name,
        rendering=config.rendering.name,
        situation=config.situation,
        selection=config.selection,
    )


def _filled(
    prompt: Prompt, layout: Layout, entries: Sequence[Entry], examples: Examples, changes: Mapping[str, object]
) -> Prompt:
    """The prompt with its text and what follows from that."""
    before = layout.frame.before + layout.block(entries)
    text = f"{before}{examples.text}{layout.frame.after}"
    made: dict[str, object] = {
        "text": text,
        "block": (len(layout.frame.before), len(before)),
        "n_tokens": layout.tokenizer.count(text),
        "included": layout.costs(entries),
        "skipped_examples": examples.skipped,
    }
    if examples.text:
        made |= {"examples": examples.costs, "examples_block": (len(before), len(before) + len(examples.text))}
    return prompt.model_copy(update={**made, **changes})


def _refuse_small(layout: Layout, budget_tokens: int) -> None:
    n_base = layout.tokenizer.count(layout.text(()))
    if n_base > budget_tokens or budget_tokens < 1:
        raise PromptError(
            "the budget is too small for the base prompt",
            why=f"the base prompt takes {n_base} tokens ({layout.tokenizer.name}) and the budget is {budget_tokens}",
            hint="raise the budget or shorten the base prompt",
        )
