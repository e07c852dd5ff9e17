"""The loop's second part: traces are learned from, and what was learned is proposed to a skillbook.

Raises what the parts raise; a failed episode and a dropped finding are in the report instead.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from seasoned.core.operation import Author
from seasoned.core.run import Run
from seasoned.core.skillbook import Skillbook
from seasoned.core.trace import Trace
from seasoned.core.value import Value
from seasoned.curate.deciding import Deciding, Remembering
from seasoned.curate.propose import Proposal, propose
from seasoned.errors import StoreConflict, UsageError
from seasoned.ingest.redaction.policy import SECRETS, Policy
from seasoned.ingest.redaction.redact import redact
from seasoned.learn.injected import HandedOut
from seasoned.learn.learner import DroppedFinding, LearnContext, Learner, LearnReport, Progress
from seasoned.llm.account import Account, BudgetedModel
from seasoned.llm.budget import Budget
from seasoned.llm.journal import JournaledModel
from seasoned.llm.model import Model
from seasoned.retrieve.embedder import Embedder
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
    n_episodes: int = 0
    n_episodes_unread: int = 0
    """Groups of traces that a limit left unread; asking again goes on with them."""
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
    sub_model: Model | None = None
    """Answers questions about pieces, where a cheaper model does; None means `model`."""
    embedder: Embedder | None = None
    """Finds skills that say the same in other words; None finds them by their words alone."""
    ignores_outcomes: bool = False
    """Learn as if nobody had judged the runs: what is learned then rests on what the steps show."""
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
    if options.ignores_outcomes:
        traces = [trace.model_copy(update={"outcome": None}) for trace in traces]
    with hold(store, "learn", _identity(traces, options)) as held:
        options.on_run(held.run.id)
        if held.is_done:
            return Learned.model_validate({**held.summary, "was_done": True})
        context = _context(store, held.run, options)
        report = await options.learner.learn(traces, context)
        learned = await _propose(store, held.run, report, context, options)
        held.is_complete = report.is_complete
        held.summary = learned.model_dump(mode="json")
    return learned


def _identity(traces: Sequence[Trace], options: LearnOptions) -> dict[str, JsonValue]:
    """All that determines the work; what is not set is left out, so that a new option makes no old work new."""
    identity: dict[str, JsonValue] = {
        "book": options.book,
        "learner": {"name": options.learner.name, **options.learner.identity},
        "model": options.model.model_id,
        "traces": [trace.id for trace in traces],
    }
    if options.sub_model is not None:
        identity["sub_model"] = options.sub_model.model_id
    if options.embedder is not None:
        identity["embedder"] = options.embedder.embedder_id
    if options.ignores_outcomes:
        identity["ignores_outcomes"] = True
    return identity


def _context(store: Store, run: Run, options: LearnOptions) -> LearnContext:
    salt, journal, account = store.salt, store.new_journal(), Account(options.budget)

    def accounted(model: Model) -> Model:
        journaled = JournaledModel(model, journal, run.id, lambda text: redact(text, salt, options.policy).text)
        return BudgetedModel(journaled, account)

    book = _book(store, run.id, options.book)
    return LearnContext(
        model=accounted(options.model),
        sub_model=None if options.sub_model is None else accounted(options.sub_model),
        account=account,
        book=book,
        handed_out=_handed_out(store, run, book),
        on_progress=options.on_progress,
        on_turn=lambda turn: store.runs.add_turn(run.id, turn),
    )


def _book(store: Store, run_id: str, name: str) -> Skillbook:
    """The skillbook as it was when the run first began."""
    now = store.books.read(name)
    revision = store.runs.started_from(run_id, now.revision)
    return now if revision == now.revision else store.books.at(name, revision)


def _handed_out(store: Store, run: Run, book: Skillbook) -> tuple[str, ...]:
    """What agents were handed before the run first began: compiled prompts but for the user's part, wordings of skills.

    Only approved skills compile; one that is proposed or rejected was never handed to anybody.
    """
    compiled = (prompt.text[len(prompt.base) :] for prompt in store.prompts.all(before=run.started_at))
    handed = book.with_status("approved", "retired")
    return tuple(dict.fromkeys([*compiled, *(wording.text for skill in handed for wording in skill.wordings)]))


async def _propose(
    store: Store, run: Run, report: LearnReport, context: LearnContext, options: LearnOptions
) -> Learned:
    """Bring the findings into the book; another writer in between only means deciding anew about what it changed."""
    proposal = await _appended(store, run, report, context, options)
    kinds = [operation.kind for operation in proposal.operations]
    return Learned(
        run_id=run.id,
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
        n_episodes=report.n_episodes,
        n_episodes_unread=report.n_episodes_unread,
        n_calls=context.account.totals.n_calls,
        cost_usd=context.account.totals.cost_usd,
    )


async def _appended(
    store: Store, run: Run, report: LearnReport, context: LearnContext, options: LearnOptions
) -> Proposal:
    author = Author(kind="learner", name=options.learner.name, run_id=run.id, model_id=options.model.model_id)

    def tools_text(toolset: str) -> str:
        return (store.traces.blob(toolset) or b"").decode(errors="replace")

    deciding = Deciding(model=Remembering(context.model), tools_text=tools_text, ours=HandedOut(context.handed_out))
    while True:
        now = store.books.read(options.book)
        proposal = await propose(report.findings, now, author, store.traces.get, deciding)
        try:
            store.books.append(options.book, proposal.operations, scope=run.id, expected_revision=now.revision)
        except StoreConflict:
            continue
        return proposal
