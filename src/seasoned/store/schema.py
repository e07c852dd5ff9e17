"""The tables, as SQLAlchemy Core sees them. The migrations create them; a test holds the two together.

Times are ISO 8601 text in UTC, values are JSON text as their pydantic models dump it, so that both databases keep the
same bytes. The full-text index over traces is not here: see `fulltext`.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

setting = Table(
    "setting",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

trace = Table(
    "trace",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("task_key", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("n_steps", Integer, nullable=False),
    Column("verdict", Boolean),
    Column("score", Float),
    Column("body", Text, nullable=False),
    # What follows is read off the body, so that filters and sums need not load it: see `derived`.
    Column("started_at", Text),
    Column("n_errors", Integer, nullable=False, server_default="0"),
    Column("path", Text, nullable=False, server_default=""),
    Column("run_key", Text, nullable=False, server_default=""),
    Column("parent_id", Text),
    Column("input_tokens", Integer),
    Column("output_tokens", Integer),
    Column("cost_usd", Float),
    Index("ix_trace_task_key", "task_key"),
    Index("ix_trace_run_key", "run_key"),
    Index("ix_trace_parent_id", "parent_id"),
    sqlite_autoincrement=True,
)

trace_step = Table(
    "trace_step",
    metadata,
    Column("trace_seq", Integer, ForeignKey("trace.seq"), primary_key=True),
    Column("kind", Text, primary_key=True),
    # The tool's name on calls; empty on every other kind.
    Column("name", Text, primary_key=True),
    Column("n", Integer, nullable=False),
    # Of calls: those whose result says that the tool failed.
    Column("n_failed", Integer, nullable=False),
    sqlite_with_rowid=False,
)

trace_blob = Table(
    "trace_blob",
    metadata,
    Column("trace_seq", Integer, ForeignKey("trace.seq"), primary_key=True),
    Column("sha256", Text, primary_key=True),
    Index("ix_trace_blob_sha256", "sha256"),
    sqlite_with_rowid=False,
)

outcome = Table(
    "outcome",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("trace_id", Text, ForeignKey("trace.id"), nullable=False),
    # NULL: known before this history was kept.
    Column("at", Text),
    Column("source", Text, nullable=False),
    Column("name", Text, nullable=False),
    # False: came with an import, contradicted what was known, and changed nothing.
    Column("stands", Boolean, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_outcome_trace_id", "trace_id"),
    sqlite_autoincrement=True,
)

erasure = Table(
    "erasure",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    # No foreign key: the trace is gone.
    Column("trace_id", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Index("ix_erasure_trace_id", "trace_id"),
    sqlite_autoincrement=True,
)

span = Table(
    "span",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("trace_id", Text, nullable=False),
    Column("span_id", Text, nullable=False),
    # How much the report says: of two reports of one span the heavier one stays.
    Column("weight", Integer, nullable=False),
    # Redacted before it comes here.
    Column("body", Text, nullable=False),
    UniqueConstraint("trace_id", "span_id", name="uq_span_id"),
    sqlite_autoincrement=True,
)

inbox = Table(
    "inbox",
    metadata,
    # The sender's id of the trace, which becomes `run_key`.
    Column("trace_id", Text, primary_key=True),
    Column("changed_at", Text, nullable=False),
    Column("has_root", Boolean, nullable=False),
    # Counts the changes to the trace's spans; `settled` is the count that its runs were made from.
    Column("version", Integer, nullable=False),
    Column("settled", Integer, nullable=False),
    # Ids of the stored traces that were made from the spans, as JSON.
    Column("runs", Text, nullable=False),
    # Its spans are gone, by age or by erasure; what comes later is refused.
    Column("is_closed", Boolean, nullable=False),
    # Why no run came of it; NULL where one did.
    Column("problem", Text),
    # Digest of all that a lone model call says, by which the next one finds it; NULL for anything else, and once found.
    Column("said", Text),
    # The trace of the first call of the chain that this call continues.
    Column("joined_to", Text),
    Index("ix_inbox_changed_at", "changed_at"),
    Index("ix_inbox_said", "said"),
    Index("ix_inbox_joined_to", "joined_to"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("run_key", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_feedback_run_key", "run_key"),
    sqlite_autoincrement=True,
)

reference = Table(
    "reference",
    metadata,
    Column("trace_id", Text, ForeignKey("trace.id"), primary_key=True),
    Column("body", Text, nullable=False),
)

blob = Table(
    "blob",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

book = Table(
    "book",
    metadata,
    Column("name", Text, primary_key=True),
    Column("revision", Integer, nullable=False),
    # A branch shares its parent's events up to the revision that it began from.
    Column("parent", Text),
    Column("parent_revision", Integer),
    # The rules of review as they stand, as JSON; NULL: none were set.
    Column("policy", Text),
)

book_merge = Table(
    "book_merge",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    # The book that took the changes in, its revision afterwards, and the revision of the other one that they are up to.
    Column("book", Text, ForeignKey("book.name"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("source", Text, ForeignKey("book.name"), nullable=False),
    Column("source_revision", Integer, nullable=False),
    Column("at", Text, nullable=False),
    Column("by", Text, nullable=False),
    sqlite_autoincrement=True,
)

tag = Table(
    "tag",
    metadata,
    Column("book", Text, ForeignKey("book.name"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("at", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

event = Table(
    "event",
    metadata,
    Column("book", Text, ForeignKey("book.name"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("key", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("operation", Text, nullable=False),
    # The skill that it changes, and the one that goes into it; read off the operation.
    Column("skill_id", Text, nullable=False, server_default=""),
    Column("merged_id", Text),
    UniqueConstraint("book", "key", name="uq_event_key"),
    Index("ix_event_skill", "book", "skill_id"),
    Index("ix_event_merged", "book", "merged_id"),
)

skill = Table(
    "skill",
    metadata,
    Column("book", Text, ForeignKey("book.name"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("born", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_skill_status", "book", "status"),
)

review_claim = Table(
    "review_claim",
    metadata,
    Column("book", Text, ForeignKey("book.name"), primary_key=True),
    Column("skill_id", Text, primary_key=True),
    # Who is to decide on it; NULL: anybody.
    Column("assignee", Text),
    # Who looks at it now, and until when nobody else does.
    Column("holder", Text),
    Column("held_until", Text),
)

rating = Table(
    "rating",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("book", Text, ForeignKey("book.name"), nullable=False),
    Column("skill_id", Text, nullable=False),
    # Revision of the book that brought the wording that was rated.
    Column("wording", Integer, nullable=False),
    # The run that the rating is about; empty where a person votes on the skill as such.
    Column("trace_id", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("at", Text, nullable=False),
    # Reason and evidence, as JSON.
    Column("body", Text, nullable=False),
    UniqueConstraint("book", "skill_id", "trace_id", "source", "by", name="uq_rating"),
    Index("ix_rating_trace", "trace_id"),
    sqlite_autoincrement=True,
)

label_move = Table(
    "label_move",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("book", Text, nullable=False),
    Column("label", Text, nullable=False),
    # NULL: the label was taken away.
    Column("prompt_id", Text),
    Column("at", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index("ix_label_move", "book", "label"),
    sqlite_autoincrement=True,
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("at", Text, nullable=False),
    Column("by", Text, nullable=False),
    # What was done, such as `import` or `backup`, to what, and the rest as JSON.
    Column("act", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    sqlite_autoincrement=True,
)

prompt = Table(
    "prompt",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("at", Text, nullable=False),
    Column("body", Text, nullable=False),
    sqlite_autoincrement=True,
)

run = Table(
    "run",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("config", Text, nullable=False),
    Column("summary", Text),
    Column("started_at", Text, nullable=False),
    Column("ended_at", Text),
    Column("owner", Text),
    Column("lease_until", Text),
    Column("book_revision", Integer),
    sqlite_autoincrement=True,
)

run_turn = Table(
    "run_turn",
    metadata,
    Column("run_id", Text, ForeignKey("run.id"), primary_key=True),
    Column("episode", Integer, primary_key=True),
    Column("turn", Integer, primary_key=True),
    Column("body", Text, nullable=False),
)

call = Table(
    "call",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("run_id", Text, ForeignKey("run.id"), nullable=False),
    Column("request_hash", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("request", Text, nullable=False),
    Column("reply", Text),
    Column("cost_usd", Float),
    Column("error", Text),
    Column("started_at", Text, nullable=False),
    Column("ended_at", Text),
    Index("ix_call_run", "run_id", "request_hash"),
    sqlite_autoincrement=True,
)
