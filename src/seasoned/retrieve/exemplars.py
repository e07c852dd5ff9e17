"""Finding the exemplars that help most with one task.

They are ranked by type, words, meaning, or words and meaning; of the first `n * buffer_retrieve_ratio` the order is
made anew by how well the runs went and which tools they call; of these a few are chosen that are unlike one another and
that there is room for. Never a run of the task itself, nor one that was asked the same. Pure and deterministic but for
what an embedder says of the task. Knows nothing of prompts or of who decides on exemplars. Raises `UsageError` where
the vectors are not there or do not fit, and `StoreError`; an embedder that fails is told and done without.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from seasoned.core.exemplar import Exemplar
from seasoned.core.ids import sha256_hex
from seasoned.core.value import Text, Value
from seasoned.errors import ProviderError, UsageError
from seasoned.retrieve.choosing import (
    EMPTY,
    Found,
    Likeness,
    PassedOver,
    Ranked,
    Room,
    Tokens,
    estimated_tokens,
    overlap,
    quality,
    success,
)
from seasoned.retrieve.diversity import MMR_LAMBDA, mmr
from seasoned.retrieve.embedder import Embedder, Vector
from seasoned.retrieve.lexical import Hit, LexicalIndex
from seasoned.retrieve.masking import Wording
from seasoned.retrieve.near import DEPTH, fused
from seasoned.store.vectors.index import Vectors, VectorSearch

By = Literal["type", "text", "meaning", "hybrid"]
RELEVANCE_SHARE, TOOLS_SHARE, OUTCOME_SHARE = 0.7, 0.2, 0.1
"""What re-ranking looks at: place in the ranking, tools that the agent has too, and how well the run went."""


class Sought(Value):
    """A task to find exemplars for."""

    text: Text
    """What the agent is asked."""
    tools: tuple[Text, ...] = ()
    """Names of the tools that the agent has; empty where that is not known."""
    tags: tuple[Text, ...] = ()
    agent: Text = ""
    task_key: Text = ""
    """Exemplars of this task are never found; empty where the task has none."""


class Retrieval(Value):
    """How exemplars are found."""

    by: By = "hybrid"
    n: int = Field(default=4, ge=1)
    """At most so many."""
    buffer_retrieve_ratio: int = Field(default=4, ge=1)
    """So many times `n` come into question; name and number are those of ExpeL (Zhao et al. 2024, arXiv 2308.10144)."""
    mmr_lambda: float = Field(default=MMR_LAMBDA, ge=0.0, le=1.0)
    """How much relevance counts against being unlike the others; 1 is relevance alone. See `diversity.mmr`."""
    max_tokens: int | None = Field(default=None, ge=0)
    """For all of them together. One that does not fit is passed over whole, never cut."""


@dataclass(frozen=True)
class Meaning:
    """Where the vectors of exemplars are, and who makes that of a task."""

    index: VectorSearch
    embedder: Embedder
    book: str

    @property
    def vectors(self) -> Vectors:
        """The collection; its keys are the exemplars' ids, its texts their masked problems."""
        return exemplar_vectors(self.book, self.embedder.embedder_id)

    async def vector(self, text: str) -> Vector:
        """The vector of one text; raises `ProviderError` where the embedder fails, or gives none or several."""
        found = await self.embedder.embed([text])
        if len(found) != 1:
            why = f"1 text was sent and {len(found)} vectors came back"
            raise ProviderError("the embedder's answer cannot be used", where=self.embedder.embedder_id, why=why)
        return found[0]


def exemplar_vectors(book: str, embedder_id: str) -> Vectors:
    """The collection in which an embedder's vectors of the exemplars of a skillbook are."""
    return Vectors(collection=f"exemplars of {book}", embedder_id=embedder_id)


class ExemplarIndex:
    """The exemplars of a bank that may be shown, ready to be searched.

    Args:
        exemplars: Those that may be shown: `Exemplars.usable`.
        meaning: None finds by type and words alone.
        n_tokens: What showing one costs; an estimate by its length where no tokenizer is at hand.
    """

    def __init__(
        self, exemplars: Sequence[Exemplar], meaning: Meaning | None = None, n_tokens: Tokens = estimated_tokens
    ) -> None:
        """Read the problem of every exemplar once."""
        self._exemplars = tuple(exemplars)
        self._meaning, self._n_tokens = meaning, n_tokens
        self._wordings = tuple(Wording.of(exemplar.problem) for exemplar in self._exemplars)
        self._words = LexicalIndex([wording.masked for wording in self._wordings])
        self._embedded: frozenset[str] | None = None

    async def found(self, task: Sought, how: Retrieval | None = None) -> tuple[Ranked, ...]:
        """The exemplars for a task, in the order chosen; see `search`."""
        return (await self.search(task, how)).ranked

    async def search(self, task: Sought, how: Retrieval | None = None) -> Found:
        """Find exemplars, and say what was passed over and what the user should know.

        Re-ranking is by `0.7 * relevance + 0.2 * tools + 0.1 * outcome`, each in [0, 1]: relevance falls evenly from
        1 for the first of the ranking, equals being equal; tools is the share of the exemplar's tools that the agent
        has (1 where the agent's are not known); outcome is `choosing.quality`.

        Args:
            task: What to find exemplars for.
            how: None: as `Retrieval` has it.

        Raises:
            UsageError: The bank has no vectors of the embedder, or they are of another dimension.
        """
        how = how or Retrieval()
        if not self._exemplars:
            return Found(notes=(EMPTY,))
        notes, same = list[str](), self._same(task)
        places = frozenset(range(len(self._exemplars))) - same.keys()
        by, hits = await self._ranking(task, how, places, notes)
        if not hits:
            notes.append(f"no exemplar of {len(self._exemplars):,} has anything in common with the task by {by}")
        ranked, left_out = self._chosen(task, how, hits, by)
        return Found(ranked=ranked, passed_over=(*same.values(), *left_out), notes=tuple(notes))

    def _chosen(
        self, task: Sought, how: Retrieval, hits: Sequence[Hit], by: str
    ) -> tuple[tuple[Ranked, ...], list[PassedOver]]:
        """Re-rank the first of a ranking, and choose of them."""
        depth = how.n * how.buffer_retrieve_ratio
        hits = hits[:depth]
        fits = [self._fit(task, hit, relevance) for hit, relevance in zip(hits, _relevance(hits, depth), strict=True)]
        order = sorted(range(len(hits)), key=lambda i: (-fits[i], i))
        candidates = [self._exemplars[hits[i].index] for i in order]
        scores = [fits[i] for i in order]
        room = Room(candidates, how.max_tokens, self._n_tokens)
        chosen = mmr(scores, Likeness(candidates), how.n, how.mmr_lambda, room.admits)
        ranked = tuple(
            Ranked(
                exemplar=candidates[place],
                rank=rank,
                score=scores[place],
                why=self._why(task, candidates[place], order[place] + 1, by),
            )
            for rank, place in enumerate(chosen, start=1)
        )
        return ranked, room.passed_over

    def _same(self, task: Sought) -> dict[int, PassedOver]:
        """By index what is of the task itself."""
        wording = Wording.of(task.text)
        found: dict[int, PassedOver] = {}
        for place, exemplar in enumerate(self._exemplars):
            if task.task_key and exemplar.task_key == task.task_key:
                found[place] = PassedOver(exemplar_id=exemplar.id, why="it is of the same task")
            elif wording.is_same(self._wordings[place]):
                found[place] = PassedOver(exemplar_id=exemplar.id, why="it was asked the same")
        return found

    async def _ranking(
        self, task: Sought, how: Retrieval, places: frozenset[int], notes: list[str]
    ) -> tuple[str, list[Hit]]:
        """What the ranking is by in the end, in words, and the ranking; the earlier one among equals."""
        by, depth = how.by, max(how.n * how.buffer_retrieve_ratio, DEPTH)
        if by == "type":
            if not (task.agent or task.tools or task.tags):
                notes.append("no agent, tool or tag was given to find exemplars by type")
            return "type", self._by_type(task, depth, places)
        sought = Wording.of(task.text).masked
        if by == "text":
            return "words", self._words.nearest(sought, depth, places)
        by_meaning = await self._by_meaning(sought, by, depth, places, notes)
        if by_meaning is None:
            return "words", self._words.nearest(sought, depth, places)
        if by == "meaning":
            return "meaning", by_meaning
        by_words = [hit.index for hit in self._words.nearest(sought, depth, places)]
        return "words and meaning", fused([by_words, [hit.index for hit in by_meaning]], depth)

    def _by_type(self, task: Sought, depth: int, places: frozenset[int]) -> list[Hit]:
        tools, tags = frozenset(task.tools), frozenset(task.tags)
        hits: list[Hit] = []
        for place in sorted(places):
            exemplar = self._exemplars[place]
            score = float(bool(task.agent) and exemplar.agent == task.agent)
            score += overlap(tools, frozenset(exemplar.tools)) if tools else 0.0
            score += overlap(tags, frozenset(exemplar.tags)) if tags else 0.0
            if score > 0:
                hits.append(Hit(index=place, score=score))
        return sorted(hits, key=lambda hit: (-hit.score, hit.index))[:depth]

    async def _by_meaning(
        self, sought: str, by: By, depth: int, places: frozenset[int], notes: list[str]
    ) -> list[Hit] | None:
        """The ranking by vectors; None where words alone must do, which the notes say."""
        if self._meaning is None:
            if by == "meaning":
                raise UsageError("no embedder was named to find exemplars by meaning", hint=_NAME_ONE)
            notes.append("no embedder was named: found by words alone")
            return None
        embedded = self._keys(self._meaning)
        among = {self._exemplars[place].id: place for place in places if self._exemplars[place].id in embedded}
        n_missing = sum(exemplar.id not in embedded for exemplar in self._exemplars)
        if n_missing:
            notes.append(f"{n_missing:,} of {len(self._exemplars):,} exemplars have no vector yet; {_EMBED}")
        try:
            query = await self._meaning.vector(sought)
        except ProviderError as error:
            notes.append(f"the embedder did not answer, so they are found by words alone: {error}")
            return None
        try:
            near = self._meaning.index.nearest(self._meaning.vectors, query, depth, frozenset(among))
        except UsageError as error:
            raise _misfit(self._meaning, error.why or error.what) from error
        return [Hit(index=among[each.key], score=each.cosine) for each in near if each.cosine > 0]

    def _keys(self, meaning: Meaning) -> frozenset[str]:
        """Ids of the exemplars that have vectors of their present texts; raises `UsageError` where none has."""
        if self._embedded is None:
            known = meaning.index.digests(meaning.vectors)
            both = zip(self._exemplars, self._wordings, strict=True)
            embedded = frozenset(e.id for e, wording in both if known.get(e.id) == sha256_hex(wording.masked.encode()))
            if not embedded:
                raise _misfit(meaning, "no exemplar of the bank has a vector of this embedder")
            self._embedded = embedded
        return self._embedded

    def _fit(self, task: Sought, hit: Hit, relevance: float) -> float:
        exemplar = self._exemplars[hit.index]
        tools = len(_shared(task, exemplar)) / len(exemplar.tools) if task.tools and exemplar.tools else 1.0
        return RELEVANCE_SHARE * relevance + TOOLS_SHARE * tools + OUTCOME_SHARE * quality(exemplar)

    def _why(self, task: Sought, exemplar: Exemplar, place: int, by: str) -> str:
        said = [f"number {place} by {by}"]
        if task.tools and exemplar.tools:
            said.append(f"the agent has {len(_shared(task, exemplar))} of its {len(exemplar.tools)} tools")
        return "; ".join([*said, success(exemplar)])


_EMBED = "`seasoned exemplars embed` makes vectors"
_NAME_ONE = f"give --embedder wordllama:256 or set SEASONED_EMBEDDER; {_EMBED}"


def _misfit(meaning: Meaning, why: str) -> UsageError:
    return UsageError(
        "the bank cannot be searched by the meaning that this embedder finds",
        where=f"{meaning.embedder.embedder_id}, {meaning.vectors.collection}",
        why=why,
        hint=f"{_EMBED}: `--embedder {meaning.embedder.embedder_id}`",
    )


def _shared(task: Sought, exemplar: Exemplar) -> frozenset[str]:
    return frozenset(task.tools) & frozenset(exemplar.tools)


def _relevance(hits: Sequence[Hit], depth: int) -> list[float]:
    """From 1 for the first hit evenly downwards; what scores the same is equally relevant."""
    found: list[float] = []
    for place, hit in enumerate(hits):
        is_equal = place > 0 and hit.score == hits[place - 1].score
        found.append(found[-1] if is_equal else 1 - place / depth)
    return found
