"""The vectors of a bank: only what is missing is embedded, batch by batch, and a cut-off run goes on."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from seasoned.core.exemplar import Exemplar, exemplar_id
from seasoned.core.operation import Author
from seasoned.core.parsed import Parsed
from seasoned.errors import ProviderError, UsageError
from seasoned.learn.learner import Progress
from seasoned.pipeline.exemplars import embedding as module
from seasoned.pipeline.exemplars.embedding import EmbedOptions, embed_exemplars, embed_exemplars_async
from seasoned.retrieve.embedder import Embedder
from seasoned.retrieve.exemplars import exemplar_vectors
from seasoned.retrieve.masking import masked
from seasoned.store.store import Store
from tests.make import make_trace
from tests.retrieve.hashing import HashingEmbedder

ADA = Author(kind="person", name="ada")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PROBLEMS = ("Refund order W1234567 please", "Change my flight to Rome", "Cancel the newsletter", "Where is my parcel")


def exemplar(problem: str) -> tuple[Parsed, Exemplar]:
    trace = make_trace(("user", problem), ("assistant", "Done."), task=problem)
    made = Exemplar(
        id=exemplar_id(trace.id, 1, 2),
        trace_id=trace.id,
        start=1,
        end=2,
        task_key=trace.task.key,
        problem=problem,
        n_chars=5,
        author=ADA,
        at=NOW,
    )
    return Parsed(trace=trace), made


def fill(store: Store, problems: Sequence[str] = PROBLEMS) -> tuple[Exemplar, ...]:
    """Put exemplars of these problems into the bank."""
    pairs = [exemplar(problem) for problem in problems]
    store.traces.add([parsed for parsed, _ in pairs])
    store.exemplars.add("desk", [made for _, made in pairs])
    return tuple(made for _, made in pairs)


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with Store(place) as opened:
        yield opened


class Another(HashingEmbedder):
    """Has another name."""

    @property
    def embedder_id(self) -> str:
        return "test:another"


def options(embedder: Embedder | None = None) -> EmbedOptions:
    return EmbedOptions(book="desk", embedder=embedder or HashingEmbedder())


def test_every_exemplar_is_found_by_its_masked_problem(store: Store) -> None:
    refund, *_ = fill(store)
    embedder = HashingEmbedder()
    embedded = embed_exemplars(store, options(embedder))
    assert (embedded.n_exemplars, embedded.n_embedded) == (4, 4)
    assert sorted(embedder.embedded) == sorted(map(masked, PROBLEMS))
    (sought,) = asyncio.run(embedder.embed([masked("Refund order W7654321 please")]))
    (near,) = store.vectors.nearest(exemplar_vectors("desk", "test:hashing"), sought, 1)
    assert (near.key, near.cosine) == (refund.id, 1.0)
    run = store.runs.get(embedded.run_id or "")
    assert (run.kind, run.state) == ("embed", "done")


def test_what_is_embedded_is_not_embedded_again(store: Store) -> None:
    fill(store, PROBLEMS[:3])
    embed_exemplars(store, options())
    fill(store)
    embedder = HashingEmbedder()
    assert embed_exemplars(store, options(embedder)).n_embedded == 1
    assert embedder.embedded == [PROBLEMS[3]]
    again = embed_exemplars(store, options(HashingEmbedder(n_failing=1)))
    assert (again.n_embedded, again.run_id) == (0, None)


def test_a_problem_that_is_masked_differently_now_is_embedded_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store)
    embed_exemplars(store, options())
    monkeypatch.setattr(module, "masked", str)
    embedder = HashingEmbedder()
    embed_exemplars(store, options(embedder))
    assert embedder.embedded == [PROBLEMS[0]]


def test_equal_texts_are_sent_once(store: Store) -> None:
    fill(store, ["Refund order W1234567", "Refund order W7654321"])
    embedder = HashingEmbedder()
    assert embed_exemplars(store, options(embedder)).n_embedded == 2
    assert len(embedder.embedded) == 1


def test_each_embedder_has_its_own_vectors_until_they_are_pruned(store: Store) -> None:
    fill(store)
    embed_exemplars(store, options())
    embed_exemplars(store, options(Another()))
    collection = exemplar_vectors("desk", "").collection
    assert store.vectors.embedders(collection) == {"test:another": 4, "test:hashing": 4}
    pruned = embed_exemplars(store, replace(options(Another()), is_pruning=True))
    assert pruned.pruned == {"test:hashing": 4}
    assert store.vectors.embedders(collection) == {"test:another": 4}
    # Back again: the same work was done before, and its vectors are gone since.
    assert embed_exemplars(store, options()).n_embedded == 4


def test_finished_batches_stay_when_the_embedder_goes_away(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    fill(store)
    told: list[Progress] = []

    class Failing(HashingEmbedder):
        async def embed(self, texts: Sequence[str]) -> list[Sequence[float]]:
            if told:
                raise ProviderError("the embedder is down", where=self.embedder_id)
            return await super().embed(texts)

    with pytest.raises(ProviderError, match="is down"):
        embed_exemplars(store, replace(options(Failing()), on_progress=told.append))
    assert [(each.done, each.total) for each in told] == [(2, 4)]
    assert [run.state for run in store.runs.all()] == ["failed"]
    embedder = HashingEmbedder()
    assert embed_exemplars(store, options(embedder)).n_embedded == 2
    assert embedder.embedded == list(PROBLEMS[2:])
    assert [run.state for run in store.runs.all()] == ["done"]


KILLED = """
import os, signal, sys
from dataclasses import replace
from seasoned.pipeline.exemplars import embedding
from seasoned.store.store import Store
from tests.pipeline.exemplars.test_embedding import options

embedding.BATCH = 1
def tell(now):
    if now.done == 3:
        os.kill(os.getpid(), signal.SIGKILL)
with Store(sys.argv[1]) as store:
    embedding.embed_exemplars(store, replace(options(), on_progress=tell))
"""


def test_a_killed_run_goes_on_behind_its_last_batch(store: Store, place: str) -> None:
    fill(store)
    code = subprocess.run([sys.executable, "-c", KILLED, place], check=False, cwd=Path(__file__).parents[3]).returncode
    assert code == -signal.SIGKILL
    embedder = HashingEmbedder()
    assert embed_exemplars(store, options(embedder)).n_embedded == 1
    assert embedder.embedded == [PROBLEMS[3]]
    (run,) = store.runs.all()
    assert run.state == "done"


def test_another_dimension_says_to_embed_anew_which_helps(store: Store) -> None:
    fill(store, PROBLEMS[:1])
    embed_exemplars(store, options())
    fill(store)
    changed = options(HashingEmbedder(n_dimensions=8))
    with pytest.raises(UsageError, match=r"8 dimensions .* have 256 .*`seasoned exemplars embed --anew`"):
        embed_exemplars(store, changed)
    assert embed_exemplars(store, replace(changed, is_anew=True)).n_embedded == 4


def test_too_few_vectors_are_refused(store: Store) -> None:
    class Short(HashingEmbedder):
        async def embed(self, texts: Sequence[str]) -> list[Sequence[float]]:
            return (await super().embed(texts))[1:]

    fill(store)
    with pytest.raises(ProviderError, match="4 texts were sent and 3 vectors came back"):
        embed_exemplars(store, options(Short()))


def test_what_is_erased_meanwhile_leaves_no_vector(store: Store) -> None:
    first, *_ = fill(store)

    class Slow(HashingEmbedder):
        async def embed(self, texts: Sequence[str]) -> list[Sequence[float]]:
            store.erasures.erase([first.trace_id], by="ada")
            return await super().embed(texts)

    embedded = embed_exemplars(store, options(Slow()))
    assert embedded.n_dropped == 1
    assert first.id not in store.vectors.digests(exemplar_vectors("desk", "test:hashing"))


def test_what_was_turned_down_is_not_embedded(store: Store) -> None:
    first, *rest = fill(store)
    store.exemplars.judge("desk", [first.id], "rejected", ADA)
    embed_exemplars(store, options())
    assert set(store.vectors.digests(exemplar_vectors("desk", "test:hashing"))) == {each.id for each in rest}


def test_where_an_event_loop_runs_it_is_awaited(store: Store) -> None:
    fill(store)

    async def notebook() -> int:
        with pytest.raises(UsageError, match="embed_exemplars_async"):
            embed_exemplars(store, options())
        return (await embed_exemplars_async(store, options())).n_embedded

    assert asyncio.run(notebook()) == 4
