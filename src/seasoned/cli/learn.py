"""`seasoned learn`: from files to patterns and, with a model, to proposed skills."""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number
from pydantic import JsonValue
from rich.text import Text

from seasoned.cli.imports import ReadOptions, import_with_progress, print_import, read_only
from seasoned.cli.output import emit_json, err, note, plural, safe, say, table_of, usd
from seasoned.cli.place import Open, Place, opened
from seasoned.cli.plan import Plan, planned, print_plan
from seasoned.cli.progress import learning
from seasoned.config import SandboxName
from seasoned.core.trace import Trace
from seasoned.errors import UsageError
from seasoned.learn.patterns.find import PatternReport, find_patterns
from seasoned.learn.recursive.config import RecursiveConfig
from seasoned.learn.recursive.learner import RecursiveLearner
from seasoned.llm.budget import Budget
from seasoned.llm.model import Model
from seasoned.llm.pacing import Paces, Waiting
from seasoned.llm.providers import DEFAULT_CONFIG, resolve
from seasoned.llm.recording import Recorder
from seasoned.pipeline.given import Learned, LearnOptions
from seasoned.pipeline.importing import Imported
from seasoned.pipeline.learning import learn_from, unjudged
from seasoned.pipeline.surroundings import with_examples_marked
from seasoned.retrieve.embedder import Embedder, resolve_embedder
from seasoned.sandbox.choice import sandbox_pool

PATTERNS_SHOWN = 10
_OF_EPISODE = re.compile(r"episode-\w+ \([^)]*\): (?P<what>.*)", re.DOTALL)
"""A note of one episode, and what it says."""
_WITHOUT_MODEL = (
    "Patterns steer attention; they are no skills. With a model the reflector finds out why and proposes skills: "
    "seasoned learn … --model openai:gpt-5 (or any provider:model, or --base-url)."
)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class ModelOptions:
    """Which language model learns, what it may spend, and where its code runs."""

    model: str | None = None
    """provider:model, such as openai:gpt-5 or replay:FILE; without it SEASONED_MODEL, without that patterns alone."""
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
    concurrency: Annotated[int | None, Parameter(validator=Number(gte=1))] = None
    """Episodes at once; without it 16. A provider that asks for less is given less anyhow."""
    ignore_outcomes: bool = False
    """Learn as if nobody had judged the runs: from errors, corrections and retries alone."""
    sandbox: SandboxName | None = None
    """Where the model's code runs: monty, or cpython (Linux only); without it SEASONED_SANDBOX, then monty."""


def learn(
    *paths: Annotated[str, Parameter(allow_leading_hyphen=True)],
    learner: Literal["recursive", "patterns"] = "recursive",
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
        learner: recursive asks a model why runs failed; patterns counts without one.
        options: The language model.
        reading: How files are read, and what is redacted.
        dry_run: Say what would be read and sent; store and send nothing.
        json: Print one JSON document.
        place: Where to work.
    """
    options, reading = options or ModelOptions(), reading or ReadOptions()
    place = Place(store=":memory:", book=place.book if place else None) if dry_run and paths else place
    with opened(place, may_create=bool(paths)) as here:
        budget = _budget(here, options)
        # A model that cannot be had is said before minutes go into reading.
        model, sub_model = (None, None) if learner == "patterns" else _models(here, options, is_recorded=not dry_run)
        imported, traces = _read(here, paths, reading, dry_run=dry_run, json=json)
        patterns = find_patterns(with_examples_marked(here.store, here.book, traces))
        if not json:
            print_patterns(patterns)
        need = _planned(traces, options, model) if dry_run else None
        learned = None
        if model is not None and not dry_run:
            how = replace(_how(here, options, model, sub_model), policy=reading.policy(here.settings))
            learned = learn_with_progress(here, traces, how)
    if json:
        emit_json(_document(imported, patterns, learned, need))
    else:
        _print_result(need, model, learned, budget)
    if learned is not None and not learned.is_complete:
        sys.exit(1)


def _how(here: Open, options: ModelOptions, model: Model, sub_model: Model | None) -> LearnOptions:
    return LearnOptions(
        book=here.book,
        learner=reflector(options.sandbox or here.settings.sandbox, concurrency=options.concurrency),
        model=model,
        sub_model=sub_model,
        embedder=_embedder(here),
        budget=_budget(here, options),
        ignores_outcomes=options.ignore_outcomes,
    )


def _planned(traces: Sequence[Trace], options: ModelOptions, model: Model | None) -> Plan:
    chosen = unjudged(traces) if options.ignore_outcomes else traces
    return planned(chosen, _config(options.concurrency), model)


def _print_result(need: Plan | None, model: Model | None, learned: Learned | None, budget: Budget) -> None:
    if need is not None:
        print_plan(need, model, budget)
    elif learned is not None:
        print_learned(learned)
    else:
        note(_WITHOUT_MODEL)


def reflector(sandbox: SandboxName = "monty", *, concurrency: int | None = None) -> RecursiveLearner:
    """The Recursive Reflector with its code in this sandbox."""
    config = _config(concurrency)
    # Monty is the learner's own default: named or not, the run is the same.
    pool = None if sandbox == "monty" else partial(sandbox_pool, sandbox, max_processes=config.max_sandboxes)
    return RecursiveLearner(config, pool=pool)


def _config(concurrency: int | None) -> RecursiveConfig:
    return RecursiveConfig() if concurrency is None else RecursiveConfig(concurrency=concurrency)


def learn_with_progress(here: Open, traces: Sequence[Trace], how: LearnOptions) -> Learned:
    """Run a learner as a durable run, showing how far it has come."""
    with learning() as tell:
        return learn_from(here.store, traces, replace(how, on_progress=tell))


def print_patterns(report: PatternReport) -> None:
    """The patterns with their counts, most useful first, on standard error."""
    head = f"{plural(report.n_traces, 'run')} of {plural(report.n_tasks, 'task')}, {report.n_with_verdict} with verdict"
    say(safe(f"Patterns ({report.label}): {head}", "bold"))
    shown = report.patterns[:PATTERNS_SHOWN]
    rows = [
        (p.name, str(p.n_runs), str(p.n_failed), str(p.n_passed), str(p.strata), "" if p.q is None else f"{p.q:.2g}")
        for p in shown
    ]
    if rows:
        err.print(table_of(("pattern", "#runs", "#failed", "#passed", "#tasks that can tell", "#q"), rows))
    if len(report.patterns) > len(shown):
        say(safe(f"and {len(report.patterns) - len(shown)} more; --json has all, with evidence", "dim"))
    for remark in report.notes:
        say(safe(f"note: {remark}", "dim"))


def print_learned(learned: Learned) -> None:
    """What a learning run came to, on standard error."""
    if learned.was_done:
        note(f"These traces were learned from before with the same settings ({learned.run_id}); nothing was sent.")
    for dropped in learned.dropped:
        say(Text("  dropped  ", "yellow") + safe(f"{dropped.claim}: {dropped.reason}"))
    for claim in learned.noted:
        say(Text("  found, without a skill for it  ", "cyan") + safe(claim))
    for remark in _together(learned.notes):
        say(Text("  note  ", "yellow") + safe(remark))
    counts = f"{plural(learned.n_proposed, 'skill')} proposed, {learned.n_agreed} got more evidence"
    more = (
        (learned.n_edited, "worded better"),
        (learned.n_merged, "merged into another"),
        (learned.n_conflicting, "in conflict with another skill"),
        (learned.n_approved, "approved by the rules of review"),
    )
    counts += "".join(f", {n} {what}" for n, what in more if n)
    if learned.n_without_verdict:
        say(safe(f"  {plural(learned.n_without_verdict, 'finding')} from runs without a verdict", "yellow"))
    spent = f"{plural(learned.n_calls, 'call')}, {usd(learned.cost_usd)}"
    say(safe(f"{learned.run_id}: {counts}; {plural(learned.n_episodes, 'episode')}, {spent}", "bold"))
    if not learned.is_complete:
        unread = f" ({plural(learned.n_episodes_unread, 'episode')} unread)" if learned.n_episodes_unread else ""
        note(f"Not all of the work was done{unread}; the same command goes on from here.", "yellow")
    if learned.n_proposed:
        note("`seasoned review` decides on the proposals.")
    note(f"`seasoned runs show {learned.run_id}` tells what the model did.")


def _together(notes: Sequence[str]) -> list[str]:
    """Notes of single episodes that say the same as one note."""
    parts = [(match["what"] if (match := _OF_EPISODE.fullmatch(each)) else each, each) for each in notes]
    said: dict[str, list[str]] = {}
    for what, whole in parts:
        said.setdefault(what, []).append(whole)
    return [wholes[0] if len(wholes) == 1 else f"{len(wholes)} episodes: {what}" for what, wholes in said.items()]


class _Waits:
    """Says of waits what is new: the first of each reason, then only those much longer than were said before."""

    def __init__(self) -> None:
        self._longest_s: dict[str, float] = {}

    def tell(self, wait_s: float, why: str) -> None:
        if why not in self._longest_s or wait_s >= max(1.0, 2 * self._longest_s[why]):
            self._longest_s[why] = wait_s
            note(f"waiting {wait_s:.1f} s: {why}", "dim")


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
        traces = list(here.store.traces.iterate())
    if imported is not None and not json:
        print_import(imported)
    if not traces:
        raise UsageError(
            "there is no trace to learn from",
            hint="name trace files or folders; `seasoned traces detect PATH` says why a file is not read",
        )
    return imported, traces


def _models(here: Open, options: ModelOptions, *, is_recorded: bool) -> tuple[Model | None, Model | None]:
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


def _model(here: Open, options: ModelOptions, model_id: str, paces: Paces) -> Model:
    config = DEFAULT_CONFIG.model_copy(update={"timeout_s": options.timeout_s})
    return resolve(model_id, base_url=options.base_url or here.settings.base_url, config=config, paces=paces)


def _embedder(here: Open) -> Embedder | None:
    embedder_id = here.settings.embedder
    return None if embedder_id is None else resolve_embedder(embedder_id, base_url=here.settings.base_url)


def _budget(here: Open, options: ModelOptions) -> Budget:
    return Budget.parse(options.budget or here.settings.budget)


def _document(
    imported: Imported | None, patterns: PatternReport, learned: Learned | None, need: Plan | None
) -> JsonValue:
    parts = {"patterns": patterns, "plan": need, "learned": learned}
    documents = {name: None if part is None else part.model_dump(mode="json") for name, part in parts.items()}
    return {"import": None if imported is None else imported.document(), **documents}
