"""How a prompt is compiled. A value; knows nothing of what is compiled. Raises `PromptError` for rates out of range."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from seasoned.compile.few_shot.showing import DEFAULTS as AS_THEY_ARE
from seasoned.compile.few_shot.showing import Showing
from seasoned.compile.renderings import MARKDOWN, Rendering
from seasoned.compile.template import Template
from seasoned.compile.tokens import ESTIMATE, Tokenizer
from seasoned.core.exemplar import Case
from seasoned.core.prompt import Selection
from seasoned.core.scope import Situation
from seasoned.errors import PromptError

ANYWHERE = Situation()
"""Nothing is known of where the prompt will be used."""
ALL = Selection()


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileConfig:
    """What may go in, how it is counted and how it looks."""

    situation: Situation = ANYWHERE
    """What the prompt is for: skills whose scope does not fit it are left out."""
    selection: Selection = ALL
    """Which of the skills that apply come into question."""
    tokenizer: Tokenizer = ESTIMATE
    """Counts tokens; `compile.vocabularies.tokenizer_for` gives a model's own."""
    rendering: Rendering = MARKDOWN
    """How it looks; `compile.renderings.rendering_for` names what suits a model."""
    template: Template | None = None
    """Where the skills go; None puts them behind the base prompt."""
    rates: Mapping[str, float] = field(default_factory=dict[str, float])
    """How helpful skills turned out to be, in [0, 1], by id; it takes the place of their confidence."""
    placebo_seed: int | None = None
    """Neutral text in the place of every skill, drawn by this seed; None: the skills themselves."""
    cases: tuple[Case, ...] = ()
    """Examples behind the skills, in this order, as far as the skills leave room; a placebo holds none."""
    showing: Showing = AS_THEY_ARE
    """How the examples are shown."""

    def __post_init__(self) -> None:
        """Refuse rates that would sort anyhow."""
        for skill_id, rate in self.rates.items():
            if not 0.0 <= rate <= 1.0:
                raise PromptError("a rate of helpfulness is out of range", where=skill_id, why=f"it is {rate}")


DEFAULTS = CompileConfig()
