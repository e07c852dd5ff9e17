"""The options that name language models, and the models that they name.

Raises `UsageError`, `ConfigError` and `ProviderError` for a model that cannot be had.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from seasoned.cli.output import note
from seasoned.cli.place import Open
from seasoned.errors import UsageError
from seasoned.llm.budget import Budget
from seasoned.llm.model import Model
from seasoned.llm.pacing import Paces, Waiting
from seasoned.llm.providers import DEFAULT_CONFIG, resolve
from seasoned.llm.recording import Recorder
from seasoned.retrieve.embedder import Embedder, resolve_embedder


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class ModelOptions:
    """Which language model learns, and what it may spend."""

    model: str | None = None
    """provider:model, such as openai:gpt-5 or replay:FILE; without it SEASONED_MODEL."""
    sub_model: str | None = None
    """provider:model asked about pieces of runs, a cheaper one; without it SEASONED_SUB_MODEL, then the model."""
    base_url: str | None = None
    """Address of an OpenAI-compatible server, up to and including /v1."""
    budget: str | None = None
    """A hard stop: 2usd, 200calls, 500000tokens, 10min, or several as 2usd,10min; else SEASONED_BUDGET, 200calls."""
    timeout_s: Annotated[float, Parameter(validator=Number(gt=0))] = DEFAULT_CONFIG.timeout_s
    """Seconds that one model call may take before it is tried again; slow local models need more."""
    record: Path | None = None
    """File to add every exchange to; --model replay:FILE then answers the same requests without a network."""
    ignore_outcomes: bool = False
    """Learn as if nobody had judged the runs: from errors, corrections and retries alone."""


def models_of(here: Open, options: ModelOptions, *, is_recorded: bool) -> tuple[Model | None, Model | None]:
    """The model that learns, and the one that answers its questions; None for one that nobody named."""
    paces = Paces(waiting=Waiting(on_wait=_Waits().tell))
    main_id, sub_id = options.model or here.settings.model, options.sub_model or here.settings.sub_model
    if options.record is not None and sub_id is not None:
        raise UsageError("a recording is of one model", hint="leave --record or --sub-model (SEASONED_SUB_MODEL) out")
    main = None if main_id is None else _model(here, options, main_id, paces)
    sub = None if sub_id is None else _model(here, options, sub_id, paces)
    if main is not None and options.record is not None and is_recorded:
        main = Recorder(main, options.record, made_by=main.model_id)
    return main, sub


def model_of(here: Open, options: ModelOptions, *, is_recorded: bool) -> Model | None:
    """The one model of a command that asks no second one; None where nobody named it."""
    model_id = options.model or here.settings.model
    if model_id is None:
        return None
    model = _model(here, options, model_id, Paces(waiting=Waiting(on_wait=_Waits().tell)))
    if options.record is not None and is_recorded:
        return Recorder(model, options.record, made_by=model.model_id)
    return model


def _model(here: Open, options: ModelOptions, model_id: str, paces: Paces) -> Model:
    config = DEFAULT_CONFIG.model_copy(update={"timeout_s": options.timeout_s})
    return resolve(model_id, base_url=options.base_url or here.settings.base_url, config=config, paces=paces)


def embedder_of(here: Open) -> Embedder | None:
    """The embedder that is set, if one is."""
    embedder_id = here.settings.embedder
    return None if embedder_id is None else resolve_embedder(embedder_id, base_url=here.settings.base_url)


def budget_of(here: Open, options: ModelOptions) -> Budget:
    """What may be spent, as it is said or set."""
    return Budget.parse(options.budget or here.settings.budget)


class _Waits:
    """Says of waits what is new: the first of each reason, then only those much longer than were said before."""

    def __init__(self) -> None:
        self._longest_s: dict[str, float] = {}

    def tell(self, wait_s: float, why: str) -> None:
        if why not in self._longest_s or wait_s >= max(1.0, 2 * self._longest_s[why]):
            self._longest_s[why] = wait_s
            note(f"waiting {wait_s:.1f} s: {why}", "dim")
