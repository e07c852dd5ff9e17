"""Reading a model's reply, and wording what it is shown next. Pure; raises nothing."""

import re

from seasoned.learn.recursive.brief import block
from seasoned.llm.model import Reply
from seasoned.sandbox.sandbox import Turn

REPEATED = (
    "You have run exactly this code before. Write other code: read the steps that matter with trace.show(...), "
    "then cite(...) and submit(...)."
)
_OPENING = r"^[ \t]*```[ \t]*(?:python3?|py)?[ \t]*\n"
_BLOCK = re.compile(_OPENING + r"(.*?)^[ \t]*```[ \t]*$", re.MULTILINE | re.DOTALL | re.IGNORECASE)
_OPEN_BLOCK = re.compile(_OPENING, re.MULTILINE | re.IGNORECASE)
_THINKING = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)


def code_of(reply: Reply) -> tuple[str | None, str]:
    """The code of a reply, and what its author should know about how it was taken."""
    text = _THINKING.sub("", reply.content)
    blocks = _BLOCK.findall(text)
    if not blocks:
        if reply.finish_reason == "length" or _OPEN_BLOCK.search(text):
            return None, "Your code block does not end, so nothing was run. Write shorter code and close it with ```."
        return None, "Your reply has no code block, so nothing was run. Answer with exactly one fenced ```python block."
    if len(blocks) > 1:
        return blocks[0], f"Only the first of your {len(blocks)} code blocks was run; one per reply."
    return blocks[0], ""


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
