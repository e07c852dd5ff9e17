"""What changed between two prompts, as text: which skills came, went or changed, and a unified diff.

Pure and deterministic; knows nothing of stores and labels. Raises nothing.
"""

import difflib

from seasoned.core.prompt import Prompt
from seasoned.core.value import Value


class SkillChanges(Value):
    """What an agent gets that goes from one prompt to another, by the ids of skills."""

    came: tuple[str, ...] = ()
    went: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    """In both prompts, in different words."""
    is_rebased: bool = False
    """Whether the base prompt is another one."""


def skill_changes(a: Prompt, b: Prompt) -> SkillChanges:
    """Which skills came, went or changed, each kind in the order of the prompt that holds the skill."""
    before, after = _items(a), _items(b)
    return SkillChanges(
        came=tuple(i for i in after if i not in before),
        went=tuple(i for i in before if i not in after),
        changed=tuple(i for i in after if i in before and before[i] != after[i]),
        is_rebased=a.base != b.base,
    )


def diff_prompts(a: Prompt, b: Prompt) -> str:
    """The change from one prompt to another.

    Returns:
        One line for each skill that came, went or changed, each kind in the order of the prompt that holds the skill,
        then a unified diff of the texts. Empty where texts and skills are the same.
    """
    changes = skill_changes(a, b)
    lines = [f"came: {i}" for i in changes.came]
    lines += [f"went: {i}" for i in changes.went]
    lines += [f"changed: {i}" for i in changes.changed]
    lines += difflib.unified_diff(
        a.text.split("\n"),
        b.text.split("\n"),
        fromfile=_label(a),
        tofile=_label(b),
        lineterm="",
    )
    return "".join(f"{line}\n" for line in lines)


def _label(prompt: Prompt) -> str:
    return f"{prompt.id} ({' '.join(prompt.book.split())}, revision {prompt.revision}, {prompt.n_tokens} tokens)"


def _items(prompt: Prompt) -> dict[str, tuple[str, ...]]:
    """The rendered lines of each skill: its first line and the indented ones that follow."""
    lines = prompt.text.split("\n")
    items: dict[str, tuple[str, ...]] = {}
    for cost in prompt.included:
        first = cost.line - 1
        end = first + 1
        while end < len(lines) and lines[end].startswith("  "):
            end += 1
        items[cost.skill_id] = tuple(lines[first:end])
    return items
