"""The call journal in the database.

A call is `started` before it is sent, then `done` or `failed`; `unknown` if the process died meanwhile. A finished call
whose texts were erased with a trace is `erased`: it counts as paid, and an equal one is sent anew. Raises `StoreError`.
"""

import json
import uuid
from collections import Counter
from datetime import UTC, datetime

from pydantic import JsonValue
from sqlalchemy import bindparam, select, update

from seasoned.core.journal import Replayed, Started
from seasoned.store import schema
from seasoned.store.database import Database
from seasoned.store.runs import run_lock

_CALLS = schema.call.c
# Built once, with their values as parameters: a learner calls thousands of times.
_FINISHED = (
    select(_CALLS.reply)
    .where(_CALLS.run_id == bindparam("run"), _CALLS.request_hash == bindparam("key"), _CALLS.state == "done")
    .order_by(_CALLS.seq)
    .offset(bindparam("nth"))
    .limit(1)
)
_INSERT = schema.call.insert()
_END = update(schema.call).where(_CALLS.id == bindparam("call_id"))


class Journal:
    """A `CallJournal` over one database. One instance serves one taking of a run."""

    def __init__(self, database: Database) -> None:
        """Write to this database."""
        self._database = database
        # How often this taking has begun each call: the n-th equal call of a run replays its n-th stored reply.
        self._begun: Counter[tuple[str, str]] = Counter()

    def begin(self, run_id: str, key: str, request: JsonValue) -> Started | Replayed:
        """Record a call durably, or return the reply of an equal finished call not yet replayed by this journal."""
        nth = self._begun[run_id, key]
        self._begun[run_id, key] += 1
        call_id = f"call-{uuid.uuid4().hex[:16]}"
        row = {
            "id": call_id,
            "run_id": run_id,
            "request_hash": key,
            "state": "started",
            "request": json.dumps(request),
            "started_at": _now(),
        }
        with self._database.writing(alone=run_lock(run_id)) as connection:
            found = {"run": run_id, "key": key, "nth": nth}
            reply = connection.execute(_FINISHED, found).scalar_one_or_none()
            if reply is None:
                connection.execute(_INSERT, row)
        if reply is not None:
            return Replayed(reply=json.loads(reply))
        return Started(call_id=call_id)

    def finish(self, call_id: str, reply: JsonValue, cost_usd: float | None) -> None:
        """Record the reply of a started call; a cost of None is unknown, not free."""
        self._end(call_id, state="done", reply=json.dumps(reply), cost_usd=cost_usd)

    def fail(self, call_id: str, error: str) -> None:
        """Record that a started call failed."""
        self._end(call_id, state="failed", error=error)

    def _end(self, call_id: str, **values: object) -> None:
        with self._database.writing(alone=f"call:{call_id}") as connection:
            connection.execute(_END, {"call_id": call_id, "ended_at": _now(), **values})


def _now() -> str:
    return datetime.now(UTC).isoformat()
