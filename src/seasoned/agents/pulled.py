"""A prompt as an agent gets it.

The id of a prompt is the hash of its text, so a text that was cut short or changed on the way is found out. Raises
`ValueError` for one that is not what it should be.
"""

from typing import TypeVar

from pydantic import AwareDatetime, ConfigDict, Field

from seasoned.agents.place import PromptPlace
from seasoned.core.ids import content_id
from seasoned.core.value import Value


class ServedPrompt(Value):
    """What a server says of the prompt that a label points at; more than this, as a newer server may say, is let be."""

    model_config = ConfigDict(extra="ignore")

    id: str
    """Hash of the text."""
    text: str
    """What the agent is to be told."""
    book: str
    label: str
    revision: int = Field(ge=0)
    """Revision of the skillbook that it was compiled from."""
    skills: tuple[str, ...]
    """Ids of the skills in it."""


class PulledPrompt(ServedPrompt):
    """A prompt that a label points at, or pointed at when the server last said so."""

    fetched_at: AwareDatetime
    """When the server was last asked and said that the label points at it."""
    is_stale: bool = False
    """Whether that is longer ago than was allowed, as the server did not answer since: the label may have moved."""


P = TypeVar("P", bound=ServedPrompt)


def checked(prompt: P, place: PromptPlace) -> P:
    """The prompt, if it is what was asked for.

    Raises:
        ValueError: Its text is not the one that its id stands for, or it is of another skillbook or label.
    """
    if content_id("prompt", prompt.text) != prompt.id:
        raise ValueError("the text is not the one that the id stands for")
    if (prompt.book, prompt.label) != (place.book, place.label):
        raise ValueError("it is the prompt of another skillbook or label")
    return prompt
