"""Traces are found by filter and text, outcomes have a history, and the text of a trace can be erased.

Speaks JSON instead of the models, which later releases change. Traces that are stored already are filled in.
"""

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from seasoned.store.column_types import EQUAL_ONLY, INTEGER, TEXT
from seasoned.store.migrations.append_only import keep_quotes_erasable, let_events_change

revision = "0002"
down_revision = "0001"

_BATCH = 200


def upgrade() -> None:
    """Add the columns and tables, fill them from the stored traces, and let quotes of erased traces be blanked."""
    _columns()
    _tables()
    if op.get_context().dialect.name == "postgresql":
        # No release without these columns kept a store there, so that there is nothing to fill in.
        _word_index()
    else:
        op.execute("CREATE VIRTUAL TABLE trace_text USING fts5(text, content='', contentless_delete=1)")
        _fill()
    let_events_change()
    keep_quotes_erasable("book", "revision", "key", "at")


def _word_index() -> None:
    op.create_table(
        "trace_text",
        sa.Column("seq", INTEGER, primary_key=True, autoincrement=False),
        sa.Column("part", INTEGER, primary_key=True, autoincrement=False),
        sa.Column("words", TSVECTOR, nullable=False),
    )
    op.create_index("ix_trace_text_words", "trace_text", ["words"], postgresql_using="gin")


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=nullable)


def _columns() -> None:
    for column in (
        _text("started_at", nullable=True),
        sa.Column("n_errors", INTEGER, nullable=False, server_default="0"),
        sa.Column("path", TEXT, nullable=False, server_default=""),
        sa.Column("run_key", TEXT, nullable=False, server_default=""),
        _text("parent_id", nullable=True),
        sa.Column("input_tokens", INTEGER),
        sa.Column("output_tokens", INTEGER),
        sa.Column("cost_usd", sa.Float),
    ):
        op.add_column("trace", column)
    for name in ("run_key", "parent_id"):
        op.create_index(f"ix_trace_{name}", "trace", [name], postgresql_using=EQUAL_ONLY)


def _tables() -> None:
    op.create_table(
        "trace_step",
        sa.Column("trace_seq", INTEGER, sa.ForeignKey("trace.seq"), primary_key=True),
        sa.Column("kind", TEXT, primary_key=True),
        sa.Column("name", TEXT, primary_key=True),
        sa.Column("n", INTEGER, nullable=False),
        sa.Column("n_failed", INTEGER, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trace_blob",
        sa.Column("trace_seq", INTEGER, sa.ForeignKey("trace.seq"), primary_key=True),
        sa.Column("sha256", TEXT, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_trace_blob_sha256", "trace_blob", ["sha256"])
    op.create_table(
        "outcome",
        sa.Column("seq", INTEGER, primary_key=True, autoincrement=True),
        sa.Column("trace_id", TEXT, sa.ForeignKey("trace.id"), nullable=False),
        _text("at", nullable=True),
        _text("source"),
        _text("name"),
        sa.Column("stands", sa.Boolean, nullable=False),
        _text("body"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outcome_trace_id", "outcome", ["trace_id"])
    op.create_table(
        "erasure",
        sa.Column("seq", INTEGER, primary_key=True, autoincrement=True),
        _text("trace_id"),
        _text("at"),
        _text("by"),
        _text("why"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_erasure_trace_id", "erasure", ["trace_id"])


def _fill() -> None:
    connection, after = op.get_bind(), 0
    query = sa.text("SELECT seq, body FROM trace WHERE seq > :after ORDER BY seq LIMIT :n")
    while rows := connection.execute(query, {"after": after, "n": _BATCH}).all():
        for seq, body in rows:
            _fill_one(connection, seq, json.loads(body))
        after = rows[-1][0]


def _fill_one(connection: sa.Connection, seq: int, trace: dict[str, Any]) -> None:
    steps, usage, source = trace["steps"], trace.get("usage", {}), trace["source"]
    texts = [s["text"] for s in steps if s["kind"] != "system" and not s.get("injected")]
    _insert(connection, "trace_text", rowid=seq, text="\n".join([trace["task"]["text"], *texts]))
    values = {
        "started_at": _began(trace),
        "n_errors": sum(s["kind"] == "error" or s.get("is_error", False) for s in steps),
        "path": source.get("path", ""),
        "run_key": source.get("run_key", ""),
        "parent_id": trace.get("parent_id"),
        **{name: usage.get(name) for name in ("input_tokens", "output_tokens", "cost_usd")},
    }
    settings = ", ".join(f"{name} = :{name}" for name in values)
    connection.execute(sa.text(f"UPDATE trace SET {settings} WHERE seq = :seq"), {**values, "seq": seq})
    counts, failed = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for step in steps:
        key = step["kind"], (step.get("name") or "") if step["kind"] == "tool_call" else ""
        counts[key] += 1
        pair = step.get("pair")
        failed[key] += step["kind"] == "tool_call" and pair is not None and steps[pair].get("is_error", False)
    for (kind, name), n in counts.items():
        _insert(connection, "trace_step", trace_seq=seq, kind=kind, name=name, n=n, n_failed=failed[kind, name])
    for sha256 in {blob for blob in (trace.get("toolset"), *(s.get("blob") for s in steps)) if blob}:
        _insert(connection, "trace_blob", trace_seq=seq, sha256=sha256)
    outcome = trace.get("outcome")
    if outcome is not None:
        said = {"source": outcome["source"], "name": outcome.get("name", ""), "body": json.dumps(outcome)}
        _insert(connection, "outcome", trace_id=trace["id"], at=None, stands=True, **said)


def _began(trace: dict[str, Any]) -> str | None:
    found = [trace.get("started_at"), *(step.get("at") for step in trace["steps"])]
    first = next((at for at in found if at), None)
    if first is None:
        return None
    at = datetime.fromisoformat(first)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def _insert(connection: sa.Connection, table: str, **row: Any) -> None:
    names = ", ".join(row)
    marks = ", ".join(f":{name}" for name in row)
    connection.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), row)
