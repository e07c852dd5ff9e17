"""The tables of prompts: which are handed out, by which proof, and with which skills. See `schema`, which has all."""

from sqlalchemy import Boolean, Column, Float, Index, Table

from seasoned.store.column_types import INTEGER, TEXT
from seasoned.store.metadata import metadata

label_move = Table(
    "label_move",
    metadata,
    Column("seq", INTEGER, primary_key=True, autoincrement=True),
    Column("book", TEXT, nullable=False),
    Column("label", TEXT, nullable=False),
    # NULL: the label was taken away.
    Column("prompt_id", TEXT),
    Column("at", TEXT, nullable=False),
    Column("by", TEXT, nullable=False),
    Column("reason", TEXT, nullable=False),
    Index("ix_label_move", "book", "label"),
    sqlite_autoincrement=True,
)

# Every setting and ending of a canary: the prompt that a share of a label's runs are handed instead.
canary_move = Table(
    "canary_move",
    metadata,
    Column("seq", INTEGER, primary_key=True, autoincrement=True),
    Column("book", TEXT, nullable=False),
    Column("label", TEXT, nullable=False),
    # NULL: the canary was ended.
    Column("prompt_id", TEXT),
    Column("share", Float, nullable=False),
    # Number of the last trace that was there then: the canary's runs are among the later ones.
    Column("last_trace", INTEGER, nullable=False),
    Column("at", TEXT, nullable=False),
    Column("by", TEXT, nullable=False),
    Column("reason", TEXT, nullable=False),
    Index("ix_canary_move", "book", "label"),
    sqlite_autoincrement=True,
)

# Comparisons of two prompts, which the gate before a label asks for.
comparison = Table(
    "comparison",
    metadata,
    Column("seq", INTEGER, primary_key=True, autoincrement=True),
    Column("book", TEXT, nullable=False),
    # Empty: the runs were handed no prompt of ours.
    Column("baseline_id", TEXT, nullable=False),
    Column("candidate_id", TEXT, nullable=False),
    Column("passes", Boolean, nullable=False),
    Column("at", TEXT, nullable=False),
    Column("by", TEXT, nullable=False),
    # The figures, as JSON: numbers, verdicts and keys of tasks.
    Column("body", TEXT, nullable=False),
    Index("ix_comparison_candidate", "candidate_id"),
    sqlite_autoincrement=True,
)

# Tasks on which a prompt of this book must not do worse than the one before it.
anchor = Table(
    "anchor",
    metadata,
    Column("book", TEXT, primary_key=True),
    Column("task_key", TEXT, primary_key=True),
    Column("at", TEXT, nullable=False),
    Column("by", TEXT, nullable=False),
    Column("reason", TEXT, nullable=False),
)

# How likely a skill is kept in the prompt of a run; a skill without a row is kept as the book's others are.
keeping = Table(
    "keeping",
    metadata,
    Column("book", TEXT, primary_key=True),
    # Empty: the rule for all other skills of the book.
    Column("skill_id", TEXT, primary_key=True),
    Column("probability", Float, nullable=False),
    Column("at", TEXT, nullable=False),
    Column("by", TEXT, nullable=False),
    Column("reason", TEXT, nullable=False),
)

prompt = Table(
    "prompt",
    metadata,
    Column("seq", INTEGER, primary_key=True, autoincrement=True),
    Column("id", TEXT, nullable=False, unique=True),
    Column("at", TEXT, nullable=False),
    Column("body", TEXT, nullable=False),
    sqlite_autoincrement=True,
)
