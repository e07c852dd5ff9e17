"""`seasoned eval anchors`: tasks on which a prompt must not do worse than the one before it."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from seasoned.cli.output import emit_json, emit_table, note
from seasoned.cli.place import Open, Place, opened
from seasoned.cli.which_prompt import named_prompt
from seasoned.core.text import plural
from seasoned.curate.review.person import this_person
from seasoned.errors import UsageError
from seasoned.store.traces.trace_filter import TraceFilter

TaskKey = Annotated[str, Parameter(allow_leading_hyphen=True)]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class AddOptions:
    """Which tasks besides those that are named."""

    gained_by: str = ""
    """The tasks that this prompt gained in its newest comparison on record: what was paid for is not to be lost."""


def add(
    *tasks: TaskKey, reason: str, options: AddOptions | None = None, json: bool = False, place: Place | None = None
) -> None:
    """Make tasks anchors: a prompt that does worse on one is not let through, and neither is one not tried on it.

    Args:
        tasks: Keys of tasks.
        reason: Why.
        options: Which tasks besides.
        json: Print one JSON document.
        place: Where to look.
    """
    options = options or AddOptions()
    with opened(place) as here:
        keys = [*tasks, *(_gained(here, options.gained_by) if options.gained_by else ())]
        if not keys:
            raise UsageError("no task was named", hint="give keys of tasks, or --gained-by PROMPT")
        new = here.store.anchors.add(here.book, keys, by=this_person().name, reason=reason)
        unseen = [key for key in dict.fromkeys(keys) if not here.store.traces.count(TraceFilter(task_key=key))]
    for key in unseen:
        note(f"no run of the store is of the task {key!r}; until it is compared, no prompt passes", "yellow")
    if json:
        emit_json({"anchors": [each.model_dump(mode="json") for each in new]})
        return
    note(f"{plural(len(new), 'task')} made an anchor; {len(set(keys)) - len(new)} were already.")


def remove(*tasks: TaskKey, reason: str, place: Place | None = None) -> None:
    """Let tasks be anchors no more; the audit trail has who did so, and why.

    Args:
        tasks: Keys of tasks.
        reason: Why.
        place: Where to look.
    """
    if not tasks:
        raise UsageError("no task was named", hint="`seasoned eval anchors list` shows those there are")
    with opened(place) as here:
        here.store.anchors.remove(here.book, tasks, by=this_person().name, reason=reason)
    note(f"{plural(len(set(tasks)), 'task')} removed.")


def list_(*, json: bool = False, place: Place | None = None) -> None:
    """List the tasks that must not regress.

    Args:
        json: Print one JSON document.
        place: Where to look.
    """
    with opened(place) as here:
        found = here.store.anchors.of(here.book)
    if json:
        emit_json({"anchors": [each.model_dump(mode="json") for each in found]})
        return
    emit_table(
        ("task", "since", "by", "reason"),
        [(each.task_key, f"{each.at:%Y-%m-%d}", each.by, each.reason) for each in found],
        empty=f"No anchor of {here.book!r} yet. `seasoned eval anchors add TASK --reason …` makes one.",
    )


def _gained(here: Open, name: str) -> tuple[str, ...]:
    prompt = named_prompt(here, name)
    found = here.store.comparisons.of(prompt.id)
    if not found:
        raise UsageError(
            f"no comparison of {prompt.id} is on record", hint="`seasoned eval comparisons` lists those there are"
        )
    return found[-1].gained
