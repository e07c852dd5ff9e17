"""Reading reference answers.

Only evaluation may import this module: the import contracts forbid it to every learner, to curation and to compilation,
so that no answer can reach a prompt. Raises `StoreError`.
"""

import json

from pydantic import JsonValue
from sqlalchemy import select

from seasoned.core.reference import Reference
from seasoned.store import schema
from seasoned.store.database import Database


def reference_of(database: Database, trace_id: str) -> Reference | None:
    """The reference answers of one trace, or None where its log carried none."""
    query = select(schema.reference.c.body).where(schema.reference.c.trace_id == trace_id)
    with database.reading() as connection:
        body = connection.execute(query).scalar_one_or_none()
    return None if body is None else Reference(trace_id=trace_id, content=json.loads(body))


def content_of(database: Database, trace_id: str) -> JsonValue:
    """The sealed answer itself; None where the run's log carried none."""
    found = reference_of(database, trace_id)
    return None if found is None else found.content
