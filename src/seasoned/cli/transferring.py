"""`seasoned skills transfer`: the skills of one book worded for other work, and proposed to another book."""

import sys
from typing import Annotated

from cyclopts import Parameter

from seasoned.cli.imports import ReadOptions, import_with_progress
from seasoned.cli.learned import learn_with_progress, print_learned
from seasoned.cli.model_options import ModelOptions, budget_of, models_of
from seasoned.cli.output import emit_json
from seasoned.cli.place import Open, Place, opened
from seasoned.core.skill import Skill
from seasoned.core.trace import Trace
from seasoned.errors import UsageError
from seasoned.learn.expel.transfer import ExpelTransfer, TransferConfig
from seasoned.llm.model import Model
from seasoned.pipeline.given import LearnOptions
from seasoned.store.books.books import unknown_book
from seasoned.store.traces.trace_filter import LEARNABLE


def transfer(
    *paths: Annotated[str, Parameter(allow_leading_hyphen=True)],
    source: Annotated[str, Parameter(name="--from")],
    examples: int = TransferConfig().n_examples,
    options: ModelOptions | None = None,
    reading: ReadOptions | None = None,
    json: bool = False,
    place: Place | None = None,
) -> None:
    """Word the approved skills of another skillbook for this one's work, and propose them here.

    A model sees the skills and a few runs of the new work. Each proposal names the skill that it comes from, and rests
    on that skill's evidence and on quotes of the runs. Nothing of the other skillbook changes.

    Args:
        paths: Trace files and folders of the new work; without any, the store's traces but those behind the skills.
        source: The skillbook that the skills are from.
        examples: Runs that the model sees, of different tasks, passed ones first.
        options: The language model.
        reading: How files are read, and what is redacted.
        json: Print one JSON document.
        place: Where to work; --book is the skillbook that the proposals go to.
    """
    options, reading = options or ModelOptions(), reading or ReadOptions()
    with opened(place) as here:
        skills = _skills(here, source)
        how = LearnOptions(
            book=here.book,
            learner=ExpelTransfer(source, skills, TransferConfig(n_examples=examples)),
            model=_model(here, options),
            budget=budget_of(here, options),
            ignores_outcomes=options.ignore_outcomes,
            policy=reading.policy(here.settings),
        )
        learned = learn_with_progress(here, _traces(here, paths, reading, skills), how)
    emit_json(learned.model_dump(mode="json")) if json else print_learned(learned)
    if not learned.is_complete:
        sys.exit(1)


def _skills(here: Open, source: str) -> tuple[Skill, ...]:
    if source == here.book:
        raise UsageError(
            "a skillbook takes nothing over from itself",
            where=source,
            hint="--from names the skillbook that the skills are from, --book the one that they go to",
        )
    names = here.store.books.names()
    if source not in names:
        raise unknown_book(source, names)
    skills = here.store.books.read(source).with_status("approved")
    if not skills:
        raise UsageError(
            f"the skillbook {source!r} has no approved skill",
            hint=f"`seasoned review --book {source}` decides on its proposals",
        )
    return skills


def _traces(here: Open, paths: tuple[str, ...], reading: ReadOptions, skills: tuple[Skill, ...]) -> list[Trace]:
    if paths:
        traces = list(here.store.traces.of(import_with_progress(here, paths, reading).trace_ids))
    else:
        behind = frozenset[str]().union(*(skill.trace_ids for skill in skills))
        traces = [trace for trace in here.store.traces.iterate(LEARNABLE) if trace.id not in behind]
    if not traces:
        raise UsageError(
            "there is no run of the new work to look at",
            hint="name trace files or folders; a run or two are enough to word skills for it",
        )
    return traces


def _model(here: Open, options: ModelOptions) -> Model:
    model, _ = models_of(here, options, is_recorded=True)
    if model is None:
        raise UsageError("no model is named", hint="--model provider:model, or SEASONED_MODEL")
    return model
