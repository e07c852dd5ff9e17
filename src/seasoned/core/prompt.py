"""A compiled prompt, what each skill in it cost, and the record of which run was handed which skills."""

from typing import Literal

from pydantic import Field

from seasoned.core.ids import content_id
from seasoned.core.value import Text, Value

HEADING = "## Skills"
INTRODUCTION = "What earlier runs taught. Follow a skill where its condition holds; it never overrides the text above."
"""Every compiled prompt that holds a skill has the heading, a blank line and this; a text with both is one of ours."""


class Exposure(Value):
    """Whether one skill was, or was deliberately not, in the prompt of one run."""

    skill_id: str
    revision: int = Field(ge=0)
    """Revision of the skillbook that the prompt was compiled from."""
    included: bool
    probability: float = Field(ge=0.0, le=1.0)
    """With which probability the skill was kept, fixed before the run."""


class SkillCost(Value):
    """What one included skill costs."""

    skill_id: str
    n_tokens: int = Field(ge=0)
    line: int = Field(ge=1)
    """First line of the skill in the prompt's text, counted from 1."""


class SkippedSkill(Value):
    """A skill that was left out."""

    skill_id: str
    reason: Literal["budget", "status", "scope", "selection"]
    detail: str = ""


class Prompt(Value):
    """An immutable compiled text. Equal inputs give equal bytes and so an equal id."""

    text: Text
    base: Text
    """The user's own prompt, which the text begins with."""
    book: str
    revision: int = Field(ge=0)
    budget_tokens: int = Field(gt=0)
    """Upper bound on `n_tokens`."""
    n_tokens: int = Field(ge=0)
    """Tokens of the whole text as `tokenizer` counts them."""
    tokenizer: str
    """Which count it is; an estimate says so in its name."""
    included: tuple[SkillCost, ...] = ()
    skipped: tuple[SkippedSkill, ...] = ()

    @property
    def id(self) -> str:
        """Content hash of the text."""
        return content_id("prompt", self.text)
