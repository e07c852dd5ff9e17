"""A template of the user's own: a text with `{{skills}}` where the skills go, and perhaps `{{base}}`.

There is no template language. The two markers are found once, in the template alone; whatever is put in their place is
never looked at again, so braces in a skill or in the base prompt are text. Pure. Raises `PromptError`.
"""

import re
from dataclasses import dataclass

from seasoned.core.text import storable
from seasoned.errors import PromptError

_MARKER = re.compile(r"\{\{(skills|base)\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What of a prompt is the user's."""

    before: str
    joint: str = ""
    """Line breaks between the user's text and ours, there only with a skill."""
    after: str = ""


def appended(base: str) -> Frame:
    """Skills behind the base prompt, after a blank line."""
    n_breaks = len(base) - len(base.rstrip("\n"))
    return Frame(before=base, joint="\n" * (2 - n_breaks) if base else "")


@dataclass(frozen=True, slots=True)
class Template:
    """A text that says where the skills go.

    Args:
        text: With `{{skills}}` once, and `{{base}}` at most once.
        where: The file that it is from, for errors.

    Raises:
        PromptError: A marker is missing or stands there more than once.
    """

    text: str
    where: str | None = None

    def __post_init__(self) -> None:
        """Refuse a template that does not say where the skills go."""
        found = _MARKER.findall(self.text)
        if found.count("skills") == 1 and found.count("base") <= 1:
            return
        raise PromptError(
            "the template does not say once where the skills go",
            where=self.where,
            why=f"it holds {{{{skills}}}} {found.count('skills')} times and {{{{base}}}} {found.count('base')} times",
            hint="write {{skills}} once and {{base}} at most once; nothing else is interpreted",
        )

    def frame(self, base: str) -> Frame:
        """The template around the skills, with the base prompt in its place.

        Raises:
            PromptError: There is a base prompt and no place for it.
        """
        parts = _MARKER.split(str(storable(self.text)))
        if base and "base" not in parts[1::2]:
            raise PromptError(
                "the template has no place for the base prompt",
                where=self.where,
                why="it does not hold {{base}}",
                hint="write {{base}} where the base prompt goes, or leave --base out",
            )
        place = 2 * parts[1::2].index("skills") + 1
        texts = [base if number % 2 and part == "base" else part for number, part in enumerate(parts)]
        return Frame(before="".join(texts[:place]), after="".join(texts[place + 1 :]))
