"""Drafts that hold something of the runs behind them: worded generally by a model, once, or left out.

Raises `StoreError` from the call journal, nothing else: a draft that cannot be mended is dropped with its reason.
"""

import json
from collections.abc import Sequence

from pydantic import Field

from seasoned.core.trace import Trace
from seasoned.core.value import Text, Value
from seasoned.curate.deciding import Candidate, Deciding
from seasoned.curate.leak import leaks
from seasoned.curate.taint import evidence_texts, taints
from seasoned.curate.wording import terms
from seasoned.errors import BudgetExceeded, ProviderError
from seasoned.learn.quoting import block
from seasoned.llm import prompt_file
from seasoned.llm.model import Message, Request
from seasoned.llm.structured import answer_of

_PROMPT = prompt_file.load(__package__ or "", "general")


class _General(Value):
    text: Text = Field(max_length=2_000)


async def general(group: Sequence[Candidate], deciding: Deciding) -> tuple[str, str]:
    """The wording of candidates of one wording, without what leaks; and why there is none, else an empty reason.

    Args:
        group: Candidates that all have the same text, at least one.
        deciding: The model that may word it anew.
    """
    text = group[0].text
    traces = tuple({trace.id: trace for candidate in group for trace in candidate.traces}.values())
    known = "\n".join(map(deciding.tools_text, dict.fromkeys(t.toolset for t in traces if t.toolset is not None)))
    found = leaks(text, traces, known)
    if not found:
        return text, ""
    why = f"it holds {'; '.join(found)}"
    if deciding.model is None:
        return "", why
    try:
        answer = await answer_of(deciding.model, _request(text, found), _General)
    except (ProviderError, BudgetExceeded) as error:
        return "", f"{why}; it could not be worded generally: {error}"
    new = answer.text.strip()
    problem = _problem(text, new, traces, known)
    return (new, "") if not problem else ("", f"{why}; worded generally, {problem}")


def _problem(old: str, new: str, traces: Sequence[Trace], known: str) -> str:
    """Why a general wording cannot be had; empty if nothing speaks against it."""
    if not new:
        return "nothing of it was left"
    before, after, texts = terms(old), terms(new), evidence_texts(traces)
    dropped = sorted(n for n in before.names - after.names if not any(c.isdigit() for c in n))
    problems = [
        *(f"it still holds {leak}" for leak in leaks(new, traces, known)),
        *(f"it drops {name}" for name in dropped),
        *(f"it adds {name}" for name in sorted(after.names - before.names)),
        *(f"it {taint}" for taint in taints(new, texts) if taint not in taints(old, texts)),
    ]
    if before.is_negated != after.is_negated:
        problems.append("it drops or adds a negation")
    return "; ".join(problems)


def _request(text: str, found: Sequence[str]) -> Request:
    data = block("data", json.dumps({"text": text, "may not hold": list(found)}, ensure_ascii=False))
    return Request(
        messages=(Message(role="system", content=_PROMPT.render()), Message(role="user", content=f"The draft:\n{data}"))
    )
