"""Similar texts by their words and, with an embedder, by meaning as well.

The two rankings are fused by rank, since their scores have no common measure. Deterministic for an embedder that is.
Memory is that of the queries' vectors and of `CHUNK` others, however many the texts. Knows nothing of what the texts
are; an embedder that fails is told and done without.
"""

import asyncio
import heapq
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from operator import mul

from seasoned.errors import ProviderError
from seasoned.retrieve.embedder import Embedder, Vector
from seasoned.retrieve.lexical import Hit, LexicalIndex
from seasoned.store.vectors.exact import matrix_of, nearest_rows

K = 60
"""The constant of reciprocal rank fusion, as its authors chose it: how little the very first ranks stand out."""
DEPTH = 100
"""Of each ranking, so many texts take part, or `n_hits` where that is more."""
CHUNK = 512
"""Texts whose vectors are held at once."""

_log = logging.getLogger(__name__)


def _logged(error: ProviderError) -> None:
    _log.warning("similar texts are found by their words alone: %s", error)


async def nearest(
    queries: Sequence[str],
    texts: Sequence[str],
    n_hits: int,
    embedder: Embedder | None = None,
    on_failure: Callable[[ProviderError], None] = _logged,
) -> list[list[Hit]]:
    """The texts that are nearest to each query, best first; the earlier one among equals.

    Without an embedder that is BM25, which finds nothing where no word is shared. With one it is the reciprocal rank
    fusion of BM25 and cosine similarity, as far as that is above 0. Each different text is embedded once.

    Source: G. Cormack, C. Clarke, S. Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank
    Learning Methods", SIGIR 2009, 758-759.

    Args:
        queries: What to find similar texts for.
        texts: What to find; one that is also a query is found as any other.
        n_hits: At most so many for each query.
        embedder: None finds by words alone.
        on_failure: Told why the embedder could not be used; all hits are then by words alone. By default it is logged.

    Returns:
        One list for each query, in the order of the queries. Scores are comparable within a list only.
    """
    index = LexicalIndex(texts)
    if embedder is None or not texts or not queries:
        return [index.nearest(query, n_hits) for query in queries]
    depth = max(n_hits, DEPTH)
    try:
        by_meaning = await _by_meaning(queries, texts, depth, embedder)
    except ProviderError as error:
        on_failure(error)
        return [index.nearest(query, n_hits) for query in queries]
    by_words = ([hit.index for hit in index.nearest(query, depth)] for query in queries)
    return [fused(rankings, n_hits) for rankings in zip(by_words, by_meaning, strict=True)]


def fused(rankings: Sequence[Sequence[int]], n_hits: int) -> list[Hit]:
    """Several rankings of the same things as one, by reciprocal rank fusion.

    Args:
        rankings: Indices, best first; what one ranking lacks gets nothing from it.
        n_hits: At most so many.
    """
    scores: dict[int, float] = defaultdict(float)
    for ranking in rankings:
        for rank, index in enumerate(ranking, start=1):
            scores[index] += 1 / (K + rank)
    best = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:n_hits]
    return [Hit(index=index, score=score) for index, score in best]


async def _by_meaning(queries: Sequence[str], texts: Sequence[str], depth: int, embedder: Embedder) -> list[list[int]]:
    """For each query the texts whose cosine with it is above 0, highest first."""
    asked = list(dict.fromkeys(queries))
    known = dict(zip(asked, await embedder.embed(asked), strict=True))
    places: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        places[text].append(place)
    different = list(places)
    found: dict[str, list[tuple[float, int]]] = {query: [] for query in asked}
    for start in range(0, len(different), CHUNK):
        chunk = different[start : start + CHUNK]
        new = [text for text in chunk if text not in known]
        vectors = known | dict(zip(new, await embedder.embed(new), strict=True)) if new else known
        matrix = matrix_of([vectors[text] for text in chunk])
        for query in asked:
            sought = tuple(known[query])
            likely = (chunk[row] for row in nearest_rows(matrix, matrix_of([sought])[0], depth))
            near = ((cosine(sought, vectors[text]), -place) for text in likely for place in places[text])
            above = (pair for pair in near if pair[0] > 0)
            found[query] = heapq.nlargest(depth, [*found[query], *above])
            await asyncio.sleep(0)  # Thousands of products take a while; others may go on meanwhile.
    return [[-place for _, place in found[query]] for query in queries]


def cosine(left: Vector, right: Vector) -> float:
    """How near two vectors of length 1 are, in [-1, 1]."""
    return sum(map(mul, left, right))
