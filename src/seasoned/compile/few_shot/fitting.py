"""Which cases fit a budget of tokens, the first in order first; smaller ones behind one that does not may still fit.

Pure; raises nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from seasoned.compile.few_shot.messages import as_messages
from seasoned.compile.few_shot.showing import DEFAULTS, Form, Showing, solution_of
from seasoned.compile.few_shot.text import as_text, as_transcript
from seasoned.compile.tokens import ESTIMATE, Tokenizer
from seasoned.core.exemplar import Case
from seasoned.core.prompt import SkippedExample

MESSAGE_TOKENS = 4
"""What a chat template puts around each message, about."""


class Fitting(NamedTuple):
    """The cases that fit, and why the others do not."""

    kept: tuple[Case, ...]
    skipped: tuple[SkippedExample, ...]


def fitting(
    cases: Sequence[Case],
    budget_tokens: int,
    tokenizer: Tokenizer = ESTIMATE,
    *,
    form: Form = "text",
    showing: Showing = DEFAULTS,
) -> Fitting:
    """The cases that fit together.

    Args:
        cases: In the order in which they are tried and shown; one that stands there twice is shown once.
        budget_tokens: For all of them in this form, marks included.
        tokenizer: Counts them.
        form: How they are shown.
        showing: What is shown of each.
    """
    kept: list[Case] = []
    skipped: list[SkippedExample] = []
    n_used = 0
    for case in unique(cases):
        if why := refusal(case, showing):
            skipped.append(why)
            continue
        n_all = n_tokens([*kept, case], tokenizer, form=form, showing=showing)
        if n_all > budget_tokens:
            skipped.append(over_budget(case, n_all - n_used, max(0, budget_tokens - n_used)))
            continue
        kept.append(case)
        n_used = n_all
    return Fitting(tuple(kept), tuple(skipped))


def n_tokens(
    cases: Sequence[Case], tokenizer: Tokenizer = ESTIMATE, *, form: Form = "text", showing: Showing = DEFAULTS
) -> int:
    """Tokens of cases in a form; of messages with what a template puts around each, about."""
    if form == "messages":
        messages = as_messages(cases, showing)
        texts = [m.content + "".join(f"\n{r.name} {r.arguments}" for r in m.tool_requests) for m in messages]
        return sum(MESSAGE_TOKENS + tokenizer.count(text) for text in texts)
    return tokenizer.count(_FORMS[form](cases, showing))


def refusal(case: Case, showing: Showing = DEFAULTS) -> SkippedExample | None:
    """Why a case is not shown, whatever the budget; None if it may be."""
    exemplar = case.exemplar
    if exemplar.status != "approved":
        return SkippedExample(exemplar_id=exemplar.id, reason="status", detail=exemplar.status)
    told = solution_of(case, showing)
    if not told.turns and not told.plan:
        return SkippedExample(exemplar_id=exemplar.id, reason="empty", detail="no step of it can be shown")
    return None


def over_budget(case: Case, n_needed: int, n_left: int) -> SkippedExample:
    """Why a case that is too long is not shown."""
    detail = f"it takes {n_needed} tokens and {n_left} were left"
    return SkippedExample(exemplar_id=case.exemplar.id, reason="budget", detail=detail)


def unique(cases: Sequence[Case]) -> tuple[Case, ...]:
    """The cases, each once, where it stands first."""
    return tuple({case.exemplar.id: case for case in cases}.values())


_FORMS: Mapping[Form, Callable[[Sequence[Case], Showing], str]] = {"text": as_text, "transcript": as_transcript}
