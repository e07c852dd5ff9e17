"""Erasing traces on request: their text leaves the file, the fact that they were there stays.

Gone are the trace, its index entries, reference answers and history of outcomes, its exemplars, the reflections on it,
its trials, and blobs that no other trace uses. Of the runs that read it, the texts of calls and turns go and their
number, usage and cost stay; a quote in the event log becomes empty, which the log's trigger allows for traces on record
here and for nothing else. Compiled prompts that showed one of its exemplars lose their examples. What a learner worded
itself (a skill, its reason) stays: it is named in the result, for a person to judge. Afterwards the file is rewritten,
so that no deleted byte is left in it. Raises `StoreError`, and `UsageError` for a trace that is not there.
"""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from pydantic import JsonValue
from pydantic_core import from_json, to_json
from sqlalchemy import Connection, case, delete, insert, select, update

from seasoned.core.prompt import Prompt
from seasoned.core.run import RunTurn
from seasoned.core.skill import Skill
from seasoned.core.value import Value
from seasoned.errors import UsageError
from seasoned.store import fulltext, schema
from seasoned.store.books.ratings import forget_ratings
from seasoned.store.database import Database, batched
from seasoned.store.runs import is_at_work
from seasoned.store.traces import inbox
from seasoned.store.vectors.pgvector import derived_tables

ERASED_TEXT = "(erased)"
"""Stands where a text of a run was."""
_TRACE_ID = re.compile(r'"(trace-[^"]*)"')
HOLD_TRACE_TEXT = (
    *("trace", "trace_step", "trace_blob", fulltext.INDEX_TABLE, "outcome", "reference", "blob", "span", "inbox"),
    *(
        "feedback",
        "event",
        "skill",
        "rating",
        "exemplar",
        "reflection",
        "stored_vector",
        "trial",
        "run",
        "run_turn",
        "call",
        "prompt",
    ),
)
"""Tables in which an erasure deletes or blanks."""
KEPT_SUMMARY = ("run_id",)
"""Texts of a run's summary that hold no trace text."""


class Erasure(Value):
    """That a trace was erased."""

    trace_id: str
    at: datetime
    by: str
    why: str


class Erased(Value):
    """What an erasure came to."""

    trace_ids: tuple[str, ...]
    skills: tuple[str, ...]
    """Skills of any skillbook that lost a quote, by id: their own wording stays and may repeat what was erased."""
    children: tuple[str, ...]
    """Traces of sub-agents that the erased ones had started; they stay."""
    n_quotes: int
    """Quotes blanked in the event log."""
    n_calls: int
    """Journaled calls whose texts were erased."""
    n_turns: int
    n_blobs: int
    n_prompts: int = 0
    """Compiled prompts that lost their examples; labels that pointed at them point at what is left."""
    is_purged: bool
    """False where another process kept the file from being rewritten: deleted bytes may still be in it."""


class Erasures:
    """The erasures of one database."""

    def __init__(self, database: Database) -> None:
        """Look at the erasures of this database."""
        self._database = database

    def erase(self, trace_ids: Sequence[str], *, by: str, why: str = "") -> Erased:
        """Erase traces, all or none.

        Args:
            trace_ids: Whole ids.
            by: Who does it.
            why: On whose request; do not repeat here what is to be erased.

        Raises:
            UsageError: There is no such trace, or a run is at work on one.
        """
        with self._database.writing() as connection:
            seqs = _seqs(connection, trace_ids)
            runs = _runs_of(connection, set(seqs))
            now = datetime.now(UTC).isoformat()
            rows = [{"trace_id": i, "at": now, "by": by, "why": why} for i in seqs]
            connection.execute(insert(schema.erasure), rows)
            n_prompts = _bare_prompts(connection, seqs)
            n_blobs = forget(connection, seqs)
            inbox.close(connection, seqs)
            n_quotes, skills = _blank_quotes(connection, set(seqs))
            forget_ratings(connection, seqs)
            _blank_summaries(connection, runs)
            erased = Erased(
                trace_ids=tuple(seqs),
                skills=skills,
                children=tuple(child for part in _parts(seqs) for child in _children(connection, part)),
                n_quotes=n_quotes,
                n_calls=_blank_calls(connection, runs),
                n_turns=_blank_turns(connection, runs),
                n_blobs=n_blobs,
                n_prompts=n_prompts,
                is_purged=False,
            )
        return erased.model_copy(update={"is_purged": self.purge()})

    def purge(self) -> bool:
        """Rewrite without what was deleted; False where another process is in the way."""
        with self._database.reading() as connection:
            derived = derived_tables(connection)
        return self._database.rewrite((*HOLD_TRACE_TEXT, *derived))

    def all(self) -> tuple[Erasure, ...]:
        """Every erasure, oldest first."""
        table = schema.erasure.c
        query = select(table.trace_id, table.at, table.by, table.why).order_by(table.seq)
        with self._database.reading() as connection:
            return tuple(Erasure(**row) for row in connection.execute(query).mappings())


def _parts(seqs: dict[str, int]) -> Iterator[dict[str, int]]:
    """The same in parts that one statement takes."""
    for part in batched(seqs.items()):
        yield dict(part)


def _seqs(connection: Connection, trace_ids: Sequence[str]) -> dict[str, int]:
    """The numbers of the traces; raises `UsageError` for one that is not there."""
    found: dict[str, int] = {}
    for part in batched(trace_ids):
        query = select(schema.trace.c.id, schema.trace.c.seq).where(schema.trace.c.id.in_(part))
        found.update({row.id: row.seq for row in connection.execute(query)})
    absent = next((i for i in trace_ids if i not in found), None)
    if absent is not None:
        raise UsageError(f"there is no trace {absent!r} in the store", hint="`seasoned traces list` shows the ids")
    return {i: found[i] for i in trace_ids}


def _children(connection: Connection, seqs: dict[str, int]) -> Sequence[str]:
    trace = schema.trace.c
    return connection.execute(select(trace.id).where(trace.parent_id.in_(seqs)).order_by(trace.seq)).scalars().all()


def _runs_of(connection: Connection, ids: set[str]) -> list[str]:
    """Ids of the runs whose configuration names one of the traces; raises `UsageError` for one that is at work."""
    found: list[str] = []
    for row in connection.execute(select(schema.run)).mappings():
        if ids.isdisjoint(_TRACE_ID.findall(row["config"])):
            continue
        if is_at_work(row):
            raise UsageError(
                "a run is at work on a trace that is to be erased",
                where=row["id"],
                why="its next calls would write the text down again",
                hint="wait for it, or stop it",
            )
        found.append(row["id"])
    return found


def forget(connection: Connection, seqs: dict[str, int]) -> int:
    """Delete traces, given by id with their numbers, and what belongs to them alone; returns how many blobs went."""
    fulltext.remove(connection, seqs.values())
    return sum(_forget(connection, part) for part in _parts(seqs))


def _forget(connection: Connection, seqs: dict[str, int]) -> int:
    numbers, ids = list(seqs.values()), list(seqs)
    refers = schema.trace_blob
    theirs = set(connection.execute(select(refers.c.sha256).where(refers.c.trace_seq.in_(numbers))).scalars())
    for table in (schema.trace_step, refers):
        connection.execute(delete(table).where(table.c.trace_seq.in_(numbers)))
    exemplars = select(schema.exemplar.c.id).where(schema.exemplar.c.trace_id.in_(ids))
    reflections = select(schema.reflection.c.id).where(schema.reflection.c.trace_id.in_(ids))
    for keys in (exemplars, reflections):
        connection.execute(delete(schema.stored_vector).where(schema.stored_vector.c.key.in_(keys)))
    for table in (schema.outcome, schema.reference, schema.exemplar, schema.reflection, schema.trial):
        connection.execute(delete(table).where(table.c.trace_id.in_(ids)))
    connection.execute(delete(schema.trace).where(schema.trace.c.id.in_(ids)))
    used = set(connection.execute(select(refers.c.sha256).where(refers.c.sha256.in_(theirs))).scalars())
    gone = delete(schema.blob).where(schema.blob.c.sha256.in_(theirs - used))
    return connection.execute(gone).rowcount


def _bare_prompts(connection: Connection, seqs: dict[str, int]) -> int:
    """Take the examples out of prompts that show an exemplar of these traces; returns of how many."""
    exemplar, table, shown = schema.exemplar.c, schema.prompt, set[str]()
    for part in _parts(seqs):
        shown.update(connection.execute(select(exemplar.id).where(exemplar.trace_id.in_(part))).scalars())
    if not shown:
        return 0
    n_bare = 0
    for row in connection.execute(select(table.c.seq, table.c.id, table.c.at, table.c.body)).all():
        prompt = Prompt.model_validate_json(row.body)
        if shown.isdisjoint(cost.exemplar_id for cost in prompt.examples):
            continue
        bare = prompt.without_examples()
        is_there = connection.execute(select(table.c.seq).where(table.c.id == bare.id)).first() is not None
        body, this = bare.model_dump_json(), table.c.seq == row.seq
        if is_there:
            connection.execute(update(table).where(this).values(body=body))
        else:
            # What is left takes the prompt's place in the order; its old id leads there too.
            connection.execute(update(table).where(this).values(id=bare.id, body=body))
            connection.execute(insert(table), {"id": row.id, "at": row.at, "body": body})
        n_bare += 1
    return n_bare


def _blank_quotes(connection: Connection, ids: set[str]) -> tuple[int, tuple[str, ...]]:
    """Empty the quotes of these traces in events and skills; returns how many, and whose."""
    event, n_quotes = schema.event, 0
    query = select(event.c.book, event.c.revision, event.c.operation)
    for book, revision, body in connection.execute(query).all():
        if ids.isdisjoint(_TRACE_ID.findall(body)):
            continue
        operation = from_json(body)
        places = [i for i, e in enumerate(operation.get("evidence", ())) if e["trace_id"] in ids and e["quote"]]
        if not places:
            continue
        for i in places:
            operation["evidence"][i]["quote"] = ""
        # Written as the models dump it, so that everything but the quotes stays as it was, to the byte.
        blanked = to_json(operation).decode()
        which = (event.c.book == book) & (event.c.revision == revision)
        connection.execute(update(event).where(which).values(operation=blanked))
        n_quotes += len(places)
    return n_quotes, _blank_skills(connection, ids)


def _blank_skills(connection: Connection, ids: set[str]) -> tuple[str, ...]:
    """Empty the quotes in the skills as they stand, those that came by a merge too; returns whose."""
    table, blanked = schema.skill, dict[str, None]()
    query = select(table.c.book, table.c.id, table.c.body).order_by(table.c.book, table.c.born)
    for book, skill_id, body in connection.execute(query).all():
        if ids.isdisjoint(_TRACE_ID.findall(body)):
            continue
        skill = Skill.model_validate_json(body)
        evidence = tuple(e.model_copy(update={"quote": ""}) if e.trace_id in ids else e for e in skill.evidence)
        if evidence == skill.evidence:
            continue
        which = (table.c.book == book) & (table.c.id == skill_id)
        new = skill.model_copy(update={"evidence": evidence}).model_dump_json(exclude_defaults=True)
        connection.execute(update(table).where(which).values(body=new))
        blanked[skill_id] = None
    return tuple(blanked)


def _blank_calls(connection: Connection, runs: Sequence[str]) -> int:
    """Take the texts out of the runs' calls; a finished one is `erased`, so that a resumed run sends it anew."""
    calls = schema.call.c
    state = case((calls.state == "done", "erased"), else_=calls.state)
    texts = {"request": "null", "reply": None, "error": case((calls.error.is_(None), None), else_=ERASED_TEXT)}
    blanked = update(schema.call).where(calls.run_id.in_(runs)).values(state=state, **texts)
    return connection.execute(blanked).rowcount


def _blank_turns(connection: Connection, runs: Sequence[str]) -> int:
    turns = schema.run_turn.c
    rows = connection.execute(select(turns.run_id, turns.episode, turns.turn).where(turns.run_id.in_(runs))).all()
    for run_id, episode, turn in rows:
        kept = RunTurn(episode=episode, turn=turn, reply=ERASED_TEXT, output=ERASED_TEXT)
        which = (turns.run_id == run_id) & (turns.episode == episode) & (turns.turn == turn)
        connection.execute(update(schema.run_turn).where(which).values(body=kept.model_dump_json()))
    return len(rows)


def _blank_summaries(connection: Connection, runs: Sequence[str]) -> None:
    table = schema.run
    query = select(table.c.id, table.c.summary).where(table.c.id.in_(runs), table.c.summary.is_not(None))
    for run_id, body in connection.execute(query).all():
        summary = {name: value if name in KEPT_SUMMARY else _blanked(value) for name, value in json.loads(body).items()}
        connection.execute(update(table).where(table.c.id == run_id).values(summary=json.dumps(summary)))


def _blanked(value: JsonValue) -> JsonValue:
    match value:
        case str():
            return ERASED_TEXT
        case list():
            return [_blanked(each) for each in value]
        case dict():
            return {name: _blanked(each) for name, each in value.items()}
        case _:
            return value
