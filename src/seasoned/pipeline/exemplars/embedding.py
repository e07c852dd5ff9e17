"""The vectors of a bank: what each exemplar's problem means, in the numbers of one embedder, kept in the store.

One durable run of kind `embed`: what is missing, or was made from another text, is embedded in batches, each committed
before the next one is asked for, so that work that was cut off goes on behind its last batch. What is embedded is the
masked problem. Each embedder has a collection of its own. Raises `ProviderError` where the embedder fails (what was
embedded stays), `UsageError` where it gives vectors of another dimension than before, and what the store raises.
"""

import asyncio
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from pydantic import JsonValue

from seasoned.core.ids import content_id, sha256_hex
from seasoned.core.value import Value
from seasoned.errors import ProviderError
from seasoned.learn.learner import Progress
from seasoned.retrieve.embedder import Embedder
from seasoned.retrieve.exemplars import exemplar_vectors
from seasoned.retrieve.masking import masked
from seasoned.runs.hold import Held, hold
from seasoned.store.store import Store
from seasoned.store.vectors.index import Stored, Vectors
from seasoned.threads import refuse_in_event_loop

BATCH = 128
"""Exemplars that are embedded, and committed, at once."""
EMBEDDED_STATUSES = frozenset({"proposed", "approved"})
"""An exemplar that was turned down is found by nobody."""


@dataclass(frozen=True, kw_only=True)
class EmbedOptions:
    """What to embed by what, and who wants to know about it."""

    book: str
    embedder: Embedder
    is_anew: bool = False
    """Forget this embedder's vectors first, as when the model behind its name has changed."""
    is_pruning: bool = False
    """Forget the vectors of all other embedders at the end."""
    on_run: Callable[[str], None] = field(default=lambda _: None)
    """Told the run's id before the work begins, where there is any."""
    on_progress: Callable[[Progress], None] = field(default=lambda _: None)


class Embedded(Value):
    """What embedding a bank came to."""

    book: str
    embedder_id: str
    run_id: str | None = None
    """None: nothing was missing."""
    n_exemplars: int = 0
    """Of the bank, proposed or approved."""
    n_embedded: int = 0
    """Vectors made this time."""
    n_dropped: int = 0
    """Vectors forgotten whose exemplars are gone from the bank."""
    pruned: Mapping[str, int] = {}
    """Vectors forgotten by `is_pruning`, by embedder."""


def embed_exemplars(store: Store, options: EmbedOptions) -> Embedded:
    """Embed where no event loop is running; see `embed_exemplars_async`.

    Raises:
        UsageError: An event loop is running in this thread; nothing was begun.
    """
    refuse_in_event_loop("embed_exemplars", "embed_exemplars_async(...)")
    return asyncio.run(embed_exemplars_async(store, options))


async def embed_exemplars_async(store: Store, options: EmbedOptions) -> Embedded:
    """Bring one embedder's vectors of a bank up to date.

    Raises:
        ProviderError: The embedder failed; the same call goes on from there.
        UsageError: The embedder's vectors have another dimension than those that are there, or a living process is at
            this work.
        StoreError: The store cannot be written.
    """
    vectors = exemplar_vectors(options.book, options.embedder.embedder_id)
    if options.is_anew:
        store.vectors.drop(vectors)
    texts = _texts(store, options.book)
    known = store.vectors.digests(vectors)
    missing = {key: text for key, text in texts.items() if known.get(key) != _digest(text)}
    run_id = None
    try:
        if missing:
            run_id = await _embed(store, options, vectors, texts, missing)
    finally:
        # An exemplar may have been erased while its text was on its way to the embedder.
        n_dropped = _drop_gone(store, options.book, vectors)
    return Embedded(
        book=options.book,
        embedder_id=vectors.embedder_id,
        run_id=run_id,
        n_exemplars=len(texts),
        n_embedded=len(missing),
        n_dropped=n_dropped,
        pruned=_pruned(store, vectors) if options.is_pruning else {},
    )


async def _embed(
    store: Store, options: EmbedOptions, vectors: Vectors, texts: Mapping[str, str], missing: Mapping[str, str]
) -> str:
    identity: dict[str, JsonValue] = {
        "book": options.book,
        "embedder": vectors.embedder_id,
        "texts": content_id("texts", [[key, _digest(text)] for key, text in sorted(texts.items())]),
    }
    with _held(store, identity) as held:
        options.on_run(held.run.id)
        n_done = 0
        for batch in _batches(list(missing.items())):
            found = await _vectors(options.embedder, batch)
            await asyncio.to_thread(store.vectors.put, vectors, found)
            n_done += len(batch)
            options.on_progress(Progress(done=n_done, total=len(missing), unit="exemplars"))
        held.summary = {"run_id": held.run.id, "n_exemplars": len(texts), "n_embedded": n_done}
    return held.run.id


@contextmanager
def _held(store: Store, identity: dict[str, JsonValue]) -> Generator[Held]:
    """The run of this work; done before, and its vectors dropped since, it is another one."""
    for number in count():
        with hold(store, "embed", identity | ({"again": number} if number else {})) as held:
            if not held.is_done:
                yield held
                return


def _texts(store: Store, book: str) -> dict[str, str]:
    """What is to be embedded, by the exemplar's id, in the order in which they came."""
    return {e.id: masked(e.problem) for e in store.exemplars.of(book) if e.status in EMBEDDED_STATUSES}


def _digest(text: str) -> str:
    return sha256_hex(text.encode())


def _batches(items: Sequence[tuple[str, str]]) -> Generator[dict[str, str]]:
    for start in range(0, len(items), BATCH):
        yield dict(items[start : start + BATCH])


async def _vectors(embedder: Embedder, texts: Mapping[str, str]) -> dict[str, Stored]:
    """The vectors of texts by key; each different text is embedded once."""
    different = list(dict.fromkeys(texts.values()))
    found = await embedder.embed(different)
    if len(found) != len(different):
        why = f"{len(different)} texts were sent and {len(found)} vectors came back"
        raise ProviderError("the embedder's answer cannot be used", where=embedder.embedder_id, why=why)
    of = dict(zip(different, found, strict=True))
    return {key: Stored(_digest(text), of[text]) for key, text in texts.items()}


def _drop_gone(store: Store, book: str, vectors: Vectors) -> int:
    there = {exemplar.id for exemplar in store.exemplars.of(book)}
    gone = [key for key in store.vectors.digests(vectors) if key not in there]
    return store.vectors.drop(vectors, gone) if gone else 0


def _pruned(store: Store, vectors: Vectors) -> dict[str, int]:
    others = [each for each in store.vectors.embedders(vectors.collection) if each != vectors.embedder_id]
    return {each: store.vectors.drop(vectors.model_copy(update={"embedder_id": each})) for each in others}
