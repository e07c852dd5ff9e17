"""A prompt as an agent gets it, and what one run of the agent is handed of it, without asking anybody.

The id of a prompt is the hash of its text, so a text that was cut short or changed on the way is found out. Raises
`ValueError` for one that is not what it should be, and `UsageError` for a run that is not named.
"""

from typing import Annotated, TypeVar

from pydantic import AwareDatetime, ConfigDict, Field

from seasoned.agents.place import PromptPlace
from seasoned.core.assigning import kept
from seasoned.core.canary import MOST, is_canary_run, version
from seasoned.core.cutting import Cut, cut
from seasoned.core.handed import EXPOSURES, PROMPT, RUN, written
from seasoned.core.ids import content_id
from seasoned.core.prompt import Exposure
from seasoned.core.text import storable
from seasoned.core.value import Value
from seasoned.errors import UsageError


class ServedKeeping(Value):
    """How likely each skill of a prompt is kept in a run, and what of the text goes with those that are left out."""

    model_config = ConfigDict(extra="ignore")

    book: str
    """The skillbook that has the skills."""
    salt: str = Field(pattern=r"^([0-9a-f]{2})+$")
    """What runs are drawn by: see `core.assigning`."""
    probabilities: dict[str, Annotated[float, Field(gt=0.0, le=1.0)]]
    """By skill id, for every skill of the prompt."""
    cuts: tuple[Cut, ...] = ()
    """Pieces of the text that may go; a skill that is always kept has none."""

    @property
    def id(self) -> str:
        """Hash of all of it."""
        return content_id("keeping", self.model_dump(mode="json"))


class ServedText(Value):
    """A prompt's text and what stands in it."""

    model_config = ConfigDict(extra="ignore")

    id: str
    """Hash of the text."""
    text: str
    """What the agent is to be told."""
    revision: int = Field(ge=0)
    """Revision of the skillbook that it was compiled from."""
    skills: tuple[str, ...]
    """Ids of the skills in it."""
    keeping: ServedKeeping | None = None
    """None: all skills are in every run."""

    @property
    def problem(self) -> str:
        """Why it is not what it should be; empty where it is."""
        if content_id("prompt", self.text) != self.id:
            return "the text is not the one that the id stands for"
        if (keeping := self.keeping) is None:
            return ""
        known = set(self.skills)
        fits = all(each.end <= len(self.text) and known.issuperset(each.skills) for each in keeping.cuts)
        return (
            "" if fits and known == set(keeping.probabilities) else "the places of its skills are not those of its text"
        )


class ServedCanary(ServedText):
    """Another prompt, which a share of the label's runs is to be handed."""

    share: float = Field(ge=0.0, le=MOST)
    """Of the label's runs."""


class ServedPrompt(ServedText):
    """What a server says of the prompt that a label points at; more than this, as a newer server may say, is let be."""

    book: str
    label: str
    canary: ServedCanary | None = None
    """What a share of the runs is handed instead: see `PulledPrompt.assigned`."""

    @property
    def version(self) -> str:
        """What the server tells this answer from another one by."""
        canary = self.canary
        prompts = self.id if canary is None else version(self.id, canary.id, canary.share)
        rules = [each.keeping.id for each in (self, canary) if each is not None and each.keeping is not None]
        return "+".join([prompts, *rules])


class AssignedPrompt(Value):
    """What one run is handed."""

    run_key: str
    id: str
    """The whole prompt's, whatever was left out of it."""
    text: str
    """What the agent is to be told in this run."""
    book: str
    label: str
    revision: int
    skills: tuple[str, ...]
    """Ids of the skills that are in the text."""
    exposures: tuple[Exposure, ...]
    """Which skills of the prompt were kept and which left out, each with the probability that it had."""
    fetched_at: AwareDatetime
    """As of `PulledPrompt`, like the next."""
    is_stale: bool

    @property
    def attributes(self) -> dict[str, str]:
        """To be set on the root span of the run, so that the server knows what it was handed."""
        said = {RUN: self.run_key, PROMPT: self.id}
        return {**said, EXPOSURES: written(self.exposures)} if self.exposures else said


class PulledPrompt(ServedPrompt):
    """A prompt that a label points at, or pointed at when the server last said so."""

    fetched_at: AwareDatetime
    """When the server was last asked and said that the label points at it."""
    is_stale: bool = False
    """Whether that is longer ago than was allowed, as the server did not answer since: the label may have moved."""

    def assigned(self, run_key: str, *, keep_all: bool = False) -> AssignedPrompt:
        """The prompt for one run, less some skills: the label's, or its canary's for its share of the runs.

        Each skill is kept with the probability that the server said, drawn by a hash of the run's key before the run
        begins, so that `seasoned eval uplift` can tell what it does. Nothing is asked or sent.

        Args:
            run_key: What sets the run apart from every other one, such as its trace id; the same key gets the same
                prompt while the server says the same.
            keep_all: Leave no skill out of this run.

        Raises:
            UsageError: The key is empty, or no text that can be stored.
        """
        if not run_key or storable(run_key) != run_key:
            raise UsageError(
                "a run is not named",
                why="its key is empty, or holds what no database stores as text",
                hint="give what sets the run apart from every other one, such as its trace id",
            )
        canary = self.canary
        whole = self if canary is None or not is_canary_run(run_key, canary.id, canary.share) else canary
        exposures = _drawn(whole, run_key, keep_all=keep_all)
        left_out = {each.skill_id for each in exposures if not each.included}
        return AssignedPrompt(
            run_key=run_key,
            id=whole.id,
            text=cut(whole.text, whole.keeping.cuts, left_out) if whole.keeping and left_out else whole.text,
            book=self.book,
            label=self.label,
            revision=whole.revision,
            skills=tuple(skill_id for skill_id in whole.skills if skill_id not in left_out),
            exposures=exposures,
            fetched_at=self.fetched_at,
            is_stale=self.is_stale,
        )


def _drawn(whole: ServedText, run_key: str, *, keep_all: bool) -> tuple[Exposure, ...]:
    keeping = whole.keeping
    chances = {} if keeping is None or keep_all else keeping.probabilities
    salt = b"" if keeping is None else bytes.fromhex(keeping.salt)
    return tuple(
        Exposure(
            skill_id=skill_id,
            revision=whole.revision,
            included=kept(run_key, skill_id, salt, probability := chances.get(skill_id, 1.0)),
            probability=probability,
            book="" if keeping is None else keeping.book,
        )
        for skill_id in whole.skills
    )


P = TypeVar("P", bound=ServedPrompt)


def checked(prompt: P, place: PromptPlace) -> P:
    """The prompt, if it is what was asked for.

    Raises:
        ValueError: Its text is not the one that its id stands for, its skills do not stand in it where it says, or it
            is of another skillbook or label.
    """
    if problem := prompt.problem or (prompt.canary.problem if prompt.canary is not None else ""):
        raise ValueError(problem)
    if (prompt.book, prompt.label) != (place.book, place.label):
        raise ValueError("it is the prompt of another skillbook or label")
    return prompt
