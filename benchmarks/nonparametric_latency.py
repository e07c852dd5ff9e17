"""What finding the nearest among stored vectors costs: `uv run python benchmarks/nonparametric_latency.py [--quick]`.

Made-up vectors of 256 dimensions in 200 clusters, the same every time, in stores on disk. Every size and index is
measured by a process of its own, one query after another:

    floor_ms            `matrix @ query` and the best ten by `argpartition`, in NumPy, nothing else: the median of 50
    query_ms            the ten nearest by the store's index, the median of 50 queries; `ratio` is that over the floor
    among_ms            the ten nearest among a tenth of the keys
    first_ms            the first query, which reads the collection from the store into memory
    put_per_s           vectors a second into the store, 500 at a time
    recall              of the ten nearest, how many are found; exact is 1 by definition
    rss_mb              resident memory of the process, the vectors that it compares with included, and `rss_added_mb`
                        what the first query added to it

Indexes: `sqlite` and `postgres` (NumPy over the stored bytes), `pgvector_exact` and `pgvector_graph` (HNSW, m 16,
ef_construction 64, ef_search 100), on a server of our own (see hammer.py) where one can be had; its memory is not
counted. `--quick` stops at 1,000 vectors. The last line printed is one JSON object; progress goes to standard error.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from hammer import fetch_postgres, postgres
from seasoned.store.database import Database
from seasoned.store.store import Store
from seasoned.store.vectors.blobs import BlobVectors
from seasoned.store.vectors.index import Near, Stored, VectorIndex, Vectors
from seasoned.store.vectors.pgvector import PgVectors, vector_index

SIZES = (1_000, 10_000, 100_000)
N_DIMENSIONS = 256
N_CLUSTERS = 200
SPREAD = 0.12
"""Standard deviation of each coordinate about its cluster's centre, which has length 1."""
N_QUERIES = 50
N_NEAREST = 10
BATCH = 500
VECTORS = Vectors(collection="exemplars of benchmark", embedder_id="made:up")

Matrix = Any


def made(n: int, seed: int) -> Matrix:
    """Vectors of length 1, about centres that are the same for every seed."""
    centres = np.random.default_rng(0).normal(size=(N_CLUSTERS, N_DIMENSIONS))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    rng = np.random.default_rng(seed)
    found = centres[rng.integers(N_CLUSTERS, size=n)] + rng.normal(scale=SPREAD, size=(n, N_DIMENSIONS))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


INDEXES: dict[str, Callable[[Database, int], VectorIndex]] = {
    "sqlite": lambda database, _: BlobVectors(database),
    "postgres": lambda database, _: BlobVectors(database),
    "pgvector_exact": lambda database, n: PgVectors(database, exact_max=n),
    "pgvector_graph": lambda database, n: PgVectors(database, exact_max=n - 1),
}


def measured(name: str, url: str, n: int) -> dict[str, float]:
    """The figures of one index at one size."""
    matrix, queries = made(n, 1), made(N_QUERIES, 2)
    keys = [f"exemplar-{number:06d}" for number in range(n)]
    among = frozenset(keys[::10])
    with Store(url) as store:
        if name.startswith("pgvector"):
            _ = vector_index(store.database)  # makes the extension
        index = INDEXES[name](store.database, n)
        put_s = timed_s(lambda: put(index, keys, matrix))
        floor_ms = median_ms([lambda q=query: floor(matrix, q) for query in queries])
        before_mb = rss_mb()
        first_ms = timed_s(lambda: index.nearest(VECTORS, queries[0], N_NEAREST)) * 1000
        added_mb = rss_mb() - before_mb
        query_ms = median_ms([lambda q=query: index.nearest(VECTORS, q, N_NEAREST) for query in queries])
        among_ms = median_ms([lambda q=query: index.nearest(VECTORS, q, N_NEAREST, among) for query in queries])
        recall = statistics.mean(
            share(index.nearest(VECTORS, query, N_NEAREST), floor(matrix, query)) for query in queries
        )
    return {
        "n": n,
        "floor_ms": round(floor_ms, 3),
        "query_ms": round(query_ms, 3),
        "ratio": round(query_ms / floor_ms, 2),
        "among_ms": round(among_ms, 3),
        "first_ms": round(first_ms, 1),
        "put_per_s": round(n / put_s),
        "recall": round(recall, 3),
        "rss_mb": round(rss_mb(), 1),
        "rss_added_mb": round(added_mb, 1),
    }


def put(index: VectorIndex, keys: Sequence[str], matrix: Matrix) -> None:
    """Put all vectors into the store."""
    for start in range(0, len(keys), BATCH):
        rows = zip(keys[start : start + BATCH], matrix[start : start + BATCH].tolist(), strict=True)
        index.put(VECTORS, {key: Stored("digest", row) for key, row in rows})


def floor(matrix: Matrix, query: Matrix) -> list[int]:
    """The best that NumPy can do on the same vectors."""
    scores = matrix @ query
    best = np.argpartition(scores, -N_NEAREST)[-N_NEAREST:]
    return best[np.argsort(-scores[best])].tolist()


def share(found: Sequence[Near], rows: Sequence[int]) -> float:
    """How many of the nearest were found."""
    return len({int(near.key.rpartition("-")[2]) for near in found} & set(rows)) / len(rows)


def median_ms(calls: Sequence[Callable[[], object]]) -> float:
    """The median by the clock, after one call that does not count."""
    calls[0]()
    return statistics.median(timed_s(call) for call in calls) * 1000


def timed_s(call: Callable[[], object]) -> float:
    """How long a call takes by the clock, since a server's time is not ours."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def rss_mb() -> float:
    """Resident memory of this process now, or at its peak where the system does not say."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(each for each in status.read_text().splitlines() if each.startswith("VmRSS"))
        return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def stores(name: str) -> Iterator[str]:
    """A new store on disk for one index; none where no server can be had."""
    with tempfile.TemporaryDirectory(prefix="latency-") as folder, ExitStack() as held:
        if name == "sqlite":
            yield str(Path(folder) / "store.db")
            return
        try:
            url = held.enter_context(postgres(Path(folder)))
        except Exception as error:  # noqa: BLE001 - whatever the reason is, it is said
            print(f"no PostgreSQL server could be had: {error!r}", file=sys.stderr)
            return
        yield url


def figures(*, quick: bool = False, up_to: int = max(SIZES)) -> dict[str, Any]:
    """The figures of every size and index."""
    fetch_postgres()
    warnings.simplefilter("ignore")
    most = min(up_to, 1_000) if quick else up_to
    indexes: dict[str, list[dict[str, float]]] = {name: [] for name in INDEXES}
    for n in (size for size in SIZES if size <= most):
        for name, found in indexes.items():
            for url in stores(name):
                print(f"{name}, {n:,} vectors …", file=sys.stderr)
                command = [sys.executable, __file__, "--one", name, url, str(n)]
                found.append(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))  # noqa: S603
    machine = (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, NumPy {np.__version__}"
    )
    return {"part": "latency", "machine": machine, "n_dimensions": N_DIMENSIONS, "indexes": indexes}


def main() -> None:
    """Measure every size and index, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="stop at 1,000 vectors")
    parser.add_argument("--json", action="store_true", help="only the last line")
    parser.add_argument("--up-to", type=int, default=max(SIZES), help="stop at so many vectors")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        name, url, n = options.one
        print(json.dumps(measured(name, url, int(n))))
        return
    found = figures(quick=options.quick, up_to=options.up_to)
    if not options.json:
        show(found["machine"], found["indexes"])
    print(json.dumps(found))


def show(machine: str, indexes: dict[str, list[dict[str, float]]]) -> None:
    """The figures for a person."""
    print(machine)
    for name, found in indexes.items():
        print(f"\n{name}" if found else f"\n{name}: not measured")
        for figure in found[0] if found else ():
            print(f"  {figure:14}" + "".join(f"{each[figure]:>12,.2f}" for each in found))


if __name__ == "__main__":
    main()
