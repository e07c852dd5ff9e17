"""`seasoned learn`: from files to patterns and, with a model, to what a learner finds in them."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from pydantic import JsonValue

from seasoned.cli.base_prompt import hand_base_prompt
from seasoned.cli.choosing_learner import LearnerOptions, learner_of
from seasoned.cli.imports import ReadOptions, import_with_progress, print_import, read_only
from seasoned.cli.learned import learn_with_progress, print_learned, print_patterns
from seasoned.cli.model_options import ModelOptions, budget_of, embedder_of, models_of
from seasoned.cli.output import emit_json, note
from seasoned.cli.place import Open, Place, opened
from seasoned.cli.plan import Outline, Plan, outlined, planned, print_outline, print_plan
from seasoned.core.text import plural
from seasoned.core.trace import Trace
from seasoned.errors import UsageError
from seasoned.ingest.redaction.policy import Policy
from seasoned.learn.learner import Learner
from seasoned.learn.patterns.find import PatternReport, find_patterns
from seasoned.learn.recursive.learner import RecursiveLearner
from seasoned.llm.budget import Budget
from seasoned.llm.model import Model
from seasoned.pipeline.given import Learned, LearnOptions
from seasoned.pipeline.importing import Imported
from seasoned.pipeline.learning import unjudged
from seasoned.pipeline.surroundings import with_examples_marked
from seasoned.store.traces.trace_filter import HELD_OUT, LEARNABLE

_WITHOUT_MODEL = (
    "Patterns steer attention; they are no skills. With a model the reflector finds out why and proposes skills: "
    "seasoned learn … --model openai:gpt-5 (or any provider:model, or --base-url)."
)


def learn(
    *paths: Annotated[str, Parameter(allow_leading_hyphen=True)],
    how: LearnerOptions | None = None,
    options: ModelOptions | None = None,
    reading: ReadOptions | None = None,
    dry_run: bool = False,
    json: bool = False,
    place: Place | None = None,
) -> None:
    """Learn from traces: patterns at once, and with a model skills that wait for review.

    Interrupted work goes on when the same command is given again; finished work is not done twice.

    Args:
        paths: Trace files and folders in any known format, "-" for standard input; without any, the store's traces.
        how: Which learner.
        options: The language model.
        reading: How files are read, and what is redacted.
        dry_run: Say what would be read and sent; store and send nothing.
        json: Print one JSON document.
        place: Where to work.
    """
    how, options, reading = how or LearnerOptions(), options or ModelOptions(), reading or ReadOptions()
    place = Place(store=":memory:", book=place.book if place else None) if dry_run and paths else place
    with opened(place, may_create=bool(paths)) as here:
        # A learner or a model that cannot be had is said before minutes go into reading.
        work = _work(here, how, options, is_recorded=not dry_run)
        imported, traces = _read(here, paths, reading, dry_run=dry_run, json=json)
        patterns = find_patterns(with_examples_marked(here.store, here.book, traces))
        if not json:
            print_patterns(patterns)
        need = _need(traces, work) if dry_run else None
        policy = reading.policy(here.settings)
        learned = None if dry_run else _learned(here, traces, work, policy)
    if json:
        emit_json(_document(imported, patterns, learned, need))
    else:
        _print_result(need, work, learned)
    if learned is not None:
        _end(learned, how.output, json=json)


@dataclass(frozen=True, kw_only=True)
class _Work:
    """Who would learn, with what."""

    learner: Learner | None
    """None: patterns alone."""
    model: Model | None
    """None: nobody named one."""
    sub_model: Model | None
    budget: Budget
    ignores_outcomes: bool


def _work(here: Open, how: LearnerOptions, options: ModelOptions, *, is_recorded: bool) -> _Work:
    learner, budget = learner_of(how, here.settings), budget_of(here, options)
    models = (None, None) if learner is None else models_of(here, options, is_recorded=is_recorded)
    ignores_outcomes = options.ignore_outcomes
    return _Work(
        learner=learner, model=models[0], sub_model=models[1], budget=budget, ignores_outcomes=ignores_outcomes
    )


def _need(traces: Sequence[Trace], work: _Work) -> Plan | Outline:
    """What would be read and sent."""
    chosen = unjudged(traces) if work.ignores_outcomes else traces
    if isinstance(work.learner, RecursiveLearner):
        return planned(chosen, work.learner.config, work.model)
    return outlined(chosen, work.learner)


def _learned(here: Open, traces: Sequence[Trace], work: _Work, policy: Policy) -> Learned | None:
    if work.learner is None or work.model is None:
        return None
    how = LearnOptions(
        book=here.book,
        learner=work.learner,
        model=work.model,
        sub_model=work.sub_model,
        embedder=embedder_of(here),
        budget=work.budget,
        ignores_outcomes=work.ignores_outcomes,
        policy=policy,
    )
    return learn_with_progress(here, traces, how)


def _print_result(need: Plan | Outline | None, work: _Work, learned: Learned | None) -> None:
    if isinstance(need, Plan):
        print_plan(need, work.model, work.budget)
    elif need is not None:
        print_outline(need, work.model, work.budget)
    elif learned is not None:
        print_learned(learned)
    else:
        note(_WITHOUT_MODEL)


def _end(learned: Learned, out: Path | None, *, json: bool) -> None:
    """Hand over the better prompt, and exit as the run ended."""
    if out is not None and learned.base_prompt is None:
        note(f"No better base prompt was worded; {out} is not written.", "yellow")
    elif out is not None or not json:
        hand_base_prompt(learned, out)
    if not learned.is_complete:
        sys.exit(1)


def _read(
    here: Open, paths: tuple[str, ...], reading: ReadOptions, *, dry_run: bool, json: bool
) -> tuple[Imported | None, list[Trace]]:
    imported = None
    if dry_run and paths:
        imported, traces = read_only(paths, reading.policy(here.settings))
    elif paths:
        imported = import_with_progress(here, paths, reading)
        traces = list(here.store.traces.of(imported.trace_ids))
    else:
        traces = list(here.store.traces.iterate(LEARNABLE))
        if n_held_out := here.store.traces.count(HELD_OUT):
            note(f"{plural(n_held_out, 'trial')} of evaluations left out: one does not learn from what is measured on.")
    if imported is not None and not json:
        print_import(imported)
    if not traces:
        raise UsageError(
            "there is no trace to learn from",
            hint="name trace files or folders; `seasoned traces detect PATH` says why a file is not read",
        )
    return imported, traces


def _document(
    imported: Imported | None, patterns: PatternReport, learned: Learned | None, need: Plan | Outline | None
) -> JsonValue:
    parts = {"patterns": patterns, "plan": need, "learned": learned}
    documents = {name: None if part is None else part.model_dump(mode="json") for name, part in parts.items()}
    return {"import": None if imported is None else imported.document(), **documents}
