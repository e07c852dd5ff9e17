"""A strategy of ReasoningBank: what it is, what may not stand in it, and the finding that it becomes.

Pure; raises nothing.
"""

import re
from collections.abc import Mapping

from seasoned.core.finding import Draft, Finding
from seasoned.core.value import Text
from seasoned.learn.asking import Held, Item

NAME = "reasoning_bank"
MAX_TEXT_CHARS = 1_200
"""Of a strategy's description and content together: four sentences are enough."""
LEAST_CONFIDENCE, MORE_PER_RUN, MOST_CONFIDENCE, LESS_UNJUDGED = 0.5, 0.1, 0.9, 0.2
"""Confidence: so much for one run, more for each further one that is quoted, less where nobody else judged them."""

_LITERAL = re.compile(r"https?://|\bwww\.|[\w.+-]+@[\w-]+\.\w")
_COPIED_CHARS = 20


class Strategy(Item):
    """What one may do again, or should do otherwise."""

    title: Text
    description: Text
    """When it applies, in one sentence."""
    content: Text
    """What to do, in one to three sentences."""

    @property
    def name(self) -> str:
        """Its title."""
        return self.title or "a strategy without a title"


def problem_with(item: Strategy) -> str:
    """Why a strategy may not stand so; empty if it may."""
    said = f"{item.description} {item.content}"
    if not (item.title.strip() and item.description.strip() and item.content.strip()):
        return "it needs a title, a description and a content"
    if len(said) > MAX_TEXT_CHARS:
        return f"it has {len(said)} characters; {MAX_TEXT_CHARS} are enough"
    if literal := _LITERAL.search(said):
        return f"it names a place or a person, {literal[0]!r}; say what kind of thing is meant"
    copied = next((q.quote for q in item.evidence if len(q.quote) >= _COPIED_CHARS and q.quote in said), "")
    return f"it copies the run's own words, {copied[:80]!r}; say it so that it holds for any run" if copied else ""


def finding_of(held: Held[Strategy], kind: str, is_judged: Mapping[str, bool]) -> Finding:
    """The finding that a strategy becomes.

    Args:
        held: The strategy and its evidence.
        kind: Which prompt it came from.
        is_judged: Whether somebody gave the run a verdict, by its trace's id.
    """
    item, runs = held.item, {each.trace_id for each in held.evidence}
    has_verdicts = any(is_judged[run] for run in runs)
    confidence = min(MOST_CONFIDENCE, LEAST_CONFIDENCE + MORE_PER_RUN * (len(runs) - 1))
    return Finding(
        claim=f"{item.title.strip()}: {item.description.strip()}",
        kind="good practice" if kind == "success" else "other",
        confidence=round(confidence - (0.0 if has_verdicts else LESS_UNJUDGED), 2),
        evidence=held.evidence,
        draft=Draft(text=f"{item.description.strip().rstrip('.:;,')}: {item.content.strip()}", reason=item.title),
        learner=NAME,
        has_verdicts=has_verdicts,
    )
