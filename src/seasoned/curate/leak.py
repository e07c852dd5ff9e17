"""What a skill may not hold: identifiers, people, dates, amounts, answers and long copies from the runs behind it.

A taint makes a reviewer look; a leak keeps a wording out of the skillbook, since it would tell one customer's business
to every later run, or its answer. So only plain cases are leaks: a text that the runs of one task alone show, that the
agent's own instructions and tools do not, and that has the form of such a thing. What is less sure stays a taint. Pure;
raises nothing.
"""

import re
from collections.abc import Iterable, Sequence

from seasoned.core.forms import FORMS, TECHNICAL
from seasoned.core.trace import Step, Trace

COPIED_WORDS = 20
"""So many words in a row as in a run are a copy of it."""

_ID_VALUE = re.compile(r'"(?:\w+_)?(?:id|uuid)"\s*:\s*"(?=[^"]*[A-Z\d])([\w-]{4,40})"')
"""What runs call an id, whatever its form; words in lower case are values of a fixed list, such as a team."""
_CAPITALISED = r"[A-Z][\w'\u2019-]+"
_NAMES = (
    re.compile(
        r'"(?:first|last|full|customer|user|passenger)_?name"\s*:\s*"([^"\n]{2,60})"',
        re.IGNORECASE,
    ),
    re.compile(rf"\b(?:[Mm]y name is|[Tt]his is|Mr\.?|Mrs\.?|Ms\.?|Dr\.?) ({_CAPITALISED}(?: {_CAPITALISED})?)"),
    re.compile(
        rf"\b(?:Thanks|Thank you|Regards|Best|Cheers|Yours),?\s+({_CAPITALISED}(?: {_CAPITALISED})?)\s*(?:[.!]|$)",
        re.MULTILINE,
    ),
)
_USER_ID = re.compile(r"\b([a-z]{2,})_([a-z]{2,})_\d{3,}\b")
_NO_ANSWER = frozenset({"yes", "no", "true", "false", "none", "null", "done", "ok", "okay", "sorry", "error"})
_SHORT_ANSWER_CHARS = 60


def leaks(text: str, traces: Sequence[Trace], known: str = "") -> tuple[str, ...]:
    """What a wording holds that it may not, in plain words; empty if nothing was found.

    Args:
        text: The proposed wording.
        traces: The runs behind it.
        known: Texts that any run of the agent may show, beside its instructions: definitions of its tools.
    """
    allowed = "\n".join([known, *(step.text for trace in traces for step in trace.steps if step.kind == "system")])
    by_task = _texts_by_task(traces)
    found: list[str] = []
    ids = {each for texts in by_task.values() for each in _ID_VALUE.findall(texts) if _stands(each, text)}
    forms = [(what, form.findall(text)) for what, form in FORMS]
    forms[-1] = forms[-1][0], [*forms[-1][1], *sorted(ids)]
    for what, standing in forms:
        for shown in dict.fromkeys(standing):
            if TECHNICAL.fullmatch(shown) or _stands(shown, allowed):
                continue
            if sum(_stands(shown, texts) for texts in by_task.values()) == 1:
                found.append(f"{what} of a run, {shown!r}")
    found += [f"a name from a run, {name!r}" for name in _people(text, by_task.values(), allowed)]
    if answer := _answer(text, traces, allowed):
        found.append(f"the answer of a run, {answer!r}")
    if copy := _copied(text, by_task.values(), allowed):
        found.append(f"a long copy of a run, {copy!r}")
    return tuple(found)


def _texts_by_task(traces: Sequence[Trace]) -> dict[str, str]:
    texts: dict[str, list[str]] = {}
    for trace in traces:
        shown = (step.text for step in trace.steps if step.kind != "system" and not step.injected)
        texts.setdefault(trace.task.key, []).extend([trace.task.text, *shown])
    return {key: "\n".join(parts) for key, parts in texts.items()}


def _stands(shown: str, text: str) -> bool:
    """Whether it stands there as a whole: `$1` does not in `$100`."""
    at = text.find(shown)
    while at >= 0:
        end = at + len(shown)
        before, after = text[at - 1 : at], text[end : end + 1]
        if not ((before.isalnum() and shown[0].isalnum()) or (after.isalnum() and shown[-1].isalnum())):
            return True
        at = text.find(shown, at + 1)
    return False


def _people(text: str, texts: Iterable[str], allowed: str) -> list[str]:
    """Capitalised words of the wording that are a person's name in the runs."""
    capitalised = set(re.findall(_CAPITALISED, text)) - set(re.findall(_CAPITALISED, allowed))
    if not capitalised:
        return []
    names: set[str] = set()
    for shown in texts:
        for form in _NAMES:
            names.update(word for found in form.findall(shown) for word in found.split())
        names.update(part.capitalize() for found in _USER_ID.findall(shown) for part in found)
    return sorted(name for name in capitalised & names if not _begins_sentence(name, text))


def _begins_sentence(word: str, text: str) -> bool:
    """Whether it stands at the beginning of sentences alone, where any word has a capital."""
    places = [match.start() for match in re.finditer(rf"\b{re.escape(word)}\b", text)]
    return all(re.search(r"(?:^|[.!?:])\s*$", text[:at]) for at in places)


def _answer(text: str, traces: Sequence[Trace], allowed: str) -> str | None:
    """What the runs of one task gave as their last word, where the wording says it too."""
    by_answer: dict[str, set[str]] = {}
    for trace in traces:
        last = _last_word(trace.steps)
        if last is not None:
            by_answer.setdefault(last, set()).add(trace.task.key)
    for answer, tasks in by_answer.items():
        is_telling = len(answer.split()) >= 4 or (len(answer) >= 3 and answer != answer.lower())
        if not is_telling or len(tasks) > 1 or answer.casefold() in _NO_ANSWER or _stands(answer, allowed):
            continue
        if _stands(answer, text) and not (len(answer.split()) == 1 and _begins_sentence(answer, text)):
            return answer
    return None


def _last_word(steps: Sequence[Step]) -> str | None:
    said = next((s.text for s in reversed(steps) if s.kind == "assistant" and s.text.strip() and not s.injected), None)
    short = None if said is None else " ".join(said.split()).strip(" .!\"'`*")
    return None if short is None or len(short) > _SHORT_ANSWER_CHARS else short


def _copied(text: str, texts: Iterable[str], allowed: str) -> str | None:
    words, instructions = text.split(), " ".join(allowed.split())
    if len(words) < COPIED_WORDS:
        return None
    haystacks = [" ".join(shown.split()) for shown in texts]
    for first in range(len(words) - COPIED_WORDS + 1):
        run = " ".join(words[first : first + COPIED_WORDS])
        if run not in instructions and any(run in haystack for haystack in haystacks):
            return run
    return None
