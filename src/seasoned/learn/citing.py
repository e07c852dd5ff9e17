"""Turning a model's quote into evidence, or telling it where the words really stand.

Knows traces and what agents were handed, which is no evidence. The search for a near miss is linear in the text.
Raises `EvidenceError`.
"""

import re
from collections.abc import Mapping

from seasoned.core.finding import Evidence, located
from seasoned.core.trace import Trace
from seasoned.errors import EvidenceError
from seasoned.learn.injected import NOTHING, HandedOut

MIN_QUOTE_CHARS = 8
"""Shorter quotes prove nothing, unless they are a step's whole text."""
MAX_QUOTE_CHARS = 600
_SHOWN_CHARS = 240
_MAX_SEARCHED_CHARS = 50_000


def trace_named(traces: Mapping[str, Trace], trace_id: str) -> Trace:
    """The trace with this id, or the only one whose id begins so; raises `EvidenceError`."""
    found = [trace for key, trace in traces.items() if key == trace_id or (trace_id and key.startswith(trace_id))]
    if len(found) == 1:
        return found[0]
    why = f"{len(found)} ids begin so" if found else "there is none in this episode"
    raise EvidenceError(f"no single trace {trace_id[:60]!r}", why=why, hint=f"The ids are {', '.join(traces)}")


def cited(traces: Mapping[str, Trace], trace_id: str, step: int, quote: str, ours: HandedOut = NOTHING) -> Evidence:
    """Evidence for a quote in one step.

    Args:
        traces: The traces of the episode, by id.
        trace_id: An id, or an unambiguous beginning of one.
        step: Index into the trace's steps.
        quote: Words of the step's text, character for character.
        ours: What agents were handed.

    Raises:
        EvidenceError: It is not there, where the message names the nearest place, or it is our own text.
    """
    trace = trace_named(traces, trace_id)
    if len(quote) > MAX_QUOTE_CHARS:
        raise EvidenceError(f"the quote has {len(quote)} characters", hint=f"Quote at most {MAX_QUOTE_CHARS}")
    is_whole = 0 <= step < len(trace.steps) and quote == trace.steps[step].text
    if len(quote.strip()) < MIN_QUOTE_CHARS and not is_whole:
        raise EvidenceError(f"the quote {quote!r} is too short to prove anything", hint="Quote a whole phrase")
    try:
        return _first_not_ours(trace, located(trace, step, quote), ours)
    except EvidenceError as error:
        if 0 <= step < len(trace.steps) and (trace.steps[step].injected or quote in trace.steps[step].text):
            raise
        raise EvidenceError(
            error.what, where=error.where, why=error.why, hint=_nearest(traces, trace, step, quote, ours)
        ) from None


def _first_not_ours(trace: Trace, found: Evidence, ours: HandedOut) -> Evidence:
    """The same quote at the first place where it is not our own text; raises `EvidenceError` if there is none."""
    text, step, quote = trace.steps[found.step].text, found.step, found.quote
    start = found.start
    while ours.is_ours(trace, step, start, start + len(quote)):
        start = text.find(quote, start + len(quote))
        if start < 0:
            raise EvidenceError(
                "these are words that we handed the agent ourselves, so they prove nothing",
                where=f"{trace.id} step {step}",
                hint="cite what the agent did, or what its user or its tools said in words of their own",
            )
    return Evidence(trace_id=trace.id, step=step, start=start, end=start + len(quote), quote=quote)


def _nearest(traces: Mapping[str, Trace], trace: Trace, step: int, quote: str, ours: HandedOut) -> str:
    for other in (trace, *(t for t in traces.values() if t is not trace)):
        for index, candidate in enumerate(other.steps):
            if not candidate.injected and quote in candidate.text and quote in ours.shown(other, index):
                return f"These words stand in {other.id} step {index}"
    text = ours.shown(trace, step) if 0 <= step < len(trace.steps) else ""
    start = _same_but_for_spacing(text, quote)
    if start is not None:
        return f"But for case and spacing it stands there as {text[start[0] : start[1]]!r}"
    line = _likest_line(text, quote)
    return f"Nearest there is {line!r}" if line else "Look at the step's text and quote it exactly"


def _same_but_for_spacing(text: str, quote: str) -> tuple[int, int] | None:
    # A model that copied from a printed list or dict writes line breaks as backslash and n.
    words = quote.replace("\\n", " ").split()
    if not words:
        return None
    found = re.search(r"\s+".join(map(re.escape, words)), text[:_MAX_SEARCHED_CHARS], re.IGNORECASE)
    return None if found is None else found.span()


def _likest_line(text: str, quote: str) -> str:
    wanted = _words(quote)
    best, line = max(((len(wanted & _words(each)), each) for each in _lines(text)), key=lambda p: p[0], default=(0, ""))
    if best * 3 < len(wanted):
        return ""
    # The line may be long: show it from the first word that both have.
    first = min((i for w in wanted if (i := line.lower().find(w)) >= 0), default=0)
    return line[max(0, first - 20) :][:_SHOWN_CHARS]


def _lines(text: str) -> list[str]:
    return text[:_MAX_SEARCHED_CHARS].splitlines()


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w{2,}", text.lower()))
