"""The loop's second part: traces are learned from, and what was learned is proposed to a skillbook.

Raises what the parts raise; a failed episode and a dropped finding are in the report instead.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from seasoned.core.operation import Author
from seasoned.core.trace import Trace
from seasoned.core.value import Value
from seasoned.curate.deciding import Deciding, Remembering
from seasoned.curate.propose import Proposal, propose
from seasoned.errors import StoreConflict, UsageError
from seasoned.ingest.redaction.policy import SECRETS, Policy
from seasoned.ingest.redaction.redact import redact
from seasoned.learn.learner import DroppedFinding, LearnContext, Learner, LearnReport, Progress
from seasoned.llm.budget import Budget, BudgetedModel
from seasoned.llm.journal import JournaledModel
from seasoned.llm.model import Model
from seasoned.runs.hold import hold
from seasoned.store.store import Store


class Learned(Value):
    """What a learning run came to."""

    run_id: str
    was_done: bool = False
    """The same work had been done before: nothing was sent and nothing changed."""
    is_complete: bool = True
    n_findings: int = 0
    n_proposed: int = 0
    """Skills that are new in the skillbook."""
    n_agreed: int = 0
    """Findings that gave a skill more evidence."""
    n_edited: int = 0
    """Proposed skills that were worded better."""
    n_merged: int = 0
    """Skills that went into another one."""
    n_conflicting: int = 0
    """Proposals that contradict another skill, or would replace an approved one."""
    n_without_verdict: int = 0
    """Findings from runs none of which carries a verdict."""
    dropped: tuple[DroppedFinding, ...] = ()
    noted: tuple[str, ...] = ()
    """Claims of findings that suggest no skill."""
    notes: tuple[str, ...] = ()
    n_calls: int = 0
    cost_usd: float | None = None


@dataclass(frozen=True, kw_only=True)
class LearnOptions:
    """How to learn, and who wants to know about it."""

    book: str
    """The skillbook to propose to."""
    learner: Learner
    model: Model
    budget: Budget
    """What the run may spend: a hard stop."""
    policy: Policy = SECRETS
    """What is redacted before it is sent, once more."""
    on_run: Callable[[str], None] = field(default=lambda _: None)
    """Told the run's id before the work begins."""
    on_progress: Callable[[Progress], None] = field(default=lambda _: None)
    """Told how far the learner has come."""


def learn_from(store: Store, traces: Sequence[Trace], options: LearnOptions) -> Learned:
    """Learn from traces where no event loop is running; see `learn_from_async`.

    Raises:
        UsageError: An event loop is running in this thread, as in a notebook; nothing was begun.
    """
    if _is_in_event_loop():
        raise UsageError(
            "learn_from cannot be called where an event loop is running, as in a notebook",
            hint="use `await learn_from_async(...)` there",
        )
    return asyncio.run(learn_from_async(store, traces, options))


def _is_in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def learn_from_async(store: Store, traces: Sequence[Trace], options: LearnOptions) -> Learned:
    """Learn from traces, which must be in the store, and propose what was found.

    The work is one durable run: asked for again, it continues where it was interrupted without paying for finished
    calls, or says that it is done.

    Raises:
        UsageError: A living process holds the run.
        SandboxError: No sandbox can be had.
        StoreError: The store cannot be written.
    """
    book, learner, model = options.book, options.learner, options.model
    identity: dict[str, JsonValue] = {
        "book": book,
        "learner": {"name": learner.name, **learner.identity},
        "model": model.model_id,
        "traces": [trace.id for trace in traces],
    }
    with hold(store, "learn", identity) as held:
        options.on_run(held.run.id)
        if held.is_done:
            return Learned.model_validate({**held.summary, "was_done": True})
        salt = store.salt
        journaled = JournaledModel(
            model, store.new_journal(), held.run.id, lambda text: redact(text, salt, options.policy).text
        )
        context = LearnContext(
            model=BudgetedModel(journaled, options.budget),
            book=store.books.read(book),
            on_progress=options.on_progress,
        )
        report = await learner.learn(traces, context)
        author = Author(kind="learner", name=learner.name, run_id=held.run.id, model_id=model.model_id)
        learned = await _propose(store, report, author, options, Remembering(context.model))
        held.is_complete = report.is_complete
        held.summary = learned.model_dump(mode="json")
    return learned


async def _propose(
    store: Store, report: LearnReport, author: Author, options: LearnOptions, model: Remembering
) -> Learned:
    """Bring the findings into the book; another writer in between only means deciding anew about what it changed."""
    proposal = await _appended(store, report, author, options, model)
    kinds = [operation.kind for operation in proposal.operations]
    costs = [cost for cost in (report.cost_usd, *(reply.cost_usd for reply in model.replies)) if cost is not None]
    return Learned(
        run_id=author.run_id or "",
        is_complete=report.is_complete,
        n_findings=len(report.findings),
        n_proposed=kinds.count("ADD"),
        n_agreed=kinds.count("AGREE"),
        n_edited=kinds.count("EDIT"),
        n_merged=kinds.count("MERGE"),
        n_conflicting=sum(bool(operation.conflicts) for operation in proposal.operations),
        n_without_verdict=sum(not finding.has_verdicts for finding in report.findings),
        dropped=report.dropped + proposal.dropped,
        noted=proposal.noted,
        notes=report.notes + proposal.notes,
        n_calls=report.n_calls + len(model.replies),
        cost_usd=sum(costs) if costs else None,
    )


async def _appended(
    store: Store, report: LearnReport, author: Author, options: LearnOptions, model: Remembering
) -> Proposal:
    def tools_text(toolset: str) -> str:
        return (store.traces.blob(toolset) or b"").decode(errors="replace")

    deciding = Deciding(model=model, tools_text=tools_text)
    while True:
        now = store.books.read(options.book)
        proposal = await propose(report.findings, now, author, store.traces.get, deciding)
        try:
            scope = author.run_id or ""
            store.books.append(options.book, proposal.operations, scope=scope, expected_revision=now.revision)
        except StoreConflict:
            continue
        return proposal
