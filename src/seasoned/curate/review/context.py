"""A quote where it stands, with the steps around it, for a reviewer to read. Pure; raises nothing."""

from seasoned.core.finding import Evidence
from seasoned.core.text import shortened
from seasoned.core.trace import StepKind, Trace
from seasoned.core.value import Value


class ContextStep(Value):
    """One step around a quote."""

    index: int
    kind: StepKind
    name: str | None
    before: str
    """Text before the quote; the whole text of a step that is not quoted."""
    quote: str = ""
    after: str = ""


def in_context(evidence: Evidence, trace: Trace, *, around: int = 1, max_chars: int = 600) -> tuple[ContextStep, ...]:
    """The quoted step and its neighbours.

    Args:
        evidence: What to show; it must have been verified against the trace.
        trace: The trace that it is from.
        around: Steps before and after.
        max_chars: Upper bound on the text on either side of the quote, and on each neighbour's text.
    """
    shown: list[ContextStep] = []
    for index in range(max(0, evidence.step - around), min(len(trace.steps), evidence.step + around + 1)):
        step = trace.steps[index]
        if index != evidence.step:
            text = shortened(step.text, max_chars)
            shown.append(ContextStep(index=index, kind=step.kind, name=step.name, before=text))
            continue
        before, after = step.text[: evidence.start], step.text[evidence.end :]
        if len(before) > max_chars:
            before = "… " + before[-max_chars:]
        shown.append(
            ContextStep(
                index=index,
                kind=step.kind,
                name=step.name,
                before=before,
                quote=evidence.quote,
                after=shortened(after, max_chars),
            )
        )
    return tuple(shown)
