"""The loop's second part: traces are learned from, and what was learned is proposed to a skillbook.

Raises what the parts raise; a failed episode and a dropped finding are in the report instead.
"""

import asyncio
from collections.abc import Sequence

from pydantic import JsonValue

from seasoned.core.ids import content_id
from seasoned.core.operation import Author
from seasoned.core.outcome import Outcome
from seasoned.core.run import Run
from seasoned.core.trace import Trace
from seasoned.curate.deciding import Deciding, Remembering
from seasoned.curate.propose import Proposal, propose
from seasoned.curate.review.policies import apply_policy
from seasoned.errors import StoreConflict
from seasoned.learn.injected import HandedOut
from seasoned.learn.learner import LearnContext, LearnReport
from seasoned.llm.account import CallTotals
from seasoned.pipeline.base_prompt import leaks_of_base
from seasoned.pipeline.given import Learned, LearnOptions
from seasoned.pipeline.surroundings import surroundings
from seasoned.runs.hold import hold
from seasoned.store.store import Store
from seasoned.threads import refuse_in_event_loop


def learn_from(store: Store, traces: Sequence[Trace], options: LearnOptions) -> Learned:
    """Learn from traces where no event loop is running; see `learn_from_async`.

    Raises:
        UsageError: An event loop is running in this thread, as in a notebook; nothing was begun.
    """
    refuse_in_event_loop("learn_from", "learn_from_async(...)")
    return asyncio.run(learn_from_async(store, traces, options))


async def learn_from_async(store: Store, traces: Sequence[Trace], options: LearnOptions) -> Learned:
    """Learn from traces, which must be in the store, and propose what was found.

    The work is one durable run: asked for again, it continues where it was interrupted without paying for finished
    calls, or says that it is done.

    Raises:
        UsageError: A living process holds the run.
        SandboxError: No sandbox can be had.
        StoreError: The store cannot be written.
    """
    # Of some published results only the verdict is known, from which nothing can be learned.
    traces = [trace for trace in traces if trace.steps]
    if options.ignores_outcomes:
        traces = unjudged(traces)
    with hold(store, "learn", _identity(traces, options)) as held:
        options.on_run(held.run.id)
        if held.is_done:
            return Learned.model_validate({**held.summary, "was_done": True})
        with surroundings(store, held.run, options) as context:
            ours = HandedOut(context.handed_out)
            report = await options.learner.learn([ours.marked(trace) for trace in traces], context)
            deciding = _deciding(store, traces, context, options)
            proposal = await _appended(store, held.run, report, options, deciding)
            learned = _learned(held.run, report, proposal, context.account.totals)
            leaked = await asyncio.to_thread(leaks_of_base, report.base_prompt, traces)
            n_approved = len(apply_policy(store.books, options.book))
            n_reflections = _kept_reflections(store, held.run, report, options)
            update = {"n_approved": n_approved, "n_reflections": n_reflections, "notes": learned.notes + leaked}
            learned = learned.model_copy(update=update)
        held.is_complete = report.is_complete
        held.summary = learned.model_dump(mode="json")
    return learned


def unjudged(traces: Sequence[Trace]) -> list[Trace]:
    """The traces as if nobody had said how they ended."""
    return [trace.model_copy(update={"outcome": None}) for trace in traces]


def _identity(traces: Sequence[Trace], options: LearnOptions) -> dict[str, JsonValue]:
    """All that determines the work; what is not set is left out, so that a new option makes no old work new."""
    identity: dict[str, JsonValue] = {
        "book": options.book,
        "learner": {"name": options.learner.name, **options.learner.identity},
        "model": options.model.model_id,
        "traces": [trace.id for trace in traces],
    }
    # A trace keeps its id when it is judged anew, but what can be learned from it is another matter.
    if judged := {trace.id: _judged(trace.outcome) for trace in traces if trace.outcome is not None}:
        identity["outcomes"] = content_id("outcomes", judged)
    if options.sub_model is not None:
        identity["sub_model"] = options.sub_model.model_id
    if options.embedder is not None:
        identity["embedder"] = options.embedder.embedder_id
    if options.ignores_outcomes:
        identity["ignores_outcomes"] = True
    return identity


def _judged(outcome: Outcome) -> list[JsonValue]:
    return [outcome.score, outcome.verdict, outcome.source, outcome.feedback]


def _deciding(store: Store, traces: Sequence[Trace], context: LearnContext, options: LearnOptions) -> Deciding:
    def tools_text(toolset: str) -> str:
        return (store.traces.blob(toolset) or b"").decode(errors="replace")

    return Deciding(
        model=Remembering(context.model),
        embedder=options.embedder,
        ours=HandedOut(context.handed_out),
        in_hand={trace.id: trace for trace in traces},
        tools_text=tools_text,
    )


async def _appended(store: Store, run: Run, report: LearnReport, options: LearnOptions, deciding: Deciding) -> Proposal:
    """Bring the findings into the book; another writer in between only means deciding anew about what it changed."""
    author = _author(run, options)
    while True:
        now = store.books.read(options.book)
        proposal = await propose(report.findings, now, author, store.traces.get, deciding)
        try:
            store.books.append(options.book, proposal.operations, scope=run.id, expected_revision=now.revision)
        except StoreConflict:
            continue
        return proposal


def _kept_reflections(store: Store, run: Run, report: LearnReport, options: LearnOptions) -> int:
    """Keep the reflections; how many are new."""
    author = _author(run, options)
    return store.reflections.add(options.book, [r.model_copy(update={"author": author}) for r in report.reflections])


def _author(run: Run, options: LearnOptions) -> Author:
    return Author(kind="learner", name=options.learner.name, run_id=run.id, model_id=options.model.model_id)


def _learned(run: Run, report: LearnReport, proposal: Proposal, spent: CallTotals) -> Learned:
    kinds = [operation.kind for operation in proposal.operations]
    return Learned(
        run_id=run.id,
        is_complete=report.is_complete,
        n_findings=len(report.findings),
        n_proposed=kinds.count("ADD"),
        n_agreed=kinds.count("AGREE"),
        n_edited=kinds.count("EDIT"),
        n_merged=kinds.count("MERGE"),
        n_to_remove=kinds.count("REMOVE"),
        n_conflicting=sum(bool(operation.conflicts) for operation in proposal.operations),
        n_without_verdict=sum(not finding.has_verdicts for finding in report.findings),
        n_reflections=len(report.reflections),
        base_prompt=report.base_prompt,
        dropped=report.dropped + proposal.dropped,
        noted=proposal.noted,
        notes=report.notes + proposal.notes,
        n_episodes=report.n_episodes,
        n_episodes_unread=report.n_episodes_unread,
        n_calls=spent.n_calls,
        cost_usd=spent.cost_usd,
    )
