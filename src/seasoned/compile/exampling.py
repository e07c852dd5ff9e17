"""Examples in a compiled prompt: behind the skills, in the order given, in what room the skills leave.

They look the same in every rendering, as their marks must be found again in traces. A placebo holds none: it is there
to be measured against a prompt of skills, and a run that was shown examples would differ by these. Pure; raises
nothing.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from seasoned.compile.config import CompileConfig
from seasoned.compile.few_shot.fitting import over_budget, refusal, unique
from seasoned.compile.few_shot.text import BETWEEN, example
from seasoned.compile.layout import Entry, Layout
from seasoned.core.exemplar import Case
from seasoned.core.prompt import EXAMPLES_HEADING, EXAMPLES_INTRODUCTION, ExampleCost, SkippedExample


class Examples(NamedTuple):
    """What of the cases stands in a prompt."""

    text: str = ""
    """From the line break behind the skills on; empty without examples."""
    costs: tuple[ExampleCost, ...] = ()
    skipped: tuple[SkippedExample, ...] = ()


class _Part(NamedTuple):
    """One example, rendered."""

    case: Case
    text: str


def fitted(layout: Layout, entries: Sequence[Entry], budget_tokens: int, config: CompileConfig) -> Examples:
    """The examples that fit behind the skills.

    Args:
        layout: Of the prompt.
        entries: The skills in it.
        budget_tokens: For the whole prompt.
        config: Its cases, and how they are shown.
    """
    cases = unique(config.cases)
    if config.placebo_seed is not None:
        why = "a placebo holds no examples"
        return Examples(
            skipped=tuple(SkippedExample(exemplar_id=c.exemplar.id, reason="placebo", detail=why) for c in cases)
        )
    before = layout.frame.before + layout.block(entries)
    kept: list[_Part] = []
    skipped: list[SkippedExample] = []
    n_used = layout.tokenizer.count(before + layout.frame.after)
    for case in cases:
        if why_not := refusal(case, config.showing):
            skipped.append(why_not)
            continue
        part = _Part(case, example(case, config.showing))
        # The whole is counted, as some tokenizers count it above the sum of its parts.
        whole = f"{before}{_text(before, layout, [*kept, part])}{layout.frame.after}"
        n_whole = layout.tokenizer.count(whole)
        if n_whole > budget_tokens:
            skipped.append(over_budget(case, n_whole - n_used, max(0, budget_tokens - n_used)))
            continue
        kept.append(part)
        n_used = n_whole
    return Examples(_text(before, layout, kept), tuple(_costs(before, layout, kept)), tuple(skipped))


def _text(before: str, layout: Layout, parts: Sequence[_Part]) -> str:
    return "".join(head + part.text for head, part in _placed(before, layout, parts))


def _placed(before: str, layout: Layout, parts: Sequence[_Part]) -> Iterator[tuple[str, _Part]]:
    """Each example with what stands before it."""
    joint = layout.frame.joint if before == layout.frame.before else BETWEEN
    for number, part in enumerate(parts):
        yield BETWEEN if number else f"{joint}{EXAMPLES_HEADING}\n\n{EXAMPLES_INTRODUCTION}{BETWEEN}", part


def _costs(before: str, layout: Layout, parts: Sequence[_Part]) -> Iterator[ExampleCost]:
    n_breaks = before.count("\n")
    for head, part in _placed(before, layout, parts):
        n_breaks += head.count("\n")
        n_tokens = layout.tokenizer.count(head + part.text)
        yield ExampleCost(exemplar_id=part.case.exemplar.id, n_tokens=n_tokens, line=n_breaks + 1)
        n_breaks += part.text.count("\n")
