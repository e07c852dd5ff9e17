"""Runs and who holds them.

A run is held through a lease: the holder renews it, and a run whose holder died can be taken over, at once on the same
machine, elsewhere when the lease has expired. Raises `StoreError`, and `UsageError` for a run that is not there or is
held by a living process.
"""

import json
import os
import socket
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, JsonValue, TypeAdapter
from sqlalchemy import Connection, RowMapping, delete, func, select, update

from seasoned.core.run import Run, RunCall, RunState, RunTurn, Spending, run_id
from seasoned.errors import StoreConflict, UsageError
from seasoned.store import schema
from seasoned.store.database import Database, insert_new
from seasoned.store.lookup import only_row

LEASE_S = 60.0
"""Seconds after which a lease that nobody renews is void."""


class Runs:
    """The runs of one database."""

    def __init__(self, database: Database) -> None:
        """Look at the runs of this database."""
        self._database = database
        self._tokens: dict[str, str] = {}
        """By run: the lease that this object holds on it."""

    def take(self, kind: str, config: dict[str, JsonValue]) -> Run:
        """Begin the run that does this work, or take it over where it was interrupted.

        A run that is done is returned as it is. Calls that were on their way when its last holder died are marked
        `unknown`: the provider may have billed them.

        Raises:
            UsageError: A living process holds it.
        """
        identity, now = run_id(kind, config), datetime.now(UTC)
        row = {
            "id": identity,
            "kind": kind,
            "state": "running",
            "config": json.dumps(config),
            "started_at": now.isoformat(),
        }
        with self._database.writing() as connection:
            connection.execute(insert_new(connection, schema.run), row)
            found = _one(connection, identity)
            if found["state"] == "done":
                return _run(found)
            if _is_alive(found, now):
                raise UsageError(
                    "this run is at work already", where=identity, why=f"held by {found['owner']}", hint="wait for it"
                )
            token = self._tokens[identity] = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
            lease = {"state": "running", "summary": None, "ended_at": None, **_lease(token, now)}
            connection.execute(update(schema.run).where(schema.run.c.id == identity).values(lease))
            lost = update(schema.call).where(schema.call.c.run_id == identity, schema.call.c.state == "started")
            connection.execute(lost.values(state="unknown", ended_at=now.isoformat()))
            return _run(_one(connection, identity))

    def started_from(self, identity: str, book_revision: int) -> int:
        """The revision of the skillbook that this run started from: as noted before, else this one, noted now.

        What a run asks depends on the book, which its own proposals change: taken up again at another revision, it
        would ask, and pay, anew.
        """
        ours = schema.run.c.id == identity
        with self._database.writing(alone=run_lock(identity)) as connection:
            new = update(schema.run).where(ours, schema.run.c.book_revision.is_(None))
            connection.execute(new.values(book_revision=book_revision))
            return connection.execute(select(schema.run.c.book_revision).where(ours)).scalar_one()

    def renew(self, identity: str) -> None:
        """Hold the lease for another `LEASE_S` seconds; raises `StoreConflict` where another process took it over."""
        self._change(identity, _lease(self._tokens.get(identity, ""), datetime.now(UTC)))

    def end(self, identity: str, state: RunState, summary: dict[str, JsonValue]) -> None:
        """Write down what came of a run and give its lease back; raises `StoreConflict` as `renew` does."""
        row = {"state": state, "summary": json.dumps(summary), "ended_at": datetime.now(UTC).isoformat()}
        self._change(identity, {**row, "owner": None, "lease_until": None})

    def release(self, identity: str) -> None:
        """Give the lease back without an end, as when the user interrupts: the run can be resumed."""
        self._change(identity, {"owner": None, "lease_until": None})

    def _change(self, identity: str, row: dict[str, str | None]) -> None:
        mine = (schema.run.c.id == identity) & (schema.run.c.owner == self._tokens.get(identity, ""))
        with self._database.writing(alone=run_lock(identity)) as connection:
            if connection.execute(update(schema.run).where(mine).values(row)).rowcount == 0:
                raise StoreConflict(
                    "another process has taken this run over",
                    where=identity,
                    why=f"the lease was not renewed for {LEASE_S:.0f} seconds",
                    hint="`seasoned runs list` shows how it goes on",
                )

    def get(self, id_prefix: str) -> Run:
        """The one run whose id begins so; the part before the dash may be left out.

        Raises:
            UsageError: No run, or more than one, begins so.
        """
        hint = "`seasoned runs list` shows the ids"
        return _run(only_row(self._database, schema.run, id_prefix, hint=hint))

    def all(self) -> tuple[Run, ...]:
        """Every run, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(select(schema.run).order_by(schema.run.c.seq)).mappings().all()
        return tuple(_run(row) for row in rows)

    def spending(self, identity: str) -> Spending:
        """What the calls of a run came to."""
        calls = schema.call.c
        query = (
            select(calls.state, func.count(calls.seq), func.count(calls.cost_usd), func.sum(calls.cost_usd))
            .where(calls.run_id == identity)
            .group_by(calls.state)
        )
        with self._database.reading() as connection:
            rows = {state: rest for state, *rest in connection.execute(query)}
        # A finished call whose texts were erased was paid for all the same.
        finished = [rows[state] for state in ("done", "erased") if state in rows]
        n_done, n_priced = sum(n for n, _, _ in finished), sum(n for _, n, _ in finished)
        known = [cost_usd for _, _, cost_usd in finished if cost_usd is not None]
        return Spending(
            n_calls=n_done,
            n_failed=rows.get("failed", (0,))[0],
            n_unknown=rows.get("unknown", (0,))[0],
            cost_usd=sum(known) if known else None,
            n_unpriced=n_done - n_priced,
        )

    def add_turn(self, identity: str, turn: RunTurn) -> None:
        """Keep one turn of an episode.

        A turn that a resumed run repeats stays as it was. One that went another way takes the place of the earlier one
        and of all that followed from it, so that a story is never one of two takings.
        """
        table, body = schema.run_turn.c, turn.model_dump_json()
        ours = (table.run_id == identity) & (table.episode == turn.episode)
        row = {"run_id": identity, "episode": turn.episode, "turn": turn.turn, "body": body}
        with self._database.writing(alone=run_lock(identity)) as connection:
            before = connection.execute(select(table.body).where(ours, table.turn == turn.turn)).scalar_one_or_none()
            if before == body:
                return
            if before is not None:
                connection.execute(delete(schema.run_turn).where(ours, table.turn >= turn.turn))
            connection.execute(schema.run_turn.insert(), row)

    def turns(self, identity: str) -> Iterator[RunTurn]:
        """The story of a run, episode by episode."""
        table = schema.run_turn.c
        query = select(table.body).where(table.run_id == identity).order_by(table.episode, table.turn)
        with self._database.reading() as connection:
            bodies = connection.execute(query).scalars().all()
        yield from (RunTurn.model_validate_json(body) for body in bodies)

    def calls(self, identity: str) -> tuple[RunCall, ...]:
        """The calls of a run, in the order in which they were begun."""
        table = schema.call.c
        columns = (table.state, table.request, table.reply, table.error, table.cost_usd)
        query = select(*columns).where(table.run_id == identity).order_by(table.seq)
        with self._database.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(_call(row) for row in rows)


def run_lock(identity: str) -> str:
    """The name under which the rows of one run are written, so that other runs need not wait."""
    return f"run:{identity}"


def _lease(token: str, now: datetime) -> dict[str, str | None]:
    return {"owner": token, "lease_until": (now + timedelta(seconds=LEASE_S)).isoformat()}


def _is_alive(row: RowMapping, now: datetime) -> bool:
    if row["owner"] is None or datetime.fromisoformat(row["lease_until"]) < now:
        return False
    host, pid, _ = str(row["owner"]).rsplit(":", 2)
    return host != socket.gethostname() or _process_exists(int(pid))


def is_at_work(row: RowMapping) -> bool:
    """Whether some process holds the run of this row and works on it."""
    return row["state"] == "running" and _is_alive(row, datetime.now(UTC))


def _process_exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _one(connection: Connection, identity: str) -> RowMapping:
    return connection.execute(select(schema.run).where(schema.run.c.id == identity)).mappings().one()


def _run(row: RowMapping) -> Run:
    return Run(
        id=row["id"],
        kind=row["kind"],
        state=row["state"],
        config=json.loads(row["config"]),
        summary=None if row["summary"] is None else json.loads(row["summary"]),
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        is_alive=is_at_work(row),
    )


class _Said(BaseModel):
    """Of a message or a reply, what is told of it."""

    content: str = ""


class _Sent(BaseModel):
    messages: tuple[_Said, ...] = ()


def _call(row: RowMapping) -> RunCall:
    # The texts of an erased call are gone: null, or no text at all.
    sent = TypeAdapter(_Sent | None).validate_json(row["request"])
    reply = TypeAdapter(_Said | None).validate_json(row["reply"] or "null")
    return RunCall(
        state=row["state"],
        asked="" if sent is None or not sent.messages else sent.messages[-1].content,
        reply="" if reply is None else reply.content,
        error=row["error"] or "",
        cost_usd=row["cost_usd"],
    )
