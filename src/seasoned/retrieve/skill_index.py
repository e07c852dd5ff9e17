"""The approved skills of one revision of a skillbook, ready to be searched for what a task needs.

Built once for a revision and used for many tasks. Searching is pure and needs no network: what an embedder is asked
is asked before, in `embed`, and kept by text, so that a reworded skill alone is embedded again. Knows nothing of
prompts. Raises `ProviderError` where an embedder fails.
"""

import asyncio
import heapq
from collections.abc import Container, Sequence
from typing import TYPE_CHECKING

from seasoned.core.skillbook import Skillbook
from seasoned.retrieve.embedder import Embedder, Vector
from seasoned.retrieve.lexical import LexicalIndex
from seasoned.retrieve.near import CHUNK, DEPTH, cosine, fused
from seasoned.store.vectors.exact import matrix_of, nearest_rows

if TYPE_CHECKING:
    from seasoned.store.vectors.exact import Matrix


class TextVectors:
    """The vectors of one embedder, by text."""

    def __init__(self) -> None:
        """None are known yet."""
        self.embedder_id = ""
        self.of: dict[str, Vector] = {}


class SkillIndex:
    """An index over the approved skills of a book.

    Args:
        book: The skills at one revision.
        vectors: Those of the index of an earlier revision, so that only what changed is embedded again.
    """

    def __init__(self, book: Skillbook, vectors: TextVectors | None = None) -> None:
        """Count the words of every approved skill once."""
        self.book, self.revision = book.name, book.revision
        approved = book.with_status("approved")
        self._ids = tuple(skill.id for skill in approved)
        self._texts = tuple(skill.text for skill in approved)
        self._words = LexicalIndex(self._texts)
        self.vectors = vectors or TextVectors()
        self._matrix: tuple[tuple[str, int], Matrix] | None = None

    async def embed(self, tasks: Sequence[str], embedder: Embedder) -> None:
        """Ask an embedder for the vectors of tasks and skills that are not known yet.

        Raises:
            ProviderError: The embedder failed; skills are then found by their words alone.
        """
        if embedder.embedder_id != self.vectors.embedder_id:
            self.vectors.embedder_id = embedder.embedder_id
            self.vectors.of.clear()
        missing = [text for text in dict.fromkeys((*tasks, *self._texts)) if text not in self.vectors.of]
        for start in range(0, len(missing), CHUNK):
            chunk = missing[start : start + CHUNK]
            self.vectors.of.update(zip(chunk, await embedder.embed(chunk), strict=True))
            await asyncio.sleep(0)  # Others may go on between two chunks.

    def nearest(self, task: str, n_skills: int, among: Container[str]) -> tuple[str, ...]:
        """The ids of the skills that are nearest to a task, best first; the older one among equals.

        By BM25, and where the task was embedded, by the reciprocal rank fusion of BM25 and cosine similarity, as
        `retrieve.near` does it.

        Args:
            task: What the agent will be asked.
            n_skills: At most so many; fewer where fewer have anything in common with the task.
            among: Ids of the skills that come into question.
        """
        places = frozenset(place for place, skill_id in enumerate(self._ids) if skill_id in among)
        sought = self.vectors.of.get(task)
        if sought is None:
            hits = self._words.nearest(task, n_skills, places)
        else:
            depth = max(n_skills, DEPTH)
            by_words = [hit.index for hit in self._words.nearest(task, depth, places)]
            hits = fused([by_words, self._by_meaning(sought, depth, places)], n_skills)
        return tuple(self._ids[hit.index] for hit in hits)

    def _by_meaning(self, sought: Vector, depth: int, places: frozenset[int]) -> list[int]:
        known = [place for place in sorted(places) if self._texts[place] in self.vectors.of]
        if len(known) > depth:
            rows = nearest_rows(self._every_vector()[known], matrix_of([sought])[0], depth)
            known = [known[row] for row in rows]
        near = ((-cosine(sought, self.vectors.of[self._texts[place]]), place) for place in known)
        return [place for score, place in heapq.nsmallest(depth, near) if score < 0]

    def _every_vector(self) -> "Matrix":
        """One row for each skill, zero where it has no vector yet; made anew when another index has embedded more."""
        of = self.vectors.of
        state = (self.vectors.embedder_id, sum(text in of for text in self._texts))
        if self._matrix is None or self._matrix[0] != state:
            none = [0.0] * len(next(iter(of.values())))
            self._matrix = (state, matrix_of([of.get(text, none) for text in self._texts]))
        return self._matrix[1]
