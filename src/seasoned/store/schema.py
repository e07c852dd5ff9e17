"""The tables, as SQLAlchemy Core sees them. The migrations create them; a test holds the two together.

Times are ISO 8601 text in UTC, values are JSON text as their pydantic models dump it, so that both databases keep the
same bytes. The full-text index over traces is not here: see `fulltext`. Nor is the kind of
each index on PostgreSQL: to name it here would import that dialect for every store.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    UniqueConstraint,
)

from seasoned.store import prompt_tables
from seasoned.store.column_types import INTEGER, TEXT
from seasoned.store.metadata import metadata

anchor, canary_move, comparison = prompt_tables.anchor, prompt_tables.canary_move, prompt_tables.comparison
keeping, label_move, prompt = prompt_tables.keeping, prompt_tables.label_move, prompt_tables.prompt

setting = Table(
    "setting",
    metadata,
    Column("name", TEXT, primary_key=True),
    Column("value", TEXT, nullable=False),
)

trace = Table(
    "trace",
    metadata,
    Column("seq", INTEGER, primary_key=True, autoincrement=True),
    Column("id", TEXT, nullable=False, unique=True),
    Column("task_key", TEXT, nullable=False),
    Column("format", TEXT, nullable=False),
    Column("agent", TEXT, nullable=False),
    Column("model", TEXT, nullable=False),
    Column("n_steps", INTEGER, nullable=False),
    Column("verdict", Boolean),
    Column("score", Float),
    Column("body", TEXT, nullable=False),
    # What follows is read off the body, so that filters and sums need not load it: see `derived`.
    Column("started_at", TEXT),
    Column("n_errors", INTEGER, nullable=False, server_default="0"),
    Column("path", TEXT, nullable=False, server_default=""),
    Column("run_key", TEXT, nullable=False, server_default=""),
    Column("parent_id", TEXT),
    Column("input_tokens", INTEGER),
    Column("output_tokens", INTEGER),
    Column("cost_usd", Float),
    # The prompt of ours that the run was handed, and which skills of it were left out at random, as JSON.
    Column("prompt_id", TEXT),
    Column("exposures", TEXT),
    Index("ix_trace_prompt_id", "prompt_id"),
    Index("ix_trace_task_key", "task_key"),
    Index("ix_trace_run_key", "run_key"),
    Index("ix_trace_parent_id", "parent_id"),
    sqlite_autoincrement=True,
)

trace_step = Table(
    "trace_step",
    metadata,
    Column("trace_seq", INTEGER, ForeignKey("trace.seq"), primary_key=True),
    Column("kind", TEXT, primary_key=True),
    # The tool's name on calls; empty on every other kind.
    Column("name", TEXT, primary_key=True),
    Column("n", INTEGER, nullable=False),
    # Of calls: those whose result says that the tool failed.
    Column("n_failed", INTEGER, nullable=False),
    sqlite_with_rowid=False,
)

trace_blob = Table(
    "trace_blob",
    metadata,
    Column("trace_seq", INTEGER, ForeignKey("trace.seq"), primary_key=True),
    Column("sha256", TEXT, primary_key=True),
    Index("ix_trace_blob_sha256", "sha256"),
    sqlite_with_rowid=False,
)

outcome = Table(
    "outcome",
    metadata,
    Column("seq", INTEGER, primary_key=True, autoincrement=True),
    Column("trace_id", TEXT, ForeignKey("trace.id"), nullable=False),
    # NULL: known before this history was kept.
    Column("at", TEXT),
    Column("source", TEXT, nullable=False),
    Column("name", TEXT, nullable=False),
    # False: came with an import, contradicted what was known, and changed nothing.
    Column("stands", Boolean, nullable=False),
    Column("body", TEXT, nullable=False),
    Index("ix_outcome_trace_id", "trace_id"),
    sqlite_autoincrement=True,
)

erasure = Table(
    "erasure",
    metadata,
    Column("seq", INTEGER, primary_key=True, autoincrement=True),
    # No foreign key: the trace is gone.
    Column("trace_id", TEXT, nullable=False),
    Column("at", TEXT, nullable=False),
    Column("by", TEXT, nullable=False),
    Column("why", TEXT, nullable=False),
    Index("ix_erasure_trace_id", "trace_id"),
    sqlite_autoincrement=True,
)

span = Table(
    "span",
    metadata,
    Column("seq", INTEGER, primary_key=True, autoincrement=True),
    Column("trace_id", TEXT, nullable=False),
    Column("span_id", TEXT, nullable=False),
    # How much the report says: of two reports of one span the heavier one stays.
    Column("weight", INTEGER, nullable=False),
    # Redacted before it comes here.
    Column("body", TEXT, nullable=False),
    UniqueConstraint("trace_id", "span_id", name="uq_span_id"),
    sqlite_autoincrement=True,
)

inbox = Table(
    "inbox",
    metadata,
    # The sender's id of the trace, which becomes `run_key`.
    Column("trace_id", TEXT, primary_key=True),
    Column("changed_at", TEXT, nullable=False),
    Column("has_root", Boolean, nullable=False),
    # Counts the changes to the trace's spans; `settled` is the count that its runs were made from.
    Column("version", INTEGER, nullable=False),
    Column("settled", INTEGER, nullable=False),
    # Ids of the stored traces that were made from the spans, as JSON.
    Column("runs", TEXT, nullable=False),
    # Its spans are gone, by age or by erasure; what comes later is refused.
    Column("is_closed", Boolean, nullable=False),
    # Why no run came of it, or what its spans say of the run and is not believed; NULL where all is well.
    Column("problem", TEXT),
    # Digest of all that a lone model call says, by which the next one finds it; NULL for anything else, and once found.
    Column("said", TEXT),
    # The trace of the first call of the chain that this call continues.
    Column("joined_to", TEXT),
    # Hash of the key by which its run's skills were drawn; no two traces may share it. NULL where none were.
    Column("drawn_by", TEXT),
    Index("ix_inbox_changed_at", "changed_at"),
    Index("ix_inbox_said", "said"),
    Index("ix_inbox_joined_to", "joined_to"),
    Index("ix_inbox_drawn_by", "drawn_by", unique=True),
)

feedback = Table(
    "feedback",
    metadata,
    Column("seq", INTEGER, primary_key=True, autoincrement=True),
    Column("run_key", TEXT, nullable=False),
    Column("at", TEXT, nullable=False),
    Column("body", TEXT, nullable=False),
    Index("ix_feedback_run_key", "run_key"),
    sqlite_autoincrement=True,
)

reference = Table(
    "reference",
    metadata,
    Column("trace_id", TEXT, ForeignKey("trace.id"), primary_key=True),
    Column("body", TEXT, nullable=False),
)

blob = Table(
    "blob",
    metadata,
    Column("sha256", TEXT, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

book = Table(
    "book",
    metadata,
    Column("name", TEXT, primary_key=True),
    Column("revision", INTEGER, nullable=False),
    # A branch shares its parent's events up to the revision that it began from.
    Column("parent", TEXT),
    Column("parent_revision", INTEGER),
    # The rules of review as they stand, as JSON; NULL: none were set.
    Column("policy", TEXT),
)

book_merge = Table(
    "book_merge",
    metadata,
    Column("seq", INTEGER, primary_key=True, autoincrement=True),
    # The book that took the changes in, its revision afterwards, and the revision of the other one that they are up to.
    Column("book", TEXT, ForeignKey("book.name"), nullable=False),
    Column("revision", INTEGER, nullable=False),
    Column("source", TEXT, ForeignKey("book.name"), nullable=False),
    Column("source_revision", INTEGER, nullable=False),
    Column("at", TEXT, nullable=False),
    Column("by", TEXT, nullable=False),
    sqlite_autoincrement=True,
)

tag = Table(
    "tag",
    metadata,
    Column("book", TEXT, ForeignKey("book.name"), primary_key=True),
    Column("name", TEXT, primary_key=True),
    Column("revision", INTEGER, nullable=False),
    Column("at", TEXT, nullable=False),
    Column("by", TEXT, nullable=False),
    Column("reason", TEXT, nullable=False),
)

event = Table(
    "event",
    metadata,
    Column("book", TEXT, ForeignKey("book.name"), primary_key=True),
    Column("revision", INTEGER, primary_key=True),
    Column("key", TEXT, nullable=False),
    Column("at", TEXT, nullable=False),
    Column("operation", TEXT, nullable=False),
    # The skill that it changes, and the one that goes into it; read off the operation.
    Column("skill_id", TEXT, nullable=False, server_default=""),
    Column("merged_id", TEXT),
    UniqueConstraint("book", "key", name="uq_event_key"),
    Index("ix_event_skill", "book", "skill_id"),
    Index("ix_event_merged", "book", "merged_id"),
)

skill = Table(
    "skill",
    metadata,
    Column("book", TEXT, ForeignKey("book.name"), primary_key=True),
    Column("id", TEXT, primary_key=True),
    Column("born", INTEGER, nullable=False),
    Column("status", TEXT, nullable=False),
    Column("body", TEXT, nullable=False),
    Index("ix_skill_status", "book", "status"),
)

review_claim = Table(
    "review_claim",
    metadata,
    Column("book", TEXT, ForeignKey("book.name"), primary_key=True),
    Column("skill_id", TEXT, primary_key=True),
    # Who is to decide on it; NULL: anybody.
    Column("assignee", TEXT),
    # Who looks at it now, and until when nobody else does.
    Column("holder", TEXT),
    Column("held_until", TEXT),
)

rating = Table(
    "rating",
    metadata,
    Column("seq", INTEGER, primary_key=True, autoincrement=True),
    Column("book", TEXT, ForeignKey("book.name"), nullable=False),
    Column("skill_id", TEXT, nullable=False),
    # Revision of the book that brought the wording that was rated.
    Column("wording", INTEGER, nullable=False),
    # The run that the rating is about; empty where a person votes on the skill as such.
    Column("trace_id", TEXT, nullable=False),
    Column("source", TEXT, nullable=False),
    Column("by", TEXT, nullable=False),
    Column("verdict", TEXT, nullable=False),
    Column("at", TEXT, nullable=False),
    # Reason and evidence, as JSON.
    Column("body", TEXT, nullable=False),
    UniqueConstraint("book", "skill_id", "trace_id", "source", "by", name="uq_rating"),
    Index("ix_rating_trace", "trace_id"),
    sqlite_autoincrement=True,
)

exemplar = Table(
    "exemplar",
    metadata,
    Column("seq", INTEGER, primary_key=True, autoincrement=True),
    # The bank of a skillbook; the book need not have been written yet.
    Column("book", TEXT, nullable=False),
    Column("id", TEXT, nullable=False),
    Column("trace_id", TEXT, ForeignKey("trace.id"), nullable=False),
    Column("task_key", TEXT, nullable=False),
    Column("status", TEXT, nullable=False),
    Column("body", TEXT, nullable=False),
    UniqueConstraint("book", "id", name="uq_exemplar"),
    Index("ix_exemplar_trace", "trace_id"),
    sqlite_autoincrement=True,
)

reflection = Table(
    "reflection",
    metadata,
    Column("seq", INTEGER, primary_key=True, autoincrement=True),
    Column("book", TEXT, nullable=False),
    Column("id", TEXT, nullable=False),
    Column("task_key", TEXT, nullable=False),
    Column("trace_id", TEXT, ForeignKey("trace.id"), nullable=False),
    Column("body", TEXT, nullable=False),
    UniqueConstraint("book", "id", name="uq_reflection"),
    Index("ix_reflection_task", "book", "task_key"),
    Index("ix_reflection_trace", "trace_id"),
    sqlite_autoincrement=True,
)

# Not named `vector`: every table is a type on PostgreSQL, and pgvector's type has that name.
stored_vector = Table(
    "stored_vector",
    metadata,
    Column("seq", INTEGER, primary_key=True, autoincrement=True),
    # What is embedded, such as the exemplars of one book, and which of these; vectors of two embedders never meet.
    Column("collection", TEXT, nullable=False),
    Column("embedder", TEXT, nullable=False),
    Column("key", TEXT, nullable=False),
    # Digest of the text that was embedded: another text asks for another vector.
    Column("digest", TEXT, nullable=False),
    Column("n_dimensions", INTEGER, nullable=False),
    Column("data", LargeBinary, nullable=False),  # float32, little-endian, of length 1
    UniqueConstraint("collection", "embedder", "key", name="uq_vector"),
    Index("ix_vector_key", "key"),
    sqlite_autoincrement=True,
)

audit = Table(
    "audit",
    metadata,
    Column("seq", INTEGER, primary_key=True, autoincrement=True),
    Column("at", TEXT, nullable=False),
    Column("by", TEXT, nullable=False),
    # What was done, such as `import` or `backup`, to what, and the rest as JSON.
    Column("act", TEXT, nullable=False),
    Column("subject", TEXT, nullable=False),
    Column("detail", TEXT, nullable=False),
    sqlite_autoincrement=True,
)

run = Table(
    "run",
    metadata,
    Column("seq", INTEGER, primary_key=True, autoincrement=True),
    Column("id", TEXT, nullable=False, unique=True),
    Column("kind", TEXT, nullable=False),
    Column("state", TEXT, nullable=False),
    Column("config", TEXT, nullable=False),
    Column("summary", TEXT),
    Column("started_at", TEXT, nullable=False),
    Column("ended_at", TEXT),
    Column("owner", TEXT),
    Column("lease_until", TEXT),
    Column("book_revision", INTEGER),
    sqlite_autoincrement=True,
)

trial = Table(
    "trial",
    metadata,
    Column("run_id", TEXT, ForeignKey("run.id"), primary_key=True),
    Column("task_key", TEXT, primary_key=True),
    Column("trial", INTEGER, primary_key=True),
    # NULL: nothing came of it, since something outside of the agent failed.
    Column("trace_id", TEXT, ForeignKey("trace.id")),
    # Nothing is learned from it: its task is one to measure on, or its agent did nothing.
    Column("is_held_out", Boolean, nullable=False),
    # How it ended, how often it was tried, and in what it differs from the reference, as JSON.
    Column("body", TEXT, nullable=False),
    Index("ix_trial_trace", "trace_id"),
)

run_turn = Table(
    "run_turn",
    metadata,
    Column("run_id", TEXT, ForeignKey("run.id"), primary_key=True),
    Column("episode", INTEGER, primary_key=True),
    Column("turn", INTEGER, primary_key=True),
    Column("body", TEXT, nullable=False),
)

call = Table(
    "call",
    metadata,
    Column("seq", INTEGER, primary_key=True, autoincrement=True),
    Column("id", TEXT, nullable=False, unique=True),
    Column("run_id", TEXT, ForeignKey("run.id"), nullable=False),
    Column("request_hash", TEXT, nullable=False),
    Column("state", TEXT, nullable=False),
    Column("request", TEXT, nullable=False),
    Column("reply", TEXT),
    Column("cost_usd", Float),
    Column("error", TEXT),
    Column("started_at", TEXT, nullable=False),
    Column("ended_at", TEXT),
    Index("ix_call_run", "run_id", "request_hash"),
    sqlite_autoincrement=True,
)
