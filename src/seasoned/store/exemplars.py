"""The bank of exemplars: what is kept of good runs to be shown, who decided on it, and the cases themselves.

An exemplar keeps the last verdict on it; every one stands in the record of acts. The steps are not copied: they are
read from the trace, which never changes, so that nothing is left of an exemplar whose trace is erased. One whose run is
judged failed now is never given out as a case. Raises `StoreError`, `UsageError` for an exemplar that is not there, and
`OperationError` for a verdict that its status forbids.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from pydantic import JsonValue
from sqlalchemy import ColumnElement, Connection, select, update

from seasoned.core.exemplar import Case, Exemplar, ExemplarStatus, case_of
from seasoned.core.operation import Author
from seasoned.core.outcome import Outcome
from seasoned.core.text import storable
from seasoned.core.value import Text
from seasoned.errors import OperationError, UsageError
from seasoned.store import schema
from seasoned.store.audit import record
from seasoned.store.database import Database, batched, insert_new
from seasoned.store.traces.traces import Traces

ALLOWED: dict[tuple[ExemplarStatus, ExemplarStatus], str] = {
    ("proposed", "approved"): "approve exemplar",
    ("proposed", "rejected"): "reject exemplar",
    ("approved", "retired"): "retire exemplar",
    ("approved", "proposed"): "restore exemplar",
    ("rejected", "proposed"): "restore exemplar",
    ("retired", "approved"): "restore exemplar",
}
"""From which status to which a verdict may lead, and what the record of acts calls it. A way back is the last verdict
taken back, as of skills."""
BEFORE: dict[ExemplarStatus, ExemplarStatus] = {"approved": "proposed", "rejected": "proposed", "retired": "approved"}
"""What an exemplar is again when the last verdict on it is taken back."""

_EXEMPLAR = schema.exemplar.c


class Exemplars:
    """The banks of one database; each belongs to a skillbook."""

    def __init__(self, database: Database) -> None:
        """Look at the banks of this database."""
        self._database = database

    def add(self, book: str, exemplars: Sequence[Exemplar]) -> int:
        """Put exemplars into a bank. What stands there already, however it was judged, is left alone.

        Args:
            book: The skillbook whose bank it is.
            exemplars: Of stored traces; one whose trace has gone meanwhile is passed over.

        Returns:
            How many are new.

        Raises:
            OperationError: A learner puts one there as approved.
        """
        for exemplar in exemplars:
            if exemplar.author.kind == "learner" and exemplar.status != "proposed":
                raise _only_proposes(exemplar.author)
        with self._database.writing() as connection:
            there = _present(connection, _EXEMPLAR.id, [e.id for e in exemplars], _EXEMPLAR.book == book)
            traces = _present(connection, schema.trace.c.id, [e.trace_id for e in exemplars])
            unique = {e.id: e for e in exemplars if e.id not in there and e.trace_id in traces}
            new = tuple(unique.values())
            if new:
                connection.execute(insert_new(connection, schema.exemplar), [_row(book, e) for e in new])
                _record_added(connection, book, new)
        return len(new)

    def banks(self) -> tuple[str, ...]:
        """The skillbooks that have a bank, in order."""
        query = select(_EXEMPLAR.book).distinct().order_by(_EXEMPLAR.book)
        with self._database.reading() as connection:
            return tuple(connection.execute(query).scalars())

    def of(self, book: str, *, status: ExemplarStatus | None = None) -> tuple[Exemplar, ...]:
        """The exemplars of a bank, of one status or all, in the order in which they came."""
        where = [_EXEMPLAR.book == book] if status is None else [_EXEMPLAR.book == book, _EXEMPLAR.status == status]
        query = select(_EXEMPLAR.body).where(*where).order_by(_EXEMPLAR.seq)
        with self._database.reading() as connection:
            return tuple(Exemplar.model_validate_json(body) for body in connection.execute(query).scalars())

    def failed(self, book: str) -> frozenset[str]:
        """Ids of the exemplars of a bank whose runs are judged failed now; none of them is given out.

        A run that failed with the very score for which it was kept, from the same source, does not count: the policy's
        bar was lower.
        """
        query = select(_EXEMPLAR.body).join(schema.trace, schema.trace.c.id == _EXEMPLAR.trace_id)
        with self._database.reading() as connection:
            rows = connection.execute(query.where(_EXEMPLAR.book == book, schema.trace.c.verdict.is_(False))).scalars()
            known = [Exemplar.model_validate_json(body) for body in rows]
        of_traces = list({exemplar.trace_id for exemplar in known})
        said = {trace.id: trace.outcome for trace in Traces(self._database).of(of_traces)}
        return frozenset(e.id for e in known if is_failed(e, said.get(e.trace_id)))

    def usable(self, book: str, *, task_key: str = "") -> tuple[Exemplar, ...]:
        """What may be shown to an agent: approved, and the run is not judged failed since.

        Args:
            book: The skillbook whose bank it is.
            task_key: Of the agent's task: what sub-agents did for runs of it is left out; empty where it has none.
        """
        failed, begun = self.failed(book), self._begun_for(task_key) if task_key else frozenset[str]()
        approved = self.of(book, status="approved")
        return tuple(e for e in approved if e.id not in failed and e.trace_id not in begun)

    def _begun_for(self, task_key: str) -> frozenset[str]:
        """Ids of the runs that runs of a task started, and those that these started."""
        trace, found = schema.trace.c, set[str]()
        with self._database.reading() as connection:
            started = set(connection.execute(select(trace.id).where(trace.task_key == task_key)).scalars())
            while started:
                started = _started_by(connection, started) - found
                found |= started
        return frozenset(found)

    def get(self, book: str, id_prefix: str) -> Exemplar:
        """The one exemplar of a bank whose id begins so; the part before the dash may be left out.

        Raises:
            UsageError: None, or more than one, begins so.
        """
        typed = id_prefix.rstrip("…").lower()
        wanted = typed if typed.startswith("exemplar-") else f"exemplar-{typed}"
        query = select(_EXEMPLAR.body).where(_EXEMPLAR.book == book, _EXEMPLAR.id.startswith(wanted, autoescape=True))
        with self._database.reading() as connection:
            bodies = connection.execute(query.limit(2)).scalars().all()
        if len(bodies) == 1 and typed:
            return Exemplar.model_validate_json(bodies[0])
        why = "more than one exemplar begins so" if bodies else "no exemplar has this id"
        raise UsageError(
            f"no single exemplar {id_prefix!r} in the bank of {book!r}",
            where=str(self._database),
            why=why,
            hint="`seasoned exemplars list` shows the ids",
        )

    def judge(
        self, book: str, ids: Sequence[str], status: ExemplarStatus, author: Author, note: str = ""
    ) -> tuple[Exemplar, ...]:
        """Give a verdict on exemplars, all or none.

        Args:
            book: The skillbook whose bank it is.
            ids: Whole ids.
            status: What they shall be; see `ALLOWED`, and `BEFORE` for taking a verdict back.
            author: A person, or the policy that filled the bank.
            note: Why.

        Returns:
            The exemplars as they are now, in the order of the ids.

        Raises:
            UsageError: There is no such exemplar.
            OperationError: The present status of one forbids it, or a learner judges.
        """
        if author.kind == "learner":
            raise _only_proposes(author)
        with self._database.writing() as connection:
            found = _by_id(connection, book, ids)
            acts = [_allowed(exemplar, status) for exemplar in found]
            verdict = {"status": status, "author": author, "at": datetime.now(UTC), "note": storable(note)}
            judged = tuple(exemplar.model_copy(update=verdict) for exemplar in found)
            for exemplar, act in zip(judged, acts, strict=True):
                which = (_EXEMPLAR.book == book) & (_EXEMPLAR.id == exemplar.id)
                connection.execute(update(schema.exemplar).where(which).values(_changing(exemplar)))
                record(connection, author.name, act, exemplar.id, _detail(book, author, note))
        return judged

    def cases(self, book: str, ids: Sequence[str]) -> tuple[Case, ...]:
        """Exemplars with their steps, in the order of the ids; one whose run is judged failed now is left out.

        Args:
            book: The skillbook whose bank it is.
            ids: Whole ids.

        Raises:
            UsageError: There is no such exemplar.
        """
        with self._database.reading() as connection:
            found = _by_id(connection, book, ids)
        of_traces = list(dict.fromkeys(exemplar.trace_id for exemplar in found))
        traces = {trace.id: trace for trace in Traces(self._database).of(of_traces)}
        # A trace that is erased between the two readings takes its exemplars with it.
        known = ((exemplar, traces.get(exemplar.trace_id)) for exemplar in found)
        return tuple(case_of(e, trace) for e, trace in known if trace is not None and not is_failed(e, trace.outcome))


def is_failed(exemplar: Exemplar, outcome: Outcome | None) -> bool:
    """Whether what is said of the exemplar's run now contradicts that it is worth showing."""
    if outcome is None or outcome.verdict is not False:
        return False
    return outcome.score is None or (outcome.score, outcome.source) != (exemplar.score, exemplar.source)


def _started_by(connection: Connection, trace_ids: Iterable[str]) -> set[str]:
    """Ids of the runs that these started."""
    trace, found = schema.trace.c, set[str]()
    for part in batched(trace_ids):
        found.update(connection.execute(select(trace.id).where(trace.parent_id.in_(part))).scalars())
    return found


def _present(
    connection: Connection, column: ColumnElement[str], ids: Iterable[str], *where: ColumnElement[bool]
) -> set[str]:
    """Which of these ids are there."""
    found = set[str]()
    for part in batched(ids):
        found.update(connection.execute(select(column).where(column.in_(part), *where)).scalars())
    return found


def _by_id(connection: Connection, book: str, ids: Sequence[str]) -> list[Exemplar]:
    bodies: dict[str, str] = {}
    for part in batched(ids):
        query = select(_EXEMPLAR.id, _EXEMPLAR.body).where(_EXEMPLAR.book == book, _EXEMPLAR.id.in_(part))
        bodies.update({row.id: row.body for row in connection.execute(query)})
    for absent in (i for i in ids if i not in bodies):
        raise UsageError(
            f"there is no exemplar {absent!r} in the bank of {book!r}", hint="`seasoned exemplars list` shows the ids"
        )
    return [Exemplar.model_validate_json(bodies[i]) for i in dict.fromkeys(ids)]


def _allowed(exemplar: Exemplar, status: ExemplarStatus) -> str:
    """What the record calls the verdict; raises `OperationError` where the exemplar's status forbids it."""
    act = ALLOWED.get((exemplar.status, status))
    if act is not None:
        return act
    raise OperationError(
        f"the exemplar cannot become {status}",
        where=exemplar.id,
        why=f"it is {exemplar.status}" + (" already" if exemplar.status == status else ""),
        hint="`seasoned exemplars restore ID` takes the last verdict back",
    )


def _only_proposes(author: Author) -> OperationError:
    return OperationError(
        "a learner may only propose exemplars",
        where=author.name,
        hint="`seasoned exemplars approve ID` lets a person decide",
    )


def _row(book: str, exemplar: Exemplar) -> dict[str, str]:
    kept = {"id": exemplar.id, "trace_id": exemplar.trace_id, "task_key": exemplar.task_key}
    return {"book": book, **kept, **_changing(exemplar)}


def _changing(exemplar: Exemplar) -> dict[str, str]:
    """The columns that a verdict changes."""
    return {"status": exemplar.status, "body": exemplar.model_dump_json(exclude_defaults=True)}


def _record_added(connection: Connection, book: str, new: Sequence[Exemplar]) -> None:
    """Put on record who added what; what learners propose is no act of anybody."""
    acts: dict[tuple[Author, ExemplarStatus, Text], list[JsonValue]] = {}
    for exemplar in new:
        if exemplar.author.kind != "learner":
            acts.setdefault((exemplar.author, exemplar.status, exemplar.note), []).append(exemplar.id)
    for (author, status, note), ids in acts.items():
        detail = {**_detail(book, author, note), "status": status, "n_exemplars": len(ids), "exemplars": ids}
        record(connection, author.name, "add exemplars", book, detail)


def _detail(book: str, author: Author, note: str) -> dict[str, JsonValue]:
    return {"book": book, "author": author.kind, "reason": note}
