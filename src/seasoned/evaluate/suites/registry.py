"""From a word to a suite: a file of tasks, or an entry point in the group `seasoned.suites`, ours like anybody's.

An entry point loads a function `make(rest, settings)` to a `Suite`, where `rest` is what stands behind the name and a
colon, such as `airline` in `tau2:airline`. Here too is what can be said of any suite: which of its tasks are chosen,
the hash of their content, and the texts of its own that it offers as prompts.

Raises `UsageError` for a word or a choice that leads nowhere, and `ConfigError` for a plugin that does not load.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, cast, runtime_checkable

from seasoned.core.ids import content_id
from seasoned.errors import UsageError
from seasoned.evaluate.attempt import GradedTask, Suite
from seasoned.evaluate.suites.tasks_file import is_tasks_file, read_tasks
from seasoned.plugins import made, names_in

GROUP = "seasoned.suites"


@runtime_checkable
class HasPrompts(Protocol):
    """A suite with texts of its own that an agent may be given as its instructions."""

    @property
    def prompt_names(self) -> tuple[str, ...]:
        """Their names, the plainest text first."""
        ...

    def prompt_text(self, name: str) -> str:
        """The text of this name, which is one of `prompt_names`."""
        ...


def suite_names() -> tuple[str, ...]:
    """The names of all suites that are installed, in order."""
    return names_in(GROUP)


def suite_named(word: str, settings: Mapping[str, str] | None = None) -> Suite:
    """The suite that a word names.

    Args:
        word: `NAME` or `NAME:REST` with a name of `suite_names`, or the path of a `.jsonl` file of tasks.
        settings: What differs from the suite's own defaults, as words.

    Raises:
        UsageError: There is no such suite, file or setting, or a line of the file is no task.
        ConfigError: The plugin, or what it needs, does not load.
    """
    name, _, rest = word.partition(":")
    if name in suite_names():
        return cast("Suite", made("suite", GROUP, name, settings or {}, rest))
    if is_tasks_file(word):
        refuse_settings(word, settings or {})
        return read_tasks(word)
    raise UsageError(
        f"there is no suite {word!r}",
        why="a file of tasks ends in .jsonl or .ndjson" if _is_there(word) else None,
        hint=f"The suites are {', '.join(suite_names())}; the path of a .jsonl file of tasks is one too",
    )


def _is_there(word: str) -> bool:
    try:
        return Path(word).exists()
    except (OSError, ValueError):  # no name that a file can have
        return False


def refuse_settings(suite: str, settings: Mapping[str, str]) -> None:
    """Raise `UsageError` where a suite that has no settings is given some."""
    if settings:
        raise UsageError("this suite has no settings", where=suite, why=f"given are {', '.join(sorted(settings))}")


def splits_of(tasks: Sequence[GradedTask]) -> dict[str, int]:
    """The number of tasks in each split, splits in the order of their first tasks; the empty name is no split."""
    found: dict[str, int] = {}
    for task in tasks:
        found[task.split] = found.get(task.split, 0) + 1
    return found


def chosen(suite: Suite, split: str = "", first: int | None = None) -> tuple[GradedTask, ...]:
    """Some tasks of a suite, in its order.

    Args:
        suite: Where they are from.
        split: Those of one split; empty for all of them.
        first: So many at most; None for no bound.

    Raises:
        UsageError: The suite has no such split or no tasks at all, two tasks have one key, or `first` is below 1.
    """
    tasks = suite.tasks
    _refuse_equal_keys(suite.name, tasks)
    if first is not None and first < 1:
        raise UsageError(f"the first {first} tasks are none", hint="Ask for 1 or more")
    if not tasks:
        raise UsageError("the suite has no tasks", where=suite.name)
    found = tuple(task for task in tasks if split in ("", task.split))
    if not found:
        names = [name for name in splits_of(tasks) if name]
        hint = f"Its splits are {', '.join(names)}" if names else "Its tasks are in no split: leave it out"
        raise UsageError(f"the suite has no split {split!r}", where=suite.name, hint=hint)
    return found[:first]


def _refuse_equal_keys(suite: str, tasks: Sequence[GradedTask]) -> None:
    places: dict[str, int] = {}
    for place, task in enumerate(tasks, 1):
        if (earlier := places.setdefault(task.task.key, place)) != place:
            raise UsageError(
                f"two tasks of the suite have the key {task.task.key[:60]!r}",
                where=f"{suite}, tasks {earlier} and {place}",
                why="trials are told apart by their task's key",
            )


def suite_hash(tasks: Sequence[GradedTask]) -> str:
    """An id of what tasks ask and how they are graded: keys, texts, inputs, references and graders of their own.

    Their order, splits and labels do not count.
    """
    content = [
        [task.task.key, task.task.text, task.inputs, task.reference, [g.model_dump(mode="json") for g in task.graders]]
        for task in sorted(tasks, key=lambda task: task.task.key)
    ]
    return content_id("suite", content)


def suite_prompt_names(suite: Suite) -> tuple[str, ...]:
    """The names of a suite's own texts; empty where it has none."""
    return suite.prompt_names if isinstance(suite, HasPrompts) else ()


def suite_prompt(suite: Suite, name: str) -> str | None:
    """A text of a suite's own as a prompt; None where it has none of this name."""
    if isinstance(suite, HasPrompts) and name in suite.prompt_names:
        return suite.prompt_text(name)
    return None
