"""What changed between two prompts, as text: which skills and examples came, went or changed, and a unified diff.

Pure and deterministic; knows nothing of stores and labels. Raises nothing.
"""

import difflib

from pydantic import Field

from seasoned.core.prompt import Prompt, is_nothing
from seasoned.core.value import Value


class SkillChanges(Value):
    """What an agent gets that goes from one prompt to another, by the ids of skills."""

    came: tuple[str, ...] = ()
    went: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    """In both prompts, in different words."""
    is_rebased: bool = False
    """Whether the text around the skills is another one."""
    examples_came: tuple[str, ...] = Field(default=(), exclude_if=is_nothing)
    """Ids of exemplars; absent from the JSON where there are none, as of those that went."""
    examples_went: tuple[str, ...] = Field(default=(), exclude_if=is_nothing)


def skill_changes(a: Prompt, b: Prompt) -> SkillChanges:
    """Which skills came, went or changed, each kind in the order of the prompt that holds the skill."""
    before, after = _items(a), _items(b)
    shown_before, shown_after = examples_in(a), examples_in(b)
    return SkillChanges(
        came=tuple(i for i in after if i not in before),
        went=tuple(i for i in before if i not in after),
        changed=tuple(i for i in after if i in before and before[i] != after[i]),
        is_rebased=a.text_without_skills != b.text_without_skills,
        examples_came=tuple(i for i in shown_after if i not in shown_before),
        examples_went=tuple(i for i in shown_before if i not in shown_after),
    )


def diff_prompts(a: Prompt, b: Prompt) -> str:
    """The change from one prompt to another.

    Returns:
        One line for each skill that came, went or changed, each kind in the order of the prompt that holds the skill,
        and for each example that came or went, then a unified diff of the texts. Empty where all that is the same.
    """
    changes = skill_changes(a, b)
    lines = [f"came: {i}" for i in changes.came]
    lines += [f"went: {i}" for i in changes.went]
    lines += [f"changed: {i}" for i in changes.changed]
    lines += [f"came: {i}" for i in changes.examples_came]
    lines += [f"went: {i}" for i in changes.examples_went]
    lines += difflib.unified_diff(
        a.text.split("\n"),
        b.text.split("\n"),
        fromfile=_label(a),
        tofile=_label(b),
        lineterm="",
    )
    return "".join(f"{line}\n" for line in lines)


def examples_in(prompt: Prompt) -> tuple[str, ...]:
    """Ids of the exemplars that a prompt shows, in order."""
    return tuple(cost.exemplar_id for cost in prompt.examples)


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
