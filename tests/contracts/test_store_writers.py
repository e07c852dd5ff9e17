"""What every store promises to several writers: nobody's work is lost, done twice or seen by halves."""

import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from seasoned.core.journal import Started
from seasoned.core.parsed import Parsed
from seasoned.core.trace import Trace
from seasoned.errors import StoreConflict, UsageError
from seasoned.store import schema
from seasoned.store.store import Store
from seasoned.store.traces.inbox import Arrival
from tests.make import add, make_trace

N_WRITERS = 8
N_ROUNDS = 3
NOW = datetime(2026, 11, 22, tzinfo=UTC)

WRITER = """
import sys
from tests.contracts.test_store_writers import work
print(work(sys.argv[1], int(sys.argv[2])), flush=True)
"""


def work(place: str, number: int) -> str:
    """All that one writer does, among others that do the same."""
    with Store(place) as store:
        run = store.runs.take("learn", {"writer": number})
        journal = store.new_journal()
        for i in range(N_ROUNDS):
            store.traces.add([Parsed(trace=make_trace(("user", f"shared {i}"))), Parsed(trace=own_trace(number, i))])
            store.books.append("shared", [add(f"When {number} {i}, do it.")], scope=run.id)
            # Everybody proposes this; whoever is first has it.
            store.books.append("shared", [add(f"When shared {i}, do it.")], scope="all")
            store.books.change("turns", lambda _, i=i: [add(f"When {number} {i}, do it.")], scope=run.id)
            store.books.append(f"own {number}", [add(f"When {i}, do it.")], scope=run.id)
            call = journal.begin(run.id, f"hash {i}", {"n": i})
            assert isinstance(call, Started)
            journal.finish(call.call_id, {"n": i}, 0.25)
            store.inbox.keep([span("shared", f"{number} {i}"), span(f"own {number}", str(i))], NOW)
            store.runs.renew(run.id)
        store.runs.end(run.id, "done", {})
        return store.salt.hex()


def own_trace(number: int, i: int) -> Trace:
    return make_trace(("user", f"{number} {i}"))


def span(trace_id: str, span_id: str) -> Arrival:
    return Arrival(trace_id=trace_id, span_id=span_id, weight=1, is_root=True, body="{}")


def test_eight_processes_write_as_if_they_did_so_in_turns(place: str) -> None:
    folder = Path(__file__).parents[2]
    command = [sys.executable, "-c", WRITER, place]
    writers = [
        subprocess.Popen([*command, str(n)], stdout=subprocess.PIPE, text=True, cwd=folder, env={**os.environ})
        for n in range(N_WRITERS)
    ]
    salts = {writer.communicate()[0].strip() for writer in writers}
    assert [writer.returncode for writer in writers] == [0] * N_WRITERS
    assert len(salts) == 1
    n_all = N_WRITERS * N_ROUNDS
    with Store(place) as store:
        assert store.traces.count() == N_ROUNDS + n_all
        revisions = {"shared": n_all + N_ROUNDS, "turns": n_all, **{f"own {n}": N_ROUNDS for n in range(N_WRITERS)}}
        for name, revision in revisions.items():
            book = store.books.read(name)
            assert book.revision == revision
            assert book == store.books.at(name, revision), "the projection is the fold of the events"
        runs = store.runs.all()
        assert [run.state for run in runs] == ["done"] * N_WRITERS
        assert [store.runs.spending(run.id).n_calls for run in runs] == [N_ROUNDS] * N_WRITERS
        due = store.inbox.take("shared")
        assert (due.version, len(due.bodies)) == (n_all, n_all)


def test_a_run_is_taken_by_one_of_many(place: str) -> None:
    Store(place).close()

    def take(_: int) -> bool:
        with Store(place) as store:
            try:
                store.runs.take("learn", {})
            except UsageError:
                return False
            return True

    with ThreadPoolExecutor(N_WRITERS) as threads:
        assert sum(threads.map(take, range(N_WRITERS))) == 1


def test_of_many_changes_to_one_revision_one_is_made(place: str) -> None:
    with Store(place) as store, ThreadPoolExecutor(N_WRITERS) as threads:

        def append(number: int) -> bool:
            try:
                store.books.append("desk", [add(f"When {number}, do it.")], scope="x", expected_revision=0)
            except StoreConflict:
                return False
            return True

        assert sum(threads.map(append, range(N_WRITERS))) == 1
        assert store.books.read("desk").revision == 1


def test_a_run_of_another_machine_is_left_alone_until_its_lease_is_over(place: str) -> None:
    with Store(place) as store:
        run = store.runs.take("learn", {})
        for lives, owner in ((True, "elsewhere:1:token"), (False, f"{socket.gethostname()}:{2**22 + 1}:token")):
            lease = {"owner": owner, "lease_until": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}
            with store.database.writing() as connection:
                connection.execute(update(schema.run).values(lease))
            assert store.runs.get(run.id).is_alive == lives
        with store.database.writing() as connection:
            over = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
            connection.execute(update(schema.run).values(owner="elsewhere:1:token", lease_until=over))
        assert store.runs.take("learn", {}).is_alive
        with pytest.raises(UsageError, match=f"held by {socket.gethostname()}"), Store(place) as other:
            other.runs.take("learn", {})
