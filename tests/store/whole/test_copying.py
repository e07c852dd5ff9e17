"""A whole store is backed up, restored and moved, between both databases: equal, or not done at all."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest
from sqlalchemy import Connection, text

from seasoned.core.operation import skill_id
from seasoned.errors import SeasonedError, StoreError, UsageError
from seasoned.store import schema
from seasoned.store.store import Store
from seasoned.store.whole import backup as whole
from seasoned.store.whole import copying
from seasoned.store.whole.copying import CopyProgress
from seasoned.store.whole.digests import TableDigest, n_stored_rows
from tests.databases import Server
from tests.make import add
from tests.store.filling import ERASED, LATER, REFUSE, TRACE, fill, with_image

OTHERS = [name for name in schema.metadata.tables if name != "audit"]


@pytest.fixture
def filled(place: str) -> Iterator[Store]:
    with Store(place) as store:
        fill(store)
        yield store


@pytest.fixture(params=["sqlite", "postgres"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store is to go: there is nothing yet."""
    if request.param == "sqlite":
        return str(tmp_path / "target.db")
    server: Server = request.getfixturevalue("postgres")
    return server.database()


def digests(store: Store) -> dict[str, TableDigest]:
    with store.database.reading() as connection:
        return {name: copying.digest(connection, schema.metadata.tables[name]) for name in OTHERS}


def test_the_store_of_these_tests_has_something_in_every_table(filled: Store) -> None:
    with filled.database.reading() as connection:
        assert [name for name, n in n_stored_rows(connection).items() if not n] == []


def test_a_moved_store_is_the_same_and_the_old_one_stays(filled: Store, target: str) -> None:
    before, acts = digests(filled), filled.audit.all()
    copied = whole.move(filled.database, target, by="ada")
    assert copied.n_books == 2
    assert (digests(filled), filled.audit.all()) == (before, acts)
    with Store(target) as moved:
        assert digests(moved) == before
        *same, last = moved.audit.all()
        assert tuple(same) == acts
        assert (last.by, last.act, last.detail["n_books"]) == ("ada", "move", 2)
        assert moved.salt == filled.salt
        assert moved.traces.get(TRACE.id) == TRACE
        assert [hit.row.id for hit in moved.traces.search("too late")] == [LATER.id]
        assert moved.books.read("trial") == filled.books.read("trial")
        assert moved.books.at("default", 1) == filled.books.at("default", 1)


def test_a_moved_store_goes_on_where_the_old_one_was(filled: Store, target: str) -> None:
    filled.erasures.erase([LATER.id], by="ada")
    whole.move(filled.database, target, by="ada")
    with Store(target) as moved:
        moved.books.append("default", [add("When new, be new.")], scope="c")
        moved.traces.add([with_image()])
        assert moved.books.read("default").revision == 4
        with moved.database.writing() as connection:
            connection.execute(text("UPDATE inbox SET version = 2"))
            with pytest.raises(Exception, match="append-only"):
                connection.execute(text("DELETE FROM event"))


def last_number(connection: Connection) -> int:
    row = {"run": "new", "at": "", "body": "{}"}
    connection.execute(text("INSERT INTO feedback (run_key, at, body) VALUES (:run, :at, :body)"), row)
    return connection.execute(text("SELECT max(seq) FROM feedback")).scalar_one()


def test_a_number_that_was_given_out_is_not_given_out_again(filled: Store, target: str) -> None:
    with filled.database.writing() as connection:
        n_given = last_number(connection)
        connection.execute(text("DELETE FROM feedback WHERE run_key = 'new'"))
    whole.move(filled.database, target, by="ada")
    with Store(target) as moved, moved.database.writing() as connection:
        assert last_number(connection) == n_given + 1


def test_a_target_that_holds_something_is_refused_and_left_alone(filled: Store, target: str) -> None:
    with Store(target) as other:
        other.books.append("default", [add("When there, stay.")], scope="x")
        before = digests(other)
    with pytest.raises(StoreError, match=r"the target is not empty .*: it holds 1 rows of book"):
        whole.move(filled.database, target, by="ada")
    with Store(target) as other:
        assert digests(other) == before


def test_an_empty_store_that_is_there_already_takes_the_copy(filled: Store, target: str) -> None:
    Store(target).close()
    whole.move(filled.database, target, by="ada")
    with Store(target) as moved:
        assert digests(moved) == digests(filled)


def test_a_backup_is_a_store_for_its_owner_alone(filled: Store, tmp_path: Path) -> None:
    file = tmp_path / "new folder" / "backup.db"
    before = digests(filled)
    told: list[CopyProgress] = []
    whole.backup(filled.database, file, by="ada", tell=told.append)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in file.parent.iterdir()] == ["backup.db"]
    assert told[-1].n_done == told[-1].n_total > 0
    assert filled.audit.all()[-1].subject == str(file)
    with Store(file) as opened:
        assert digests(opened) == before


def test_a_backup_holds_no_word_that_was_erased(filled: Store, tmp_path: Path) -> None:
    whole.backup(filled.database, tmp_path / "b.db", by="ada")
    assert b"Bob Smith" not in (tmp_path / "b.db").read_bytes()
    with Store(tmp_path / "b.db") as opened:
        assert [e.trace_id for e in opened.erasures.all()] == [ERASED.id]
        assert [e.is_erased for e in opened.books.read("default").skills[skill_id(REFUSE)].evidence] == [False, True]


def test_a_file_that_is_there_is_replaced_only_by_force(filled: Store, tmp_path: Path) -> None:
    file = tmp_path / "b.db"
    file.write_text("precious")
    with pytest.raises(UsageError, match="there is something here already"):
        whole.backup(filled.database, file, by="ada")
    assert file.read_text() == "precious"
    whole.backup(filled.database, file, by="ada", is_forced=True)
    with Store(file) as opened, pytest.raises(UsageError, match="it is a store that a process has open"):
        whole.backup(filled.database, file, by=opened.audit.all()[0].by, is_forced=True)


def test_a_folder_that_cannot_be_made_is_said(filled: Store, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="could not make the file"):
        whole.backup(filled.database, tmp_path / "file" / "b.db", by="ada")


def test_a_backup_comes_back(filled: Store, target: str, tmp_path: Path) -> None:
    file = tmp_path / "b.db"
    before = digests(filled)
    whole.backup(filled.database, file, by="ada")
    content = file.read_bytes()
    whole.restore(file, target, by="eve")
    assert file.read_bytes() == content
    with Store(target) as restored:
        assert digests(restored) == before
        assert (restored.audit.all()[-1].act, restored.audit.all()[-1].by) == ("restore", "eve")


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such file"):
        whole.restore(tmp_path / "none.db", str(tmp_path / "t.db"), by="ada")
    (tmp_path / "text.db").write_text("no database at all, however long it is")
    with pytest.raises(StoreError, match="could not read the file"):
        whole.restore(tmp_path / "text.db", str(tmp_path / "t.db"), by="ada")
    with closing(connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE song (title TEXT)")
    with pytest.raises(StoreError, match="not a Seasoned store"):
        whole.restore(tmp_path / "other.db", str(tmp_path / "t.db"), by="ada")
    assert not (tmp_path / "t.db").exists()


def test_a_backup_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    Store(tmp_path / "b.db").close()
    with closing(connect(tmp_path / "b.db", isolation_level=None)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="schema version 9999, newer"):
        whole.restore(tmp_path / "b.db", str(tmp_path / "t.db"), by="ada")


def test_a_copy_that_differs_is_not_kept(filled: Store, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    true_digest = copying.digest

    def wrong(connection: Connection, table: schema.Table, tell: object = None) -> TableDigest:
        found = true_digest(connection, table)
        return found.model_copy(update={"digest": "0" * 64}) if table is schema.event else found

    Store(target).close()
    monkeypatch.setattr(copying, "digest", wrong)
    with pytest.raises(StoreError, match=r"the copy is not what was read \(table event\)"):
        whole.move(filled.database, target, by="ada")
    with Store(target) as untouched, untouched.database.reading() as connection:
        assert not any(n_stored_rows(connection).values())


def test_a_damaged_skillbook_is_not_passed_on(filled: Store, target: str) -> None:
    with filled.database.writing() as connection:
        connection.execute(text("UPDATE skill SET status = 'approved' WHERE status = 'proposed'"))
    with pytest.raises(StoreError, match=r"the skillbook 'default' is damaged: skill-\w+ is not as the log has it"):
        whole.move(filled.database, target, by="ada")


def test_writers_may_go_on_during_a_backup(filled: Store, tmp_path: Path) -> None:
    n_before = filled.books.read("default").revision
    is_first = True

    def write(_: CopyProgress) -> None:
        nonlocal is_first
        if is_first:
            is_first = False
            filled.books.append("default", [add("When late, be late.")], scope="late")

    whole.backup(filled.database, tmp_path / "b.db", by="ada", tell=write)
    assert filled.books.read("default").revision == n_before + 1
    with Store(tmp_path / "b.db") as opened:
        assert opened.books.read("default").revision == n_before


KILLED = """
import os, signal, sys
from pathlib import Path
from seasoned.store.whole import backup as whole
from seasoned.store.whole import copying, files
from seasoned.store.store import Store

copying.TELL_ROWS, files.STEP_PAGES = 1, 4
act, source, target, nth = sys.argv[1:]
left = int(nth)

def tell(now):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)

if act == "restore":
    whole.restore(Path(source), target, by="ada", tell=tell)
else:
    with Store(source) as store:
        if act == "backup":
            whole.backup(store.database, Path(target), by="ada", tell=tell)
        else:
            whole.move(store.database, target, by="ada", tell=tell)
"""


@pytest.mark.parametrize("nth", ["1", "9"])
@pytest.mark.parametrize("act", ["backup", "restore", "move"])
def test_a_killed_process_leaves_no_half_copy(filled: Store, target: str, tmp_path: Path, act: str, nth: str) -> None:
    if act == "backup" and "://" in target:
        pytest.skip("a backup is a file")
    source = filled.database.url.render_as_string(hide_password=False)
    if act == "restore":
        source = str(tmp_path / "b.db")
        whole.backup(filled.database, tmp_path / "b.db", by="ada")
    before = digests(filled)
    killed = subprocess.run([sys.executable, "-c", KILLED, act, source, target, nth], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert digests(filled) == before
    if "://" not in target:
        assert not Path(target).exists()
    whole.move(filled.database, target, by="ada")
    with Store(target) as again:
        assert digests(again) == before


def test_the_version_of_a_store_is_told_without_opening_it(place: str, tmp_path: Path) -> None:
    Store(place).close()
    assert whole.schema_version(place) == "0007"
    assert whole.schema_version(str(tmp_path / "none.db")) is None
    assert not (tmp_path / "none.db").exists()


def test_a_server_that_is_away_is_said_without_the_password() -> None:
    with pytest.raises(SeasonedError) as error:
        whole.schema_version("postgresql://ada:secret@127.0.0.1:1/x")
    assert "secret" not in str(error.value)
