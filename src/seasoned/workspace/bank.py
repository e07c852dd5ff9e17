"""The bank of a skillbook: good runs that are kept to be shown as examples. Raises what the parts below raise."""

import asyncio
from collections.abc import Sequence

from seasoned.core.exemplar import Case, Exemplar, ExemplarStatus
from seasoned.core.trace import Task
from seasoned.errors import UsageError
from seasoned.ingest.run import text_key
from seasoned.learn.exemplars.filling import Filled
from seasoned.learn.exemplars.policy import BankPolicy
from seasoned.pipeline.exemplars.filling import fill_bank
from seasoned.retrieve.exemplars import ExemplarIndex, Meaning, Retrieval, Sought
from seasoned.store.exemplars import BEFORE, Exemplars
from seasoned.store.traces.trace_filter import TraceFilter
from seasoned.threads import refuse_in_event_loop
from seasoned.workspace.given import Opened

ExemplarName = str | Exemplar
"""An exemplar by its id or the beginning of it, or as it was read."""
BY_WORDS = Retrieval(by="text")


class Bank:
    """The exemplars of one skillbook; only approved ones are ever shown."""

    def __init__(self, opened: Opened, book: str) -> None:
        """Look at the bank of this skillbook."""
        self._store, self._author, self._book = opened.store, opened.author, book

    @property
    def _exemplars(self) -> Exemplars:
        return self._store.exemplars

    def fill(self, policy: BankPolicy | None = None, chosen: TraceFilter | None = None) -> Filled:
        """Keep the stored runs that a policy asks for; again, and nothing is added that is there.

        Args:
            policy: None: the shortest success of each task, says a verifier or a person; all wait for review.
            chosen: Of these traces only.
        """
        return fill_bank(
            self._store, self._book, policy or BankPolicy(), chosen=chosen, note=f"filled by {self._author.name}"
        )

    def list(self, status: ExemplarStatus | None = None) -> tuple[Exemplar, ...]:
        """The exemplars that stand so, in the order in which they came; None: all."""
        return self._exemplars.of(self._book, status=status)

    def approve(self, *exemplars: ExemplarName, reason: str = "") -> tuple[Exemplar, ...]:
        """Let exemplars be shown to agents, all or none."""
        return self._judge("approved", exemplars, reason)

    def reject(self, *exemplars: ExemplarName, reason: str) -> tuple[Exemplar, ...]:
        """Turn exemplars down; filling does not bring them back."""
        return self._judge("rejected", exemplars, reason)

    def retire(self, *exemplars: ExemplarName, reason: str) -> tuple[Exemplar, ...]:
        """Show approved exemplars no more."""
        return self._judge("retired", exemplars, reason)

    def restore(self, exemplar: ExemplarName, *, reason: str = "") -> Exemplar:
        """Take the last verdict on an exemplar back."""
        found = self._found(exemplar)
        (restored,) = self._judge(BEFORE.get(found.status, found.status), (found,), reason)
        return restored

    def find(self, task: str | Task, how: Retrieval = BY_WORDS) -> tuple[Case, ...]:
        """The cases that help most with a task, best first; never one of the task itself.

        Args:
            task: What the agent is asked.
            how: By words unless it says otherwise; by meaning, see `afind`.

        Raises:
            UsageError: An event loop is running, as in a notebook.
        """
        refuse_in_event_loop("find", "book.exemplars.afind(...)")
        return asyncio.run(self.afind(task, how))

    async def afind(
        self, task: str | Task, how: Retrieval = BY_WORDS, meaning: Meaning | None = None
    ) -> tuple[Case, ...]:
        """As `find`, where an event loop is running, and with an embedder by meaning too."""
        asked = task if isinstance(task, Task) else Task(key=text_key(task), text=task)
        index = ExemplarIndex(self._exemplars.usable(self._book, task_key=asked.key), meaning)
        ranked = await index.found(Sought(text=asked.text, task_key=asked.key), how)
        return self._exemplars.cases(self._book, [each.exemplar.id for each in ranked])

    def _judge(self, status: ExemplarStatus, exemplars: Sequence[ExemplarName], reason: str) -> tuple[Exemplar, ...]:
        if not exemplars:
            raise UsageError("no exemplar was named", hint="give exemplars, or their ids")
        ids = [self._found(each).id for each in exemplars]
        return self._exemplars.judge(self._book, ids, status, self._author, reason)

    def _found(self, exemplar: ExemplarName) -> Exemplar:
        return self._exemplars.get(self._book, exemplar if isinstance(exemplar, str) else exemplar.id)
