"""Reflections as a section of a prompt, between marks of ours, each as one inert item.

They come from models that read traces, so they are hostile like skills: see `compile.render`. No person has approved
them, so one that carries an address, a secret, markup or an order about the agent's instructions is not shown at all.
Pure; raises nothing.
"""

import re
from collections.abc import Sequence

from seasoned.compile.render import indented, inert, item
from seasoned.core.reflection import Reflection
from seasoned.core.value import Value
from seasoned.curate.taint import taints

BEGIN, END = "[reflections on earlier attempts]", "[end of reflections]"
OWN = "This task was tried before, and failed. What was planned after the last attempts, oldest first:"
SIMILAR = "What was planned after failed attempts at other tasks much like this one:"
LAST = "The last attempt at this task, which failed, step by step:"
_LIKE_OURS = re.compile(r"\[(?=(?:end\s+of\s+)?reflections\b)", re.IGNORECASE)
_CODE_MARK = "`"
_BARRING = ("address", "secret", "instructions", "markup")
"""Words of `curate.taint` that bar a reflection; commands and names of code are what plans are made of."""


class Sifted(Value):
    """Reflections that may be shown, and why others may not."""

    shown: tuple[Reflection, ...] = ()
    barred: tuple[str, ...] = ()
    """One line for each that was left out: its id and why."""


def sifted(reflections: Sequence[Reflection]) -> Sifted:
    """Leave out what no agent should be shown unread by a person."""
    shown: list[Reflection] = []
    barred: list[str] = []
    for reflection in reflections:
        if why := unsafe(reflection.text):
            barred.append(f"{reflection.id}: it {why}")
        else:
            shown.append(reflection)
    return Sifted(shown=tuple(shown), barred=tuple(barred))


def unsafe(text: str) -> str:
    """Why a text may not be shown to an agent without a person's approval; empty if nothing speaks against it."""
    found = taints(text.replace(_CODE_MARK, "'"), ())
    return "; ".join(why for why in found if any(word in why for word in _BARRING))


def reflections_text(own: Sequence[str], similar: Sequence[str] = (), last_attempt: str = "") -> str:
    """The section that is handed to an agent; empty where there is nothing to say.

    Args:
        own: Reflections on attempts at this task, oldest first.
        similar: Reflections on other tasks.
        last_attempt: The last attempt as lines of text.
    """
    own, similar = ([_LIKE_OURS.sub("[ ", each) for each in texts] for texts in (own, similar))
    parts: list[str] = []
    if similar:
        parts.append(f"{SIMILAR}{''.join(map(item, similar))}")
    if lines := inert(_LIKE_OURS.sub("[ ", last_attempt)):
        parts.append(f"{LAST}\n- {indented(lines)}")
    if own:
        parts.append(f"{OWN}{''.join(map(item, own))}")
    return "\n".join([BEGIN, *parts, END]) if parts else ""


def appended(prompt_text: str, section: str) -> str:
    """A prompt with a section at its end; the prompt itself where the section is empty.

    It stands last so that the part that every run shares keeps hitting a provider's prompt cache.
    """
    if not section:
        return prompt_text
    return f"{prompt_text.rstrip()}\n\n{section}\n" if prompt_text.strip() else f"{section}\n"
