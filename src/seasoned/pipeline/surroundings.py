"""What a learner works with in one run: models on one account, the skillbook as it was, what agents were handed.

All that a run writes while it works goes through one thread, in order, so that the writers do not wait for each other
and the event loop for none of them. Raises `StoreError`.
"""

import json
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from seasoned.core.marks import begin_mark
from seasoned.core.prompt import Prompt
from seasoned.core.run import Run, RunTurn
from seasoned.core.skillbook import Skillbook
from seasoned.core.trace import Trace
from seasoned.ingest.redaction.policy import Policy
from seasoned.ingest.redaction.redact import redact
from seasoned.learn.injected import HandedOut
from seasoned.learn.learner import LearnContext
from seasoned.llm.account import Account, BudgetedModel
from seasoned.llm.budget import Budget
from seasoned.llm.journal import JournaledModel
from seasoned.llm.model import Model
from seasoned.pipeline.given import LearnOptions
from seasoned.store.store import Store


@dataclass(frozen=True, kw_only=True)
class Accounting:
    """What the models of one run share."""

    account: Account
    of: Callable[[Model], Model]
    """Puts a model on the account and writes its calls down, redacted."""
    of_agent: Callable[[Model], Model]
    """The same for a model that an agent under test works with: it is sent what the agent says, as it is."""
    writer: ThreadPoolExecutor
    """The one thread on which the run writes."""


@contextmanager
def accounting(store: Store, run: Run, spends: Budget | Account, policy: Policy) -> Generator[Accounting]:
    """The account and the journal of one run; a budget opens an account of the run's own."""
    salt, journal = store.salt, store.new_journal()
    account = spends if isinstance(spends, Account) else Account(spends)

    def redacted(text: str) -> str:
        return redact(text, salt, policy).text

    with ThreadPoolExecutor(1, thread_name_prefix="seasoned-journal") as writer:

        def of(model: Model) -> Model:
            return BudgetedModel(JournaledModel(model, journal, run.id, redacted, writer), account)

        def of_agent(model: Model) -> Model:
            return BudgetedModel(JournaledModel(model, journal, run.id, redacted, writer, sends_as_is=True), account)

        yield Accounting(account=account, of=of, of_agent=of_agent, writer=writer)


@contextmanager
def surroundings(store: Store, run: Run, options: LearnOptions) -> Generator[LearnContext]:
    """The context of one run; at the end all turns that were told are in the store."""
    written: deque[Future[None]] = deque()

    with accounting(store, run, options.budget, options.policy) as shared:

        def keep(turn: RunTurn) -> None:
            while written and written[0].done():  # an error ends the work here, not only after all of it is paid for
                written.popleft().result()
            written.append(shared.writer.submit(store.runs.add_turn, run.id, turn))

        book = book_at_start(store, run.id, options.book)
        yield LearnContext(
            model=shared.of(options.model),
            sub_model=None if options.sub_model is None else shared.of(options.sub_model),
            account=shared.account,
            book=book,
            handed_out=handed_out(store, run, book),
            reflections=store.reflections.all(book.name, before=run.started_at),
            toolset=lambda sha256: _toolset(store, sha256),
            on_progress=options.on_progress,
            on_turn=keep,
        )
    for each in written:
        each.result()


def book_at_start(store: Store, run_id: str, name: str) -> Skillbook:
    """The skillbook as it was when the run first began."""
    now = store.books.read(name)
    revision = store.runs.started_from(run_id, now.revision)
    return now if revision == now.revision else store.books.at(name, revision)


def handed_out(store: Store, run: Run | None, book: Skillbook) -> tuple[str, ...]:
    """What agents were handed before the run first began: prompts but for the user's, skills, reflections, plans.

    Without a run it is what they were handed until now. Only approved skills compile; one that is proposed or rejected
    was never handed to anybody. Of exemplars it is the opening marks, of all that the bank or any of the prompts holds:
    a mark is in a trace only if somebody was shown it.
    """
    before = None if run is None else run.started_at
    prompts = store.prompts.all(before=before)
    compiled = (prompt.skills_text for prompt in prompts)
    handed = book.with_status("approved", "retired")
    wordings = (wording.text for skill in handed for wording in skill.wordings)
    reflected = (reflection.text for reflection in store.reflections.all(book.name, before=before))
    return tuple(
        dict.fromkeys(
            [*compiled, *wordings, *reflected, *_plans(store, book.name, before), *marks(store, book.name, prompts)]
        )
    )


def _plans(store: Store, book: str, before: datetime | None) -> Iterator[str]:
    """The plans that were made from a skillbook, or only those from before a time."""
    for run in store.runs.all():
        if run.kind != "plan" or run.config.get("book") != book or run.summary is None or run.ended_at is None:
            continue
        if (before is None or run.ended_at < before) and isinstance(plan := run.summary.get("plan"), str):
            yield plan


def marks(store: Store, book: str, prompts: Iterable[Prompt]) -> Iterator[str]:
    """The opening marks of the exemplars of a bank, and of those in prompts."""
    for prompt in prompts:
        yield from (begin_mark(cost.exemplar_id) for cost in prompt.examples)
    yield from (begin_mark(exemplar.id) for exemplar in store.exemplars.of(book))


def with_examples_marked(store: Store, book: str, traces: Sequence[Trace]) -> tuple[Trace, ...]:
    """The traces, their steps that are nothing but examples that we showed marked as injected."""
    ours = HandedOut(marks(store, book, store.prompts.all()))
    return tuple(ours.marked(trace) for trace in traces)


def _toolset(store: Store, sha256: str) -> JsonValue:
    data = store.traces.blob(sha256)
    try:
        return None if data is None else json.loads(data)
    except ValueError:
        return None
