"""Tables of results: who passed what, without the runs behind it, as runs that have a verdict and no steps.

Rows with a task's key and a verdict (JSON lines, a JSON array, CSV, Parquet), an object `{key: verdict}` or
`{key: row}`, and reports of SWE-bench's kind (`resolved_ids` beside `submitted_ids` and others). It reads as a format
does, but is none of the installed ones: only what measures runs asks it, and only for a file that no format claims, so
that label files and predictions are never taken for runs elsewhere.

A table is looked through twice: which column is what, and whether that is clear, and then row by row. What makes the
table as a whole unclear is its only problem, and no run is read. A row whose verdict cannot be read is a problem and a
run without a verdict. Raises nothing.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from seasoned.core.outcome import Outcome
from seasoned.core.trace import Source, Task, Trace
from seasoned.evaluate.compare.result_columns import (
    KEYS,
    PASSED,
    SCORES,
    TRIALS,
    VERDICTS,
    Row,
    Said,
    disagree,
    has_verdict,
    is_summary,
    key_in,
    plain_row,
    said_in,
    said_twice,
    text_in,
    usage_in,
)
from seasoned.ingest.attempt import attempt
from seasoned.ingest.detect import MIN_CONFIDENCE
from seasoned.ingest.files.document import Document
from seasoned.ingest.format import Detection, Parsed, Problem, Sample
from seasoned.ingest.mapped import records_of
from seasoned.ingest.narrow import as_label, as_list, as_object
from seasoned.ingest.record import Record

RESULTS = "results"
"""What stands in `Trace.source.format` of such a run."""
RESOLVED = "resolved_ids"
_OTHERS = ("unresolved_ids", "submitted_ids", "completed_ids", "empty_patch_ids", "error_ids")
"""Runs that were there; the benchmark counts those that are not resolved as failures."""
_LEAST = 2
"""Entries of an object of verdicts."""
_NAMED = ", ".join(f"`{name}`" for tier in KEYS for name in tier)


class ResultTable:
    """Reads tables of results as a format reads its files; the registry does not know it."""

    name = RESULTS

    def detect(self, sample: Sample) -> Detection | None:
        """The least of all claims, on rows with a verdict, verdicts by task, or lists of resolved tasks."""
        rows = [as_object(record) for record in sample.rows or sample.records]
        if any(map(has_verdict, rows)):
            reason = "rows with a verdict"
        elif sample.layout == "object" and _rows_within(sample.first) is not None:
            reason = "verdicts by task"
        else:
            return None
        return Detection(format=self.name, confidence=MIN_CONFIDENCE, reason=reason)

    def read(self, document: Document) -> Iterator[Parsed | Problem]:
        """A run for each row, or what makes the table unclear."""
        survey = _Survey()
        for item in _rows_of(document):
            if isinstance(item, Record):
                survey.see(as_object(item.value), item.where)
        if survey.unclear:
            yield Problem(where="file", why=survey.unclear)
            return
        reader = _RowReader(survey.columns, document.path, document.digest()[:16])
        for item in _rows_of(document):
            if isinstance(item, Problem):
                yield item
                continue
            yield from reader.runs(plain_row(as_object(item.value)), item.where)
        yield from (Problem(where="file", why=why) for why in survey.notices)


def _rows_of(document: Document) -> Iterator[Record | Problem]:
    """The rows of a table, also of one that is an object by task."""
    for item in records_of(document):
        within = _rows_within(as_object(item.value)) if isinstance(item, Record) and item.where == "file" else None
        if within is None:
            yield item
        else:
            yield from within


def _rows_within(value: dict[str, JsonValue]) -> list[Record] | None:
    """The rows that an object holds; None where it is itself a row, or no table."""
    if RESOLVED in value:
        return _rows_of_report(value)
    if len(value) < _LEAST or has_verdict(value) or is_summary(value):
        return None
    rows: list[dict[str, JsonValue]] = []
    for key, said in value.items():
        if isinstance(said, dict) and has_verdict(said):
            rows.append({**said, KEYS[0][0]: key})
        elif isinstance(said, bool) or (isinstance(said, (int, float)) and said_in(said).score is not None):
            rows.append({KEYS[0][0]: key, PASSED[0] if isinstance(said, bool) else SCORES[0]: said})
        elif said is None or said in ("NaN", "Infinity", "-Infinity"):
            rows.append({KEYS[0][0]: key, SCORES[0]: said})
        else:
            return None
    return [Record(row, f"entry {number}") for number, row in enumerate(rows, 1)] if any(map(_is_told, rows)) else None


def _is_told(row: Row) -> bool:
    return any(said_in(row[name]).score is not None for name in VERDICTS if name in row)


def _rows_of_report(value: dict[str, JsonValue]) -> list[Record] | None:
    listed = [name for name in _OTHERS if isinstance(value.get(name), list)]
    if not isinstance(value[RESOLVED], list) or not listed:
        return None
    resolved = dict.fromkeys(as_label(key) for key in as_list(value[RESOLVED]))
    others = dict.fromkeys(as_label(key) for name in listed for key in as_list(value[name]))
    rows: list[JsonValue] = [
        {KEYS[1][0]: key, "resolved": key in resolved} for key in {**others, **resolved} if key.strip()
    ]
    return [Record(row, f"entry {number}") for number, row in enumerate(rows, 1)]


@dataclass(frozen=True, slots=True)
class _Columns:
    """Which column is what."""

    key: str
    verdicts: tuple[str, ...]
    """The first that says something decides."""
    trial: str | None


@dataclass(slots=True)
class _Survey:
    """What a table's columns are, and whether that is clear, as found row by row."""

    n_rows: int = 0
    n_between: int = 0
    """Rows with nothing but a score between 0 and 1."""
    names: Counter[str] = field(default_factory=Counter[str])
    makers: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    broken: str = ""
    """What two rows, or two columns of one, contradict each other in."""
    _groups: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict[str, dict[str, tuple[str, ...]]])
    """By a column that could be the key, and by its values, what the others of its rank say."""
    _lines: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    """By key and trial, where the row stands."""
    _apart: set[str] = field(default_factory=set[str])

    def see(self, record: Row, where: str) -> None:
        """Look at one more row."""
        row = plain_row(record)
        self.n_rows += 1
        if not self.broken and (name := said_twice(record)):
            self.broken = f"two columns at {where} read as `{name}` and differ; keep one of them"
        self.names.update(name for name, cell in row.items() if cell is not None)
        self.makers.add((text_in(row, "model"), text_in(row, "agent")))
        said = {name: said_in(row[name]) for name in VERDICTS if name in row}
        if not self.broken and disagree(said):
            self.broken = f"{_listed(said)} disagree at {where} on whether the run passed; keep one of these columns"
        told = [each.score for each in said.values() if each.score is not None]
        self.n_between += bool(told) and all(0.0 < score < 1.0 for score in told)
        for tier in KEYS:
            self._group(row, [name for name in tier if name in row])
        self._pair(row, where)

    def _group(self, row: Row, names: list[str]) -> None:
        """Remember which columns of one rank tell rows apart in different ways."""
        if len(names) < 2:
            return
        cells = tuple(key_in(row, name) for name in names)
        for name, cell in zip(names, cells, strict=True):
            if self._groups.setdefault(name, {}).setdefault(cell, cells) != cells:
                self._apart.update(names)

    def _pair(self, row: Row, where: str) -> None:
        """Two rows of one trial of one task contradict each other, whatever they say."""
        trial = next((text_in(row, name) for name in TRIALS if text_in(row, name)), "")
        key = next((key_in(row, name) for tier in KEYS for name in tier if key_in(row, name)), "")
        if not trial or not key or self.broken:
            return
        first = self._lines.setdefault((key, trial), where)
        if first != where:
            column = next(name for name in TRIALS if text_in(row, name))
            self.broken = (
                f"{first} and {where} are of the same task and the same `{column}`; number the trials, leave the "
                "column out (rows of one task then are its trials in order), or give each agent a file of its own"
            )

    @property
    def unclear(self) -> str:
        """Why the table cannot be read as a whole; empty where it can."""
        if not self.n_rows:
            return "no row in it"
        tier = self._tier()
        if not tier:
            return f"no column names the task of a row; name one of {_NAMED}"
        if len(tier) > 1 and self._apart.issuperset(tier):
            return (
                f"the columns {_listed(tier)} could each name the task, and do not tell rows apart in the same way; "
                "call the right one `task_id`"
            )
        if not any(name in self.names for name in VERDICTS):
            return f"no row says in {_listed(VERDICTS)} whether the run passed"
        return self.broken

    @property
    def notices(self) -> list[str]:
        """What to know of the table, though it can be read."""
        said: list[str] = []
        if self.n_between:
            said.append(
                f"of {self.n_rows} rows {self.n_between} have a score between 0 and 1 alone, which counts as not "
                "passed; a column `passed` would say it otherwise"
            )
        if len(self.makers) > 1:
            said.append(
                f"its rows name {len(self.makers)} different agents or models and are taken together; to compare "
                "these, give each a file of its own"
            )
        return said

    @property
    def columns(self) -> _Columns:
        """Which column is what, where that is clear."""
        found = [name for name in VERDICTS if name in self.names]
        trial = next((name for name in TRIALS if name in self.names), None)
        return _Columns(key=self._tier()[0], verdicts=tuple(found), trial=trial)

    def _tier(self) -> list[str]:
        """The columns of the first rank that could be the key; one that is the same in all rows names no task."""
        found = next((found for tier in KEYS if (found := [name for name in tier if name in self.names])), list[str]())
        return [name for name in found if len(self._groups.get(name, ())) != 1] or found


class _RowReader:
    """Makes runs of rows; knows how often each task was met."""

    def __init__(self, columns: _Columns, path: str, digest: str) -> None:
        self._columns, self._path, self._digest = columns, path, digest
        self._n_met: Counter[str] = Counter()

    def runs(self, row: Row, where: str) -> Iterator[Parsed | Problem]:
        """The run of a row, and what is wrong with its verdict."""
        key = key_in(row, self._columns.key)
        if not key:
            yield Problem(where=where, why=f"no `{self._columns.key}` in it")
            return
        self._n_met[key] += 1
        said = {name: said_in(row.get(name)) for name in self._columns.verdicts}
        if not any(each.score is not None for each in said.values()):
            yield Problem(where=where, why=_why_not(said))
        yield attempt(lambda: self._run(row, key, said, where), where)

    def _run(self, row: Row, key: str, said: Mapping[str, Said], where: str) -> Parsed:
        trial = text_in(row, self._columns.trial) if self._columns.trial else ""
        run = Trace.of(
            task=Task(key=key, text=""),
            steps=(),
            source=Source(
                format=RESULTS,
                path=self._path,
                where=where,
                # The same key and trial in two files are two runs, but not where one file is a copy of the other.
                run_key=f"{self._digest}, {f'trial {trial}' if trial else f'row {self._n_met[key]}'}",
            ),
            outcome=_outcome(said),
            usage=usage_in(row),
            model=text_in(row, "model"),
            agent=text_in(row, "agent"),
        )
        return Parsed(trace=run)


def _outcome(said: Mapping[str, Said]) -> Outcome | None:
    """What the first column says that says anything; a score stands beside a word."""
    name = next((name for name, each in said.items() if each.score is not None), None)
    if name is None:
        return None
    score = next((said[name].score for name in SCORES if name in said and said[name].score is not None), None)
    return Outcome(success=said[name].passed, score=score, source="verifier", name=name)


def _why_not(said: Mapping[str, Said]) -> str:
    whys = " and ".join(f"its `{name}` {each.why_not}" for name, each in said.items())
    return f"{whys}; the run counts as one without a verdict"


def _listed(names: Mapping[str, Said] | list[str] | tuple[str, ...]) -> str:
    return " and ".join(f"`{name}`" for name in names) if len(names) < 3 else ", ".join(f"`{name}`" for name in names)
