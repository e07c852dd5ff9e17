"""What in a proposed wording must make a reviewer careful.

Traces are written by strangers. Whatever a stranger could smuggle into a skill through them (an address, a command, an
order to the model, a secret, an identifier of one customer) is named here, so that no policy approves it unseen.
Pattern matching finds the plain forms only: a person still reads every proposal. Pure; raises nothing.
"""

import re
from collections.abc import Iterable

from seasoned.core.text import visible
from seasoned.core.trace import Trace

_SIGNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "holds an address",
        re.compile(
            r"\b(?:[a-z][a-z0-9+.-]*:/{1,2}|www\.)\S+|\]\(|\bhttps?:\S"
            r"|\b[\w-]+\.(?:com|org|net|io|dev|ai|app|info|biz|ru|cn|xyz|top|sh)\b",
            re.IGNORECASE,
        ),
    ),
    ("holds an e-mail address", re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")),
    ("holds a redacted secret", re.compile(r"<SECRET:[^>]*>")),
    (
        "holds a shell command",
        re.compile(
            r"\b(?:curl|wget|sudo|chmod|powershell|eval|exec)\s+\S|\brm\s+-\w|\b(?:ba|z)?sh\s+-c\b|\$\("
            r"|\bpython3?\s+-[cm]\b|\b(?:pip|npm|npx|uvx?|apt(?:-get)?)\s+(?:install|run|exec)\b|`[^`]*`"
        ),
    ),
    (
        "speaks to the model about its instructions",
        re.compile(
            r"\b(?:ignore|disregard|forget|override|do(?: not|n't) follow)\b.{0,40}"
            r"\b(?:instructions?|rules?|polic(?:y|ies)|prompts?|guidelines?)\b"
            r"|\bsystem prompt\b|\bjailbreak|\byou are now\b",
            re.IGNORECASE | re.DOTALL,
        ),
    ),
    (
        "holds template or markup syntax",
        re.compile(r"\{\{|\{%|<%|</?(?:script|system|user|assistant|tool)\b", re.IGNORECASE),
    ),
)

_IDENTIFIER = re.compile(r"(?<![\w-])(?=[\w-]*(?:\d{4}|[^\W\d]\d|\d[^\W\d]))[\w-]{4,}(?![\w-])")
"""Words with a long number or with letters and digits side by side: order codes, user names, dates; not `30-day`."""

VERBATIM_WORDS = 12
"""So many words in a row as in a trace are a copy, not a rule."""


def evidence_texts(traces: Iterable[Trace]) -> list[str]:
    """What a wording may have been copied from: every step but the agent's own instructions."""
    return [step.text for trace in traces for step in trace.steps if step.kind != "system"]


def taints(text: str, texts: Iterable[str]) -> tuple[str, ...]:
    """Why a wording must be read with care, in plain words; empty if nothing was found.

    Args:
        text: The proposed wording.
        texts: Of the steps behind it, to recognise what was copied from them; see `evidence_texts`.
    """
    found = [what for what, sign in _SIGNS if sign.search(text)]
    if visible(text) != text:
        found.append("holds invisible or reordering characters")
    sources = "\n".join(texts)
    copied = sorted({i for i in _IDENTIFIER.findall(text) if i in sources})
    found += [f"names {identifier!r}, which stands in a trace" for identifier in copied]
    if copy := _copied_run(text, sources):
        found.append(f"copies from a trace: {copy!r}")
    return tuple(found)


def _copied_run(text: str, sources: str) -> str | None:
    words, haystack = text.split(), " ".join(sources.split())
    for i in range(len(words) - VERBATIM_WORDS + 1):
        run = " ".join(words[i : i + VERBATIM_WORDS])
        if run in haystack:
            return run
    return None
