"""A new wording of a base prompt, from what it came to on some examples.

Raises what the model raises, and `ProviderError` for a wording that cannot be used.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from seasoned.core.text import shortened
from seasoned.core.value import Text, Value
from seasoned.errors import ProviderError
from seasoned.learn.gepa.config import GepaConfig
from seasoned.learn.gepa.trying import Tried
from seasoned.learn.quoting import block
from seasoned.llm.model import Message, Model, Request
from seasoned.llm.prompt_file import load
from seasoned.llm.structured import answer_of

PROMPT = load(__package__ or "", "reflect")
DID_CHARS, FEEDBACK_CHARS = 1_000, 2_000


class Rewritten(Value):
    """A new wording."""

    prompt: Text


async def reworded(prompt: str, examples: Sequence[Mapping[str, Any]], model: Model, config: GepaConfig) -> str:
    """Ask once for a better wording.

    Args:
        prompt: As it reads now.
        examples: As `shown` has them.
        model: Whom to ask.
        config: How long the wording may be.
    """
    lines = "\n".join(json.dumps(dict(each), ensure_ascii=False) for each in examples)
    text = f"The instructions as they are:\n{block('data', prompt)}\nThe examples:\n{block('data', lines)}"
    system = PROMPT.render(max_chars=str(config.max_prompt_chars))
    asked = Request(messages=(Message(role="system", content=system), Message(role="user", content=text)))
    said = await answer_of(model, asked, Rewritten)
    if not 0 < len(said.prompt.strip()) <= config.max_prompt_chars:
        raise ProviderError("the new wording is empty or too long", why=f"it has {len(said.prompt)} characters")
    return said.prompt.strip()


def shown(tried: Tried, max_chars: int) -> dict[str, object]:
    """One example in about so many characters; of what the agent saw, the end stays, which decides most."""
    did, feedback = shortened(tried.did, DID_CHARS), shortened(tried.feedback, FEEDBACK_CHARS)
    room = max(0, max_chars - len(did) - len(feedback))
    seen = tried.seen if len(tried.seen) <= room else "…" + tried.seen[len(tried.seen) - room :]
    return {"seen": seen, "did": did, "score": round(tried.score, 3), "feedback": feedback}
