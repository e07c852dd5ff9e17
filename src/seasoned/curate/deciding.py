"""With what it is decided what becomes of a draft: the model, the search, and the limits. Raises nothing of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from seasoned.core.finding import Evidence, Finding
from seasoned.core.trace import Trace
from seasoned.learn.injected import NOTHING, HandedOut
from seasoned.llm.model import Model, Reply, Request, request_hash
from seasoned.retrieve.embedder import Embedder


class Remembering:
    """A model that answers an equal request from memory, so that deciding again asks only about what has changed."""

    def __init__(self, model: Model) -> None:
        """Begin without memories."""
        self._model = model
        self._replies: dict[str, Reply] = {}

    @property
    def model_id(self) -> str:
        """The wrapped model's id."""
        return self._model.model_id

    @property
    def replies(self) -> tuple[Reply, ...]:
        """Every reply so far, each once."""
        return tuple(self._replies.values())

    async def complete(self, request: Request) -> Reply:
        """The reply from before, or the model's; raises what the model raises."""
        key = request_hash(request)
        if key not in self._replies:
            self._replies[key] = await self._model.complete(request)
        return self._replies[key]


@dataclass(frozen=True, kw_only=True)
class Deciding:
    """How findings become operations."""

    model: Model | None = None
    """Asked about drafts that read alike, and to word a leaking draft generally; None decides by words alone."""
    embedder: Embedder | None = None
    """Searches for wordings that read alike by meaning; None searches by words alone."""
    ours: HandedOut = NOTHING
    """What agents were handed, which is no evidence."""
    in_hand: Mapping[str, Trace] = field(default_factory=dict[str, Trace])
    """Traces that are held anyway, by id, so that the same ones are not held twice; quotes are checked against the
    stored ones all the same."""
    tools_text: Callable[[str], str] = field(default=lambda _: "")
    """The definitions of tools as text, by a trace's `toolset`: what stands there is no leak."""
    max_cluster: int = 12
    """Wordings in one question to the model."""
    concurrency: int = 16
    """Questions out at once."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A finding that suggests a skill, with the evidence that held."""

    finding: Finding
    text: str
    """The skill's wording: the draft's, or a more general one."""
    evidence: tuple[Evidence, ...]
    traces: tuple[Trace, ...]
    """The runs that the evidence is from."""

    @property
    def reason(self) -> str:
        """Why the skill holds: the draft's reason, else what was found."""
        draft = self.finding.draft
        return (draft.reason if draft is not None else "") or self.finding.claim
