"""A stored trace gives way to a later version of itself, made when more of the run had arrived.

Stored text never changes, so a later version is a trace of its own. Where nothing points to the earlier one, it goes;
where evidence, an exemplar, a reflection or a run of ours does, it stays, so that every quote and every case still
resolves. What was said of the run holds for the later version too. Raises `StoreError`.
"""

from collections.abc import Sequence

from sqlalchemy import select

from seasoned.store import schema
from seasoned.store.books.ratings import pass_votes_on
from seasoned.store.store import Store
from seasoned.store.traces.erasure import forget
from seasoned.store.traces.inbox import is_cited


def supersede(store: Store, earlier: Sequence[str], later: Sequence[str]) -> tuple[str, ...]:
    """Let later versions take the place of earlier ones.

    Returns:
        Ids of the earlier traces that stay, as something points to them.
    """
    gone = [trace_id for trace_id in earlier if trace_id not in later]
    for trace_id in gone:
        for said in store.outcomes.of(trace_id):
            for heir in later if said.stands else ():
                store.outcomes.attach(heir, said.outcome, at=said.at)
    with store.database.writing() as connection:
        for trace_id in gone:
            pass_votes_on(connection, trace_id, later)
        cited = tuple(trace_id for trace_id in gone if is_cited(connection, trace_id))
        query = select(schema.trace.c.id, schema.trace.c.seq).where(schema.trace.c.id.in_(set(gone) - set(cited)))
        forget(connection, {row.id: row.seq for row in connection.execute(query)})
    return cited
