"""The reflections to hand an agent on its next attempt at a task. Raises `StoreError`."""

from dataclasses import dataclass

from seasoned.compile.reflections import reflections_text, sifted
from seasoned.core.reflection import Reflection
from seasoned.core.value import Value
from seasoned.learn.reflexion.config import ReflexionConfig
from seasoned.retrieve.embedder import Embedder
from seasoned.retrieve.near import nearest
from seasoned.store.store import Store

MEMORY_LIMIT = ReflexionConfig().memory_limit


class Planned(Value):
    """What is known for the next attempt at a task."""

    own: tuple[Reflection, ...] = ()
    """On attempts at this task, the last ones, oldest first."""
    similar: tuple[Reflection, ...] = ()
    """On other tasks, the nearest first."""
    barred: tuple[str, ...] = ()
    """Why some reflections may not be shown, one line each."""

    @property
    def text(self) -> str:
        """The section for the agent's prompt; empty where there is nothing."""
        return reflections_text([each.text for each in self.own], [each.text for each in self.similar])


@dataclass(frozen=True, kw_only=True)
class Recall:
    """Which reflections to look for."""

    memory_limit: int = MEMORY_LIMIT
    """So many of the task's own, the last ones."""
    n_similar: int = 0
    """So many of other tasks, one each."""
    task: str = ""
    """What the agent will be asked, for finding similar tasks; empty takes it from the task's own reflections."""
    embedder: Embedder | None = None
    """Finds similar tasks by meaning as well; None by their words alone."""


async def reflections_for(store: Store, book: str, task_key: str, recall: Recall | None = None) -> Planned:
    """The reflections for the next attempt at a task.

    Args:
        store: Where they are kept.
        book: In which skillbook's memory.
        task_key: Of the task.
        recall: Which ones; None is the task's own, the last three.
    """
    recall = recall or Recall()
    own = sifted(store.reflections.of(book, task_key))
    asked = recall.task or (own.shown[-1].task if own.shown else "")
    similar = await _similar(store, book, task_key, asked, recall)
    return Planned(own=own.shown[-recall.memory_limit :], similar=similar, barred=own.barred)


async def _similar(store: Store, book: str, task_key: str, asked: str, recall: Recall) -> tuple[Reflection, ...]:
    """The latest reflection of each of the nearest other tasks."""
    if not recall.n_similar or not asked:
        return ()
    latest: dict[str, Reflection] = {}
    for reflection in sifted(store.reflections.all(book)).shown:
        known = latest.get(reflection.task_key)
        if reflection.task_key != task_key and (known is None or reflection.trial >= known.trial):
            latest[reflection.task_key] = reflection
    others = list(latest.values())
    (hits,) = await nearest([asked], [each.task for each in others], recall.n_similar, recall.embedder)
    return tuple(others[hit.index] for hit in hits)
