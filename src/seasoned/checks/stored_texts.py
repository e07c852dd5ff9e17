"""Whether the traces, prompts and runs of a store are what their ids and columns say, and evidence is where it points.

Raises what reading the database raises.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from pydantic import ValidationError
from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from seasoned.checks.check import Check
from seasoned.core.finding import Evidence, verify
from seasoned.core.ids import sha256_hex
from seasoned.core.prompt import Prompt
from seasoned.core.skill import Skill
from seasoned.core.trace import Trace
from seasoned.errors import EvidenceError
from seasoned.store import schema
from seasoned.store.runs import is_at_work
from seasoned.store.traces.derived import blobs_of, step_rows, trace_row
from seasoned.store.whole.digests import stored_rows

BATCH_TRACES = 50
"""So many traces are held at once."""
SHOWN = 5
"""So many of what is wrong are named."""

T = TypeVar("T")


def traces(connection: Connection) -> Check:
    """Whether each trace has the id of its content, and each blob too."""
    wrong: list[str] = []
    n_traces = 0
    for row, trace in _traces(connection):
        n_traces += 1
        if trace is None:
            wrong.append(f"{row['id']} cannot be read")
        elif Trace.of(task=trace.task, steps=trace.steps, source=trace.source).id != row["id"] or trace.id != row["id"]:
            wrong.append(f"{row['id']} is not what its id says")
    n_blobs = 0
    for row in stored_rows(connection, schema.blob):
        n_blobs += 1
        if sha256_hex(row["data"]) != row["sha256"]:
            wrong.append(f"the blob {row['sha256'][:16]} is not what its hash says")
    said = f"all are what their ids say; traces: {n_traces:,}, blobs: {n_blobs:,}"
    return _check("traces", wrong, said, "import the same files again into a new store, or restore a backup")


def columns(connection: Connection) -> Check:
    """Whether what stands beside each trace is what is read off it."""
    wrong = [row["id"] for row, _ in _stale(connection)]
    hint = "`seasoned db check --repair` writes them anew"
    return _check("trace columns", wrong, "are what is read off each trace", hint)


def rewritten(connection: Connection) -> Iterator[str]:
    """Write anew what stands beside traces and is not what is read off them; says so."""
    stale = [row["seq"] for row, _ in _stale(connection)]
    for seq in stale:
        ours = schema.trace.c.seq == seq
        trace = Trace.model_validate_json(connection.execute(select(schema.trace.c.body).where(ours)).scalar_one())
        connection.execute(update(schema.trace).where(ours).values(_columns_of(trace)))
        connection.execute(delete(schema.trace_step).where(schema.trace_step.c.trace_seq == seq))
        lacks = blobs_of(trace) - set(_blobs(connection, [seq])[seq])
        blobs = [{"trace_seq": seq, "sha256": sha256} for sha256 in sorted(lacks)]
        for table, rows in ((schema.trace_step, step_rows(trace, seq)), (schema.trace_blob, blobs)):
            if rows:
                connection.execute(insert(table), rows)
    if stale:
        yield f"what is read off {len(stale):,} traces was written anew"


def evidence(connection: Connection) -> Check:
    """Whether every quote of every skill stands in its trace where the skill says, or was erased with it."""
    behind, n_places = defaultdict[str, list[tuple[str, Evidence]]](list), 0
    for row in stored_rows(connection, schema.skill):
        for each in _evidence_of(row["body"]):
            behind[each.trace_id].append((f"{row['id']} of {row['book']}", each))
            n_places += 1
    erased = set(connection.execute(select(schema.erasure.c.trace_id)).scalars())
    wrong: list[str] = []
    absent: set[str] = set()
    for part in _parts(sorted(behind)):
        query = select(schema.trace.c.id, schema.trace.c.body).where(schema.trace.c.id.in_(part))
        bodies = {row.id: row.body for row in connection.execute(query)}
        for trace_id in part:
            trace = _read(bodies[trace_id]) if trace_id in bodies else None
            if trace is None and trace_id not in erased:
                absent.add(trace_id)
            wrong += _unresolved(behind[trace_id], trace, is_erased=trace_id in erased)
    if not wrong and absent:
        said = f"{len(absent):,} traces that skills cite are not in this store, so their quotes cannot be checked"
        return Check(name="evidence", state="warning", said=said, hint="import those traces too, if you have them")
    hint = "`seasoned skills show ID` shows the skill; reject or retire it, or restore a backup"
    return _check("evidence", wrong, f"{n_places:,} quotes stand where they are said to, or were erased", hint)


def prompts(connection: Connection) -> Check:
    """Whether each prompt has the id of its text, or leads to what an erasure left of it."""
    there = set(connection.execute(select(schema.prompt.c.id)).scalars())
    wrong: list[str] = []
    n_prompts = 0
    for row in stored_rows(connection, schema.prompt):
        n_prompts += 1
        try:
            prompt = Prompt.model_validate_json(row["body"])
            is_right = prompt.id == row["id"] or (not prompt.examples and prompt.id in there)
        except ValidationError:
            is_right = False
        if not is_right:
            wrong.append(f"{row['id']} is not what its id says")
    return _check("prompts", wrong, f"{n_prompts:,} prompts are what their ids say", "compile them again")


def labels(connection: Connection) -> Check:
    """Whether every label was put on prompts that are there."""
    there = set(connection.execute(select(schema.prompt.c.id)).scalars())
    moves = schema.label_move.c
    query = select(moves.book, moves.label, moves.prompt_id).where(moves.prompt_id.is_not(None)).distinct()
    rows = connection.execute(query.order_by(moves.book, moves.label)).all()
    wrong = [f"{row.label} of {row.book} points at {row.prompt_id}" for row in rows if row.prompt_id not in there]
    return _check("labels", wrong, "point at prompts that are there", "put the label on another prompt")


def runs(connection: Connection) -> Check:
    """Whether no run that has ended is held, and how many wait to be taken up again."""
    rows = connection.execute(select(schema.run)).mappings().all()
    wrong = [f"{row['id']} is {row['state']} and held" for row in rows if row["state"] != "running" and row["owner"]]
    wrong += [f"{row['id']} is held without an end" for row in rows if row["owner"] and not row["lease_until"]]
    if wrong:
        return _check("runs", wrong, "", "the command that began the run, given again, takes it over")
    n_interrupted = sum(row["state"] == "running" and not is_at_work(row) for row in rows)
    return Check(name="runs", said=f"of {len(rows):,}, {n_interrupted:,} were interrupted and can go on")


def _check(name: str, wrong: Sequence[str], said: str, hint: str) -> Check:
    if not wrong:
        return Check(name=name, said=said)
    more = f" and {len(wrong) - SHOWN:,} more" if len(wrong) > SHOWN else ""
    return Check(name=name, state="failed", said=", ".join(wrong[:SHOWN]) + more, hint=hint)


def _traces(connection: Connection) -> Iterator[tuple[RowMapping, Trace | None]]:
    for row in stored_rows(connection, schema.trace):
        yield row, _read(row["body"])


def _read(body: str) -> Trace | None:
    """The trace; None where the text is none."""
    try:
        return Trace.model_validate_json(body)
    except ValidationError:
        return None


def _stale(connection: Connection) -> Iterator[tuple[RowMapping, Trace]]:
    """The traces beside which something else stands than what is read off them."""
    for part in _parts(_traces(connection)):
        seqs = [row["seq"] for row, _ in part]
        steps, blobs = _steps(connection, seqs), _blobs(connection, seqs)
        for row, trace in part:
            if trace is None:
                continue
            want = _columns_of(trace)
            counts = {tuple(each.values()) for each in step_rows(trace, row["seq"])}
            is_equal = all(row[name] == value for name, value in want.items())
            if not is_equal or counts != set(steps[row["seq"]]) or blobs_of(trace) - set(blobs[row["seq"]]):
                yield row, trace


def _columns_of(trace: Trace) -> dict[str, object]:
    return {name: value for name, value in trace_row(trace).items() if name not in ("id", "body")}


def _steps(connection: Connection, seqs: Sequence[int]) -> defaultdict[int, list[tuple[Any, ...]]]:
    table, found = schema.trace_step.c, defaultdict[int, list[tuple[Any, ...]]](list)
    query = select(table.trace_seq, table.kind, table.name, table.n, table.n_failed).where(table.trace_seq.in_(seqs))
    for row in connection.execute(query):
        found[row[0]].append(tuple(row))
    return found


def _blobs(connection: Connection, seqs: Sequence[int]) -> defaultdict[int, list[str]]:
    table, found = schema.trace_blob.c, defaultdict[int, list[str]](list)
    for seq, sha256 in connection.execute(select(table.trace_seq, table.sha256).where(table.trace_seq.in_(seqs))):
        found[seq].append(sha256)
    return found


def _evidence_of(body: str) -> tuple[Evidence, ...]:
    """The evidence of a skill; none of one that cannot be read, which the check of the skillbooks names."""
    try:
        return Skill.model_validate_json(body).evidence
    except ValidationError:
        return ()


def _unresolved(behind: Iterable[tuple[str, Evidence]], trace: Trace | None, *, is_erased: bool) -> Iterator[str]:
    """What is wrong with evidence from one trace, which may not be there."""
    for whose, each in behind:
        if each.is_erased:
            if not is_erased:
                yield f"{whose}: a quote is gone, and its trace was never erased"
        elif trace is None:
            if is_erased:
                yield f"{whose}: words of the erased {each.trace_id} are still there"
        else:
            try:
                verify(each, trace)
            except EvidenceError as error:
                yield f"{whose}: {error}"


def _parts(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while part := list(islice(rest, BATCH_TRACES)):
        yield part
