"""A prompt as an agent gets it.

The id of a prompt is the hash of its text, so a text that was cut short or changed on the way is found out. Raises
`ValueError` for one that is not what it should be.
"""

from typing import TypeVar

from pydantic import AwareDatetime, ConfigDict, Field

from seasoned.agents.place import PromptPlace
from seasoned.core.canary import MOST, is_canary_run, version
from seasoned.core.ids import content_id
from seasoned.core.value import Value


class ServedCanary(Value):
    """Another prompt, which a share of the label's runs is to be handed."""

    model_config = ConfigDict(extra="ignore")

    id: str
    """Hash of the text."""
    text: str
    share: float = Field(ge=0.0, le=MOST)
    """Of the label's runs."""
    revision: int = Field(ge=0)
    skills: tuple[str, ...]


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
    canary: ServedCanary | None = None
    """What a share of the runs is handed instead: see `PulledPrompt.assigned`."""

    @property
    def version(self) -> str:
        """What the server tells this answer from another one by."""
        return self.id if self.canary is None else version(self.id, self.canary.id, self.canary.share)


class PulledPrompt(ServedPrompt):
    """A prompt that a label points at, or pointed at when the server last said so."""

    fetched_at: AwareDatetime
    """When the server was last asked and said that the label points at it."""
    is_stale: bool = False
    """Whether that is longer ago than was allowed, as the server did not answer since: the label may have moved."""

    def assigned(self, run_key: str) -> "PulledPrompt":
        """The prompt for one run: this one, or, for the share of runs that it falls to, the label's canary.

        Args:
            run_key: What sets the run apart from every other one; the same key gets the same prompt.

        Returns:
            A prompt without a canary, whose `id` belongs into the run's trace, as `seasoned.prompt.id`.
        """
        canary = self.canary
        if canary is None or not is_canary_run(run_key, canary.id, canary.share):
            return self.model_copy(update={"canary": None})
        return self.model_copy(update={**canary.model_dump(exclude={"share"}), "canary": None})


P = TypeVar("P", bound=ServedPrompt)


def checked(prompt: P, place: PromptPlace) -> P:
    """The prompt, if it is what was asked for.

    Raises:
        ValueError: Its text is not the one that its id stands for, or it is of another skillbook or label.
    """
    texts = {prompt.id: prompt.text, **({} if prompt.canary is None else {prompt.canary.id: prompt.canary.text})}
    if any(content_id("prompt", text) != id_ for id_, text in texts.items()):
        raise ValueError("the text is not the one that the id stands for")
    if (prompt.book, prompt.label) != (place.book, place.label):
        raise ValueError("it is the prompt of another skillbook or label")
    return prompt
