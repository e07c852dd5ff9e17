"""Verdicts from a CSV file: which run, how it ended, who says so.

One column names the run (`trace`, `id` or `trace_id`: the beginning of an id; `run_key` or `external_id`: the log's own
key of the run; `task_key` or `task`: its task), or several that must agree. `success` (or `verdict`), `score` and
`feedback` say how it ended, `by` who says so. Knows nothing of stores. A row that does not parse is a `Problem`;
`UsageError` is raised for a file that cannot be read or has no such columns.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping

from seasoned.core.outcome import SUCCESS_SCORE, Outcome, OutcomeSource
from seasoned.core.value import Text, Value
from seasoned.errors import UsageError
from seasoned.ingest.record import Problem

COLUMNS: dict[str, str] = {
    "trace": "trace",
    "id": "trace",
    "trace_id": "trace",
    "run_key": "run_key",
    "external_id": "run_key",
    "task_key": "task_key",
    "task": "task_key",
    "success": "success",
    "verdict": "success",
    "score": "score",
    "feedback": "feedback",
    "by": "by",
}
"""What each heading means; other columns are passed over."""
NAMING = ("trace", "run_key", "task_key")
VERDICT_WORDS = {
    **dict.fromkeys(("true", "1", "yes", "pass", "passed", "success"), True),
    **dict.fromkeys(("false", "0", "no", "fail", "failed", "failure"), False),
}
"""Success and failure as tables write them, in lower case."""


class Label(Value):
    """One row: a verdict on a run."""

    where: str
    """`line 12`."""
    trace: Text = ""
    """The beginning of an id, or empty."""
    run_key: Text = ""
    task_key: Text = ""
    outcome: Outcome


def read_labels(lines: Iterable[str], *, source: OutcomeSource, by: str, where: str) -> Iterator[Label | Problem]:
    """The labels of a CSV file, row by row.

    Args:
        lines: The file's lines, with their ends.
        source: Whose verdicts these are.
        by: Name of who says so, for rows without a `by`.
        where: The file, for errors.

    Raises:
        UsageError: The file has no heading that names runs, or none that says how they ended.
    """
    rows = csv.reader(lines)
    try:
        headings = [COLUMNS.get(cell.strip().lower().removeprefix("\ufeff"), "") for cell in next(rows, list[str]())]
        _check(headings, where)
        for row in rows:
            if any(cell.strip() for cell in row):
                yield _label(headings, row, f"line {rows.line_num}", source, by)
    except (csv.Error, UnicodeDecodeError) as cause:
        yield Problem(where=f"line {rows.line_num + 1}", why=f"nothing can be read from here on: {cause}")


def _check(headings: list[str], where: str) -> None:
    known = [heading for heading in headings if heading]
    twice = next((h for h in known if known.count(h) > 1), None)
    why = None
    if not set(known) & set(NAMING):
        why = "no column names the runs"
    elif not set(known) & {"success", "score"}:
        why = "no column says how they ended"
    elif twice is not None:
        why = f"two columns mean {twice}"
    if why is not None:
        hint = "the first line needs one of trace, run_key, task_key, and success or score; feedback and by may follow"
        raise UsageError("these labels cannot be read", where=where, why=why, hint=hint)


def _label(headings: list[str], row: list[str], where: str, source: OutcomeSource, by: str) -> Label | Problem:
    if len(row) != len(headings):
        return Problem(where=where, why=f"{len(row)} cells under {len(headings)} headings")
    cells = {heading: cell.strip() for heading, cell in zip(headings, row, strict=True) if heading}
    try:
        outcome = _outcome(cells, source, by)
    except ValueError as error:
        return Problem(where=where, why=str(error))
    named = {name: cells.get(name, "") for name in NAMING}
    if not any(named.values()):
        return Problem(where=where, why="it names no run")
    return Label(where=where, outcome=outcome, **named)


def _outcome(cells: Mapping[str, str], source: OutcomeSource, by: str) -> Outcome:
    word, number = cells.get("success", "").lower(), cells.get("score", "")
    if not word and not number:
        raise ValueError("it says neither success nor score")
    if word and word not in VERDICT_WORDS:
        raise ValueError("success is neither true nor false (pass or fail, yes or no, 1 or 0)")
    return outcome_of(
        success=VERDICT_WORDS[word] if word else None,
        score=_score(number) if number else None,
        source=source,
        name=cells.get("by") or by,
        feedback=cells.get("feedback", ""),
    )


def _score(number: str) -> float:
    try:
        score = float(number)
    except ValueError:
        raise ValueError("score is no number") from None
    if not 0 <= score <= 1:
        raise ValueError("score is not within 0 and 1")
    return score


def outcome_of(
    *, success: bool | None, score: float | None, source: OutcomeSource, name: str, feedback: str
) -> Outcome:
    """An outcome from a word, a score in [0, 1], or both; a score alone succeeds when it reaches `SUCCESS_SCORE`."""
    if success is None and score is not None:
        success = score >= SUCCESS_SCORE
    return Outcome(success=success, score=score, source=source, name=name, feedback=feedback)
