"""`seasoned reflections`: what agents should do otherwise on their next attempts at single tasks."""

import asyncio
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number
from pydantic import JsonValue
from rich.text import Text

from seasoned.cli.output import emit_json, emit_table, emit_text, note, out, safe
from seasoned.cli.place import Open, Place, opened
from seasoned.compile.reflections import unsafe
from seasoned.core.reflection import Reflection
from seasoned.core.text import shortened
from seasoned.errors import UsageError
from seasoned.pipeline.reflexion.recalling import MEMORY_LIMIT, Planned, Recall, reflections_for
from seasoned.retrieve.embedder import resolve_embedder
from seasoned.store.traces.traces import TraceFilter

_NONE = "There are no reflections in {book!r}. `seasoned learn PATH --learner reflexion --model M` writes some."


def list_reflections(*, task: str | None = None, json: bool = False, place: Place | None = None) -> None:
    """List the reflections of a skillbook's memory, oldest first.

    Args:
        task: Only those on attempts at this task, by its key.
        json: Print one JSON document with every field.
        place: Where to look.
    """
    with opened(place) as here:
        stored = here.store.reflections
        found = stored.all(here.book) if task is None else stored.of(here.book, task)
    if json:
        emit_json({"book": here.book, "reflections": [_document(each) for each in found]})
        return
    rows = [
        (each.id, shortened(each.task_key, 40), str(each.trial), _remark(each), shortened(each.text, 160))
        for each in found
    ]
    emit_table(("id", "task", "#trial", "remarks", "reflection"), rows, empty=_NONE.format(book=here.book))


def show(reflection: str, /, *, json: bool = False, place: Place | None = None) -> None:
    """Show one reflection, the attempt that it is about, and who wrote it.

    Args:
        reflection: Its id, or enough of its beginning.
        json: Print one JSON document.
        place: Where to look.
    """
    with opened(place) as here:
        found = here.store.reflections.get(here.book, reflection)
    if json:
        emit_json(_document(found))
        return
    model = f" ({found.author.model_id})" if found.author.model_id else ""
    out.print(Text(found.id, "bold") + safe(f"  {found.at:%Y-%m-%d %H:%M}, {found.author.name}{model}", "dim"))
    out.print(safe(found.text))
    if why := unsafe(found.text):
        out.print(Text("never shown to an agent: ", "bold red") + safe(f"it {why}", "red"))
    out.print(Text("task: ", "dim") + safe(f"{found.task_key}: {shortened(found.task, 500)}"))
    out.print(Text("after: ", "dim") + safe(f"trial {found.trial}, `seasoned traces show {found.trace_id}`"))


def for_(
    task_key: str,
    /,
    *,
    limit: Annotated[int, Parameter(validator=Number(gte=1))] = MEMORY_LIMIT,
    similar: Annotated[int, Parameter(validator=Number(gte=0))] = 0,
    json: bool = False,
    place: Place | None = None,
) -> None:
    """Print the section to put at the end of an agent's prompt on its next attempt at a task.

    Args:
        task_key: The task's key, as `seasoned reflections list` shows it.
        limit: At most so many reflections on this task, the last ones.
        similar: And so many on other tasks much like it; by meaning too where an embedder is set.
        json: Print one JSON document with the reflections and the text.
        place: Where to look.
    """
    with opened(place) as here:
        known = next(here.store.traces.iterate(TraceFilter(task_key=task_key)), None)
        if known is None and not here.store.reflections.of(here.book, task_key):
            raise UsageError(
                f"the store has no task {task_key!r}", hint="`seasoned reflections list` shows the tasks' keys"
            )
        recall = _recall(here, limit, similar, "" if known is None else known.task.text)
        planned = asyncio.run(reflections_for(here.store, here.book, task_key, recall))
    for why in planned.barred:
        note(f"left out: {why}", "yellow")
    if json:
        emit_json(_planned_document(task_key, planned))
    elif planned.text:
        emit_text(planned.text)
    else:
        note("There are no reflections for this task.")


def _recall(here: Open, limit: int, similar: int, task: str) -> Recall:
    name = here.settings.embedder
    embedder = None if name is None or not similar else resolve_embedder(name, base_url=here.settings.base_url)
    return Recall(memory_limit=limit, n_similar=similar, task=task, embedder=embedder)


def _planned_document(task: str, planned: Planned) -> JsonValue:
    return {
        "task_key": task,
        "own": [_document(each) for each in planned.own],
        "similar": [_document(each) for each in planned.similar],
        "barred": list(planned.barred),
        "text": planned.text,
    }


def _document(reflection: Reflection) -> JsonValue:
    return {"id": reflection.id, **reflection.model_dump(mode="json"), "barred": unsafe(reflection.text) or None}


def _remark(reflection: Reflection) -> str:
    why = unsafe(reflection.text)
    return f"never shown: it {why}" if why else ""
