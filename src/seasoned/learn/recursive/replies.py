"""Reading a model's reply, and wording what it is shown next. Pure; raises nothing."""

import re
from collections.abc import Iterator

from seasoned.learn.quoting import block
from seasoned.llm.model import Reply
from seasoned.sandbox.sandbox import Turn

REPEATED = (
    "You have run exactly this code before. Write other code: read the steps that matter with trace.show(...), "
    "then cite(...) and submit(...)."
)
# Possessive, and each searched for from where the last one ended: linear in any reply.
_OPEN_BLOCK = re.compile(r"^[ \t]*+```[ \t]*+(?:(?:python3?|py)[ \t]*+)?\n", re.MULTILINE | re.IGNORECASE)
_CLOSED_BLOCK = re.compile(r"^[ \t]*+```[ \t]*+$", re.MULTILINE)
_OPEN_THINKING = re.compile(r"<think(?:ing)?>", re.IGNORECASE)
_CLOSED_THINKING = re.compile(r"</think(?:ing)?>", re.IGNORECASE)


def code_of(reply: Reply) -> tuple[str | None, str]:
    """The code of a reply, and what its author should know about how it was taken."""
    text = _without_thinking(reply.content)
    blocks = [text[opened.end() : closed.start()] for opened, closed in _pairs(text, _OPEN_BLOCK, _CLOSED_BLOCK)]
    if not blocks:
        if reply.finish_reason == "length" or _OPEN_BLOCK.search(text):
            return None, "Your code block does not end, so nothing was run. Write shorter code and close it with ```."
        return None, "Your reply has no code block, so nothing was run. Answer with exactly one fenced ```python block."
    if len(blocks) > 1:
        return blocks[0], f"Only the first of your {len(blocks)} code blocks was run; one per reply."
    return blocks[0], ""


def _without_thinking(text: str) -> str:
    parts: list[str] = []
    end = 0
    for opened, closed in _pairs(text, _OPEN_THINKING, _CLOSED_THINKING):
        parts.append(text[end : opened.start()])
        end = closed.end()
    return "".join([*parts, text[end:]])


def _pairs(
    text: str, opening: re.Pattern[str], closing: re.Pattern[str]
) -> Iterator[tuple[re.Match[str], re.Match[str]]]:
    """Each opening with the first closing behind it; where one has none, no later one has."""
    at = 0
    while (opened := opening.search(text, at)) and (closed := closing.search(text, opened.end())):
        yield opened, closed
        at = closed.end()


def shown(turn: Turn, complaint: str) -> str:
    """What came of a turn's code, each part in a block that its text cannot close."""
    parts: list[str] = [complaint] if complaint else []
    if turn.stdout:
        parts.append(block("output", turn.stdout))
    if turn.value is not None:
        parts.append(block("value", turn.value))
    if turn.error is not None:
        parts.append(block("error", turn.error))
    return "\n".join(parts) if parts else "Your code ran and printed nothing."


def turns_left(n_left: int, *, is_share_spent: bool) -> str:
    """How much more the model may do."""
    if n_left == 1:
        why = "This episode's share of the budget is spent. " if is_share_spent else ""
        return f"{why}One turn is left: call submit(findings) now, or submit([])."
    return f"{n_left} turns are left." + (" Cite and submit soon." if n_left == 2 else "")
