"""A text without the pieces that stand in it for some skills: how a prompt is reduced where there is no skillbook.

Pure; raises nothing.
"""

from collections.abc import Collection, Iterable
from typing import Self

from pydantic import ConfigDict, Field, model_validator

from seasoned.core.value import Value


class Cut(Value):
    """A piece of a prompt that goes where none of its skills stays: a skill's own words, or a heading over several."""

    model_config = ConfigDict(extra="ignore")

    start: int = Field(ge=0)
    """Offset of its first character, in code points."""
    end: int = Field(ge=0)
    """Offset of the character behind it."""
    skills: tuple[str, ...] = Field(min_length=1)
    """Ids of the skills; it goes when all of them are left out."""

    @model_validator(mode="after")
    def _is_a_piece(self) -> Self:
        if self.end <= self.start:
            raise ValueError("a piece ends behind its beginning")
        return self


def cut(text: str, cuts: Iterable[Cut], left_out: Collection[str]) -> str:
    """The text without the pieces whose skills are all left out."""
    gone, parts, at = frozenset(left_out), list[str](), 0
    for each in sorted(cuts, key=lambda piece: (piece.start, piece.end)):
        if gone.issuperset(each.skills):
            parts.append(text[at : each.start])
            at = max(at, each.end)
    return "".join([*parts, text[at:]])
