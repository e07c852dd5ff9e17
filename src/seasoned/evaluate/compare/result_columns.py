"""Which columns of a table of results name the task, the trial and the verdict, and what stands in them.

Names are compared in lower case with underscores, so that `Task ID` and `taskId` are `task_id`. Knows nothing of files.
Pure; raises nothing.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from pydantic import JsonValue

from seasoned.core.outcome import SUCCESS_SCORE
from seasoned.core.trace import Usage
from seasoned.ingest.labels import VERDICT_WORDS
from seasoned.ingest.narrow import as_label, as_number

KEYS: tuple[tuple[str, ...], ...] = (
    ("task_id", "task_key"),
    ("instance_id", "question_id", "example_id", "sample_id", "problem_id", "case_id", "test_id", "doc_id"),
    ("key", "task", "id", "name"),
)
"""Names of a column with the task's key. Those before win over those behind; those together must tell rows apart in
the same way."""
PASSED = (
    "success",
    "is_success",
    "passed",
    "is_passed",
    "pass",
    "correct",
    "is_correct",
    "resolved",
    "is_resolved",
    "solved",
    "is_solved",
    "verdict",
)
"""Columns that say whether a run succeeded."""
SCORES = ("score", "reward", "exact_match", "acc")
"""Columns with a score, which says it where no other column does."""
VERDICTS = (*PASSED, *SCORES)
TRIALS = ("trial", "trial_id", "attempt", "epoch")
_THAT_MATTER = frozenset((*VERDICTS, *TRIALS, *(name for tier in KEYS for name in tier)))
_COST = ("cost_usd", "cost", "total_cost")
_TOKENS = ("tokens", "n_tokens", "total_tokens")
_INPUT_TOKENS = ("input_tokens", "prompt_tokens")
_OUTPUT_TOKENS = ("output_tokens", "completion_tokens")
_DURATION = ("duration_s", "latency_s", "duration_seconds", "latency_seconds")
_METRICS = frozenset(
    ("acc", "accuracy", "f1", "precision", "recall", "mean", "average", "avg", "stderr", "success_rate", "pass_rate")
)
"""Keys that a summary has and a table of tasks has not."""
_METRIC = re.compile(r"pass[@^]\d+|.*(?:_rate|_acc|_accuracy|_mean|_stderr)")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SPACE = re.compile(r"[\s\-]+")

Row = Mapping[str, JsonValue]
"""A row by the plain names of its columns."""


def plain_row(record: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """A record by the plain names of its columns; of two that read alike the first."""
    row: dict[str, JsonValue] = {}
    for name, value in record.items():
        row.setdefault(plain_name(name), value)
    return row


@lru_cache(maxsize=4096)
def plain_name(name: str) -> str:
    """A column's name in lower case, its words apart by underscores."""
    return _SPACE.sub("_", _HUMP.sub("_", name.strip())).lower()


def said_twice(record: Mapping[str, JsonValue]) -> str:
    """A column that matters, of which the record holds two that differ; empty where there is none."""
    row = plain_row(record)
    doubled = (plain_name(name) for name, value in record.items() if row[plain_name(name)] != value)
    return next((name for name in doubled if name in _THAT_MATTER), "")


def has_verdict(record: Mapping[str, JsonValue]) -> bool:
    """Whether one of the columns could be the verdict."""
    return not plain_row(record).keys().isdisjoint(VERDICTS)


@dataclass(frozen=True, slots=True)
class Said:
    """What one cell says of how a run ended."""

    score: float | None = None
    """In [0, 1]; None where the cell does not say it."""
    why_not: str = ""

    @property
    def passed(self) -> bool | None:
        """Whether that is a success."""
        return None if self.score is None else self.score >= SUCCESS_SCORE


def said_in(cell: JsonValue) -> Said:
    """What a cell says: true or false in any spelling, or a number in [0, 1]."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return Said(why_not="is missing")
    if isinstance(cell, str) and (word := cell.strip().lower()) in VERDICT_WORDS:
        return Said(score=float(VERDICT_WORDS[word]))
    number = _number(cell)
    if number is None:
        return Said(why_not="is neither a number nor true or false (pass or fail, yes or no)")
    return Said(score=number) if 0.0 <= number <= 1.0 else Said(why_not="is not within 0 and 1")


def disagree(said: Mapping[str, Said]) -> bool:
    """Whether two columns of one row cannot both be right.

    A score between 0 and 1 goes with either word, as only the log knows what its bar is.
    """
    words = {each.passed for name, each in said.items() if name in PASSED and each.passed is not None}
    scores = {each.score for name, each in said.items() if name in SCORES and each.score is not None}
    told = words | {score == 1.0 for score in scores if score in (0.0, 1.0)}
    return len(told) > 1 or (not words and len({score >= SUCCESS_SCORE for score in scores}) > 1)


def is_summary(keys: Iterable[str]) -> bool:
    """Whether an object's keys are those of rates over tasks rather than of tasks."""
    return any(plain in _METRICS or _METRIC.fullmatch(plain) for plain in map(plain_name, keys))


def key_in(row: Row, column: str) -> str:
    """The task's key as text; empty where there is none."""
    return as_label(row.get(column)).strip()


def usage_in(row: Row) -> Usage:
    """What the row says that the run cost, as far as it does."""
    n_in, n_out = _count(row, _INPUT_TOKENS), _count(row, _OUTPUT_TOKENS)
    if (n_all := _count(row, _TOKENS)) is not None and (n_in is None or n_out is None):
        # A trace keeps input and output apart; only their sum is looked at here, and no such trace is stored.
        n_in, n_out = n_all, 0
    return Usage(
        cost_usd=_amount(row, _COST), input_tokens=n_in, output_tokens=n_out, duration_s=_amount(row, _DURATION)
    )


def text_in(row: Row, column: str) -> str:
    """A name that the row says; empty where it says none."""
    return as_label(row.get(column)).strip()


def _amount(row: Row, names: Iterable[str]) -> float | None:
    found = (_number(row[name]) for name in names if name in row)
    return next((amount for amount in found if amount is not None and amount >= 0.0), None)


def _count(row: Row, names: Iterable[str]) -> int | None:
    amount = _amount(row, names)
    return None if amount is None else round(amount)


def _number(cell: JsonValue) -> float | None:
    if isinstance(cell, str):
        try:
            number = float(cell)
        except ValueError:
            return None
        return number if math.isfinite(number) else None
    return as_number(cell)
