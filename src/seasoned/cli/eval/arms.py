"""Arms of a comparison as a user names them: files and folders of runs, or the stored runs split by what they share.

Raises `UsageError` for a word that names no runs, and what the store raises.
"""

import secrets
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

from pydantic import JsonValue

from seasoned.cli.imports import ERRORS_SHOWN, ReadOptions
from seasoned.cli.output import note
from seasoned.cli.place import Open
from seasoned.cli.which_prompt import named_prompt
from seasoned.config import Settings
from seasoned.core.comparison import NO_PROMPT
from seasoned.core.marks import GIVEN, shown_in
from seasoned.core.text import plural
from seasoned.core.trace import Trace
from seasoned.core.trial import Difference
from seasoned.errors import UsageError
from seasoned.evaluate.agents.working import FORMAT
from seasoned.evaluate.compare.arms import Arm, ArmReader
from seasoned.evaluate.compare.comparing import Background
from seasoned.evaluate.compare.floors import passes_by_nothing
from seasoned.evaluate.compare.prompts_in_runs import PromptsInRuns
from seasoned.evaluate.compare.recording import Origin
from seasoned.evaluate.compare.result_tables import RESULTS, ResultTable
from seasoned.evaluate.compare.runs import evaluation_run, n_due_in, name_of_run, prompt_of_run, trials_of_run
from seasoned.evaluate.graders.differences import differences_of
from seasoned.ingest.importing import read_paths
from seasoned.ingest.processes.parallel import usable_cores
from seasoned.ingest.redaction.policy import Policy
from seasoned.ingest.registry import installed_formats
from seasoned.ingest.report import FileReport
from seasoned.learn.injected import MIN_WHOLE_WORDS, plain_words
from seasoned.learn.judged.handed import HandedSkills
from seasoned.store.store import Store
from seasoned.store.traces.references import content_of
from seasoned.store.traces.trace_filter import TraceFilter

By = Literal["prompt", "model", "agent"]
_OF_RUNS = "run-"
"""What the ids of runs begin with."""
MEASURED_BY = ("suite", "suite_hash", "graders", "agent", "timeout_s")
"""What of an evaluation's configuration has to be the same for its prompts to be compared."""
UNNAMED: dict[By, str] = {"prompt": "no prompt of ours", "model": "unknown model", "agent": "unknown agent"}
"""What runs are called together that nothing is known about."""


@dataclass
class Gathered:
    """Arms while their runs are read, and what else the runs tell."""

    readers: dict[str, ArmReader] = field(default_factory=dict[str, ArmReader])
    free: dict[str, bool] = field(default_factory=dict[str, bool])
    skills: "HandedInBooks | None" = None
    """None where there is no store to look into."""
    handed: dict[str, set[tuple[str, str]]] = field(default_factory=dict[str, set[tuple[str, str]]])
    differences: dict[str, tuple[Difference, ...]] | None = None
    """By trace id, how each failed run differs from its reference; None where nobody asks."""
    origins: dict[str, Origin] = field(default_factory=dict[str, Origin])
    """Of the arms whose runs are all in the store."""
    prompt_of: Callable[[Trace], str | None] = lambda _: None
    """The id of the compiled prompt that a stored run was given."""

    def take(self, name: str, run: Trace, reference: Callable[[], JsonValue]) -> None:
        """One run of the arm with this name; its reference is asked for only where its task's is not known."""
        self.readers.setdefault(name, ArmReader(name)).add(run)
        if (origin := self.origins.get(name)) is not None and run.parent_id is None:
            origin.makers.add((run.agent, run.model))
            if not origin.run_id:
                origin.prompt_ids.add(self.prompt_of(run) or NO_PROMPT)
                origin.has_loose_trials |= run.source.format == FORMAT
        if run.task.key not in self.free and (is_free := passes_by_nothing(reference())) is not None:
            self.free[run.task.key] = is_free
        if (known := self.differences) is not None and run.verdict is False and run.id not in known:
            found = differences_of(run, reference())
            known.update({} if found is None else {run.id: found})
        if self.skills is not None and run.steps:
            self.handed.setdefault(name, set()).update(self.skills.in_run(run))

    def seen(self, trace_id: str, differences: tuple[Difference, ...]) -> None:
        """Keep what the graders of an evaluation said of one run, in the place of looking."""
        if self.differences is not None:
            self.differences[trace_id] = differences

    def arms(self) -> list[Arm]:
        """The arms, in the order in which they were begun."""
        return [reader.arm() for reader in self.readers.values()]

    def background(self) -> Background:
        """What the runs tell besides how they ended."""
        if self.skills is None or not self.handed:
            return Background(free=self.free)
        handed = {name: frozenset(keys) for name, keys in self.handed.items()}
        known = {key for keys in handed.values() for key in keys}
        return Background(free=self.free, handed=handed, learned_from=self.skills.learned_from(known))


class HandedInBooks:
    """What of a store's books runs were handed: skills, exemplars, reflections."""

    def __init__(self, store: Store) -> None:
        """Read the books, the prompts, the banks and the reflections."""
        self._store = store
        prompts = store.prompts.all()
        self._books = {name: store.books.read(name) for name in store.books.names()}
        self._skills = {name: HandedSkills(book, prompts) for name, book in self._books.items()}
        self._exemplars = {(name, e.id): e for name in store.exemplars.banks() for e in store.exemplars.of(name)}
        self._reflections = {(name, r.id): r for name in store.reflections.books() for r in store.reflections.all(name)}
        planned = ((key, plain_words(each.text)) for key, each in self._reflections.items())
        # A few words may stand anywhere.
        self._planned = [(key, words) for key, words in planned if words.count(" ") > MIN_WHOLE_WORDS]

    def in_run(self, run: Trace) -> set[tuple[str, str]]:
        """Ids of what a run was handed, each with its book before it."""
        found = {(name, each.skill_id) for name, handed in self._skills.items() for each in handed.in_trace(run)}
        pieces = [(step.kind, step.text) for step in run.steps]
        shown = shown_in(pieces)
        found |= {key for key in self._exemplars if key[1] in shown}
        if self._planned:
            told = [plain_words(text).strip() for kind, text in pieces if kind in GIVEN]
            given = f" {' '.join(part for part in told if part)} "
            found |= {key for key, words in self._planned if words in given}
        return found

    def learned_from(self, handed: Iterable[tuple[str, str]]) -> dict[tuple[str, str], frozenset[str]]:
        """The tasks that each comes from, as far as its runs are in the store."""
        return {key: self._tasks(self._runs_behind(key)) for key in handed}

    def _runs_behind(self, key: tuple[str, str]) -> Iterable[str]:
        name, source_id = key
        if key in self._exemplars:
            return (self._exemplars[key].trace_id,)
        if key in self._reflections:
            return (self._reflections[key].trace_id,)
        return sorted(self._books[name].skills[source_id].trace_ids)

    def _tasks(self, trace_ids: Iterable[str]) -> frozenset[str]:
        """Keys of the tasks of runs; what a sub-agent did was for the task of the run that started it too."""
        keys, known, wanted = set[str](), set[str](), set(trace_ids)
        while wanted:
            known |= wanted
            runs = tuple(self._store.traces.of(sorted(wanted)))
            keys |= {run.task.key for run in runs}
            wanted = {run.parent_id for run in runs if run.parent_id is not None} - known
        return frozenset(keys)


def arms_as_named(words: Sequence[str], reading: ReadOptions, settings: Settings, here: Open | None) -> Gathered:
    """The arms that `PATH`, `RUN`, `NAME=PATH` and `NAME=RUN` mean; nothing is stored.

    Args:
        words: As typed; a run is told by its id, which begins with `run-`.
        reading: How files are read.
        settings: What holds for this command.
        here: The store that knows which skills there are, if there is one.
    """
    gathered = Gathered(skills=None if here is None else HandedInBooks(here.store))
    # One salt for all arms, and the store's where there is one, so that redacted keys of tasks are the same.
    files = Files.read_as(reading, settings, salt=None if here is None else here.store.salt)
    for word in words:
        name, path = _named(word)
        if is_run(path):
            _take_run(gathered, name if name != path else "", path, here)
            continue
        _refuse_twice(gathered, name)
        report_files(files.into(gathered, name, [path]))
    return gathered


@dataclass(frozen=True, kw_only=True)
class Files:
    """How the files of arms are read."""

    salt: bytes
    """Of the placeholders of redacted text."""
    policy: Policy
    jobs: int

    @classmethod
    def read_as(cls, reading: ReadOptions, settings: Settings, *, salt: bytes | None = None) -> Self:
        """As a command is told; without a salt placeholders get a new one, which is forgotten with the runs."""
        return cls(
            salt=salt or secrets.token_bytes(32),
            policy=reading.policy(settings),
            jobs=reading.jobs or settings.jobs or usable_cores(),
        )

    def into(self, gathered: Gathered, name: str, paths: Sequence[str]) -> list[FileReport]:
        """Read files and folders into one arm, and say what was read.

        Tables of results count only where there is no run beside them: mostly they are of those very runs.

        Raises:
            UsageError: There is no run in them.
        """
        gathered.readers[name] = ArmReader(name)
        results = ArmReader(name)
        n_runs = n_results = 0
        reports: list[FileReport] = []
        formats = (*installed_formats().formats, ResultTable())
        with closing(read_paths(paths, self.salt, formats=formats, policy=self.policy, jobs=self.jobs)) as items:
            for item in items:
                if isinstance(item, FileReport):
                    reports.append(item)
                elif item.trace.source.format == RESULTS:
                    n_results += 1
                    results.add(item.trace)
                else:
                    n_runs += 1
                    gathered.take(name, item.trace, lambda item=item: item.reference)
        if not n_runs and not n_results:
            raise _nothing_in(", ".join(paths), reports)
        if not n_runs:
            gathered.readers[name] = results
        _say_results(reports, are_counted=not n_runs)
        return reports


def _say_results(reports: Sequence[FileReport], *, are_counted: bool) -> None:
    """Which files were taken for tables of results, on standard error."""
    for report in reports:
        if report.format == RESULTS and report.runs:
            counted = "" if are_counted else "; not counted, as there are runs beside it"
            note(f"{report.path}: a table of results, {plural(report.runs, 'row')}{counted}", "dim")


def _take_run(gathered: Gathered, name: str, word: str, here: Open | None) -> None:
    """The trials of an evaluation run; that it is not complete is said."""
    if here is None:
        raise UsageError("there is no store here", where=word, why="a run is in a store", hint="--store names one")
    run = evaluation_run(here.store, word)
    name = name or name_of_run(run)
    _refuse_twice(gathered, name)
    prompt_id = prompt_of_run(run)
    gathered.readers[name] = ArmReader(name, has_fixed_texts=True)
    gathered.origins[name] = Origin(
        prompt_ids=set() if prompt_id is None else {prompt_id},
        run_id=run.id,
        measure={key: run.config.get(key) for key in MEASURED_BY},
        n_due=n_due_in(run),
        is_by_chance=bool(run.config.get("keeping")),
    )
    for record, trace in trials_of_run(here.store, run):
        if trace is None:
            gathered.readers[name].miss(record.task_key)
        else:
            gathered.take(name, trace, lambda trace=trace: content_of(here.store.database, trace.id))
    if run.state != "done":
        note(f"{name}: {run.id} is not complete; asked for again, `seasoned eval run` does the rest", "yellow")


def _refuse_twice(gathered: Gathered, name: str) -> None:
    if name in gathered.readers:
        raise UsageError(f"two arms have the name {name!r}", hint="name them: `before=PATH after=PATH`")


def is_run(word: str) -> bool:
    """Whether a word is the id of a run rather than a path."""
    return word.startswith(_OF_RUNS) and not Path(word).exists()


def _named(word: str) -> tuple[str, str]:
    name, equals, path = word.partition("=")
    if equals and name and path and "/" not in name and not Path(word).exists():
        return name, path
    return word.rstrip("/") or word, word


def _nothing_in(path: str, reports: Sequence[FileReport]) -> UsageError:
    return UsageError(
        "there are no runs in it",
        where=path,
        why=next((report.refused for report in reports if report.refused), "it holds no file"),
        hint="`seasoned traces detect PATH` says why a file holds no runs; a table of results needs a task's key and a"
        " verdict in each row",
    )


def report_files(reports: Sequence[FileReport]) -> None:
    """What was not read, on standard error."""
    for report in reports:
        if report.refused is not None:
            note(f"not read: {report.path}: {report.refused}", "yellow")
        for problem in report.errors[:ERRORS_SHOWN] if report.refused is None else ():
            note(f"problem: {report.path}, {problem.where}: {problem.why}", "yellow")


def arms_in_store(here: Open, by: By, words: Sequence[str], chosen: TraceFilter) -> Gathered:
    """The stored runs, split into arms by the prompt that they were given, their model or their agent.

    Args:
        here: The store.
        by: What the runs of an arm share.
        words: Names of the arms to compare, for prompts also labels; none means all.
        chosen: Only these runs.

    Raises:
        UsageError: No run belongs to a named arm.
    """
    prompt_of = PromptsInRuns(here.store.prompts.all()).of
    gathered = Gathered(skills=HandedInBooks(here.store), prompt_of=prompt_of)
    name_of = prompt_of if by == "prompt" else _name_of(by)
    wanted = [named_prompt(here, word).id if by == "prompt" and word != UNNAMED[by] else word for word in words]
    gathered.readers.update({name: ArmReader(name) for name in wanted})
    gathered.origins.update({name: Origin() for name in wanted})
    met: set[str] = set()
    for run in here.store.traces.iterate(chosen):
        name = name_of(run) or UNNAMED[by]
        met.add(name)
        if not wanted or name in gathered.readers:
            gathered.origins.setdefault(name, Origin())
            gathered.take(name, run, lambda run=run: content_of(here.store.database, run.id))
    if lacking := next((word for name, word in zip(wanted, words, strict=True) if name not in met), None):
        raise UsageError(
            f"no run of the store has the {by} {lacking!r}",
            hint=f"those there are: {', '.join(map(repr, sorted(met)))}"
            if met
            else "`seasoned traces list` shows runs",
        )
    if not wanted and len(met) < 2:
        raise UsageError(
            f"the stored runs cannot be told apart by {by}",
            why=f"all are of {next(iter(met))!r}" if met else "there is no such run",
            hint="choose another --by, or give two files or folders of runs",
        )
    return gathered


def _name_of(by: By) -> Callable[[Trace], str | None]:
    return (lambda run: run.model) if by == "model" else (lambda run: run.agent)
