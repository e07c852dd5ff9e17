"""A suite from a file of tasks: JSON lines, one task a line, as `task_line` says. Such tasks are only talked about.

Gzip and Zstandard are undone, and UTF-16 and UTF-32 with a byte-order mark are read as well. An evaluation never skips
a task silently: a line that cannot be read is an error, and all such lines are told at once, the first few of them with
their places. Knows nothing of graders or agents. Raises `UsageError`.
"""

from collections.abc import Iterator
from pathlib import Path

from seasoned.errors import UsageError, boundary
from seasoned.evaluate.attempt import GradedTask, World
from seasoned.evaluate.suites.task_line import LineError, task_of
from seasoned.ingest.files.stream import Line, decoded_line, read_chunks, read_lines
from seasoned.ingest.record import Problem

SUFFIXES = (".jsonl", ".ndjson")
PACKED = (".gz", ".zst")
MAX_LINE_BYTES = 16 << 20
NAMED = 5
"""Bad lines that an error names."""


class TasksFile:
    """The tasks of one file."""

    def __init__(self, name: str, tasks: tuple[GradedTask, ...]) -> None:
        """See `read_tasks`."""
        self.name, self.tasks = name, tasks

    def world(self, task: GradedTask) -> World | None:
        """None: there is nothing to work in."""
        del task


def is_tasks_file(word: str) -> bool:
    """Whether a word names a file of tasks, by its ending alone."""
    return _unpacked(word).lower().endswith(SUFFIXES)


def read_tasks(word: str) -> TasksFile:
    """The tasks of a file, in its order.

    Args:
        word: The file's path as the user named it. The suite is called what the file is, without folder and endings.

    Raises:
        UsageError: There is no such file, it has no tasks, or any line of it is none.
    """
    path = Path(word)
    with boundary(UsageError, "the task file cannot be read", where=word):
        if not path.is_file():
            raise UsageError(
                "there is no such task file", where=word, hint="Name a file of JSON lines, one task a line"
            )
        with path.open("rb") as stream:
            lines = list(_read(read_lines(read_chunks(stream), max_bytes=MAX_LINE_BYTES)))
    tasks, bad, known = list[GradedTask](), list[tuple[str, str]](), dict[str, int]()
    for number, found in lines:
        if isinstance(found, Problem):
            bad.append((found.where, found.why))
        elif (first := known.setdefault(found.task.key, number)) != number:
            bad.append((f"line {number}", f"its key `{found.task.key[:60]}` is the key of line {first} too"))
        else:
            tasks.append(found)
    if bad:
        raise _refused(word, bad)
    if not tasks:
        raise UsageError("there are no tasks in the file", where=word, hint='A line is `{"id": …, "input": …}`')
    return TasksFile(Path(_unpacked(word)).stem, tuple(tasks))


def _unpacked(word: str) -> str:
    return next((word[: -len(ending)] for ending in PACKED if word.lower().endswith(ending)), word)


def _read(lines: Iterator[Line | Problem]) -> Iterator[tuple[int, GradedTask | Problem]]:
    for line in lines:
        if isinstance(line, Problem):
            yield 0, line
        elif line.raw.strip():
            yield line.number, _task(line)


def _task(line: Line) -> GradedTask | Problem:
    text, problem = decoded_line(line)
    if problem is not None:
        return problem
    try:
        return task_of(text)
    except LineError as error:
        return Problem(where=f"line {line.number}", why=str(error))


def _refused(word: str, bad: list[tuple[str, str]]) -> UsageError:
    places = [
        (f"{word}:{where.removeprefix('line ')}" if where.startswith("line ") else word, why) for where, why in bad
    ]
    told = [f"{place}: {why}" for place, why in places[:NAMED]]
    more = [f"and {len(bad) - NAMED:,} more"] if len(bad) > NAMED else []
    noun = "a line" if len(bad) == 1 else f"{len(bad):,} lines"
    return UsageError(
        f"{noun} of the task file cannot be read, so nothing is run",
        where=places[0][0],
        why="; ".join([*told, *more]),
        hint="Mend the file; docs/suites.md says what a line may hold",
    )
