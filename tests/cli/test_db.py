"""`seasoned db`: what it prints, what goes on record, and what it says when it cannot."""

import json
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest

from seasoned.store.store import Store
from tests.cli.conftest import Command
from tests.databases import Server
from tests.store.filling import REFUSE, TRACE, fill


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A store where commands look without being told."""
    path = tmp_path / ".seasoned" / "store.db"
    with Store(path) as store:
        fill(store)
    return path


def raw(path: Path, statement: str) -> None:
    with closing(connect(path, isolation_level=None)) as database:
        database.execute(statement)


def acts(path: Path | str) -> list[str]:
    with Store(path) as store:
        return [act.act for act in store.audit.all()]


def test_status_says_where_and_how_much(command: Command, filled: Path) -> None:
    done = command("db", "status")
    assert "schema 0007" in done.err
    assert str(filled) in done.err
    assert "trace_step" in done.out
    said = json.loads(command("db", "status", "--json").out)
    assert said["version"] == "0007"
    sizes = {table["table"]: table for table in said["tables"]}
    assert (sizes["trace"]["n_rows"], sizes["blob"]["n_bytes"]) == (3, 64 + 11)
    assert said["n_bytes"] > 100_000


@pytest.mark.usefixtures("filled")
def test_a_sound_store_passes_its_check(command: Command) -> None:
    done = command("db", "check")
    assert done.code == 0
    assert "ok      skillbooks     every log is without gaps" in done.out
    said = json.loads(command("db", "check", "--json").out)
    assert said["ok"] is True
    assert said["repaired"] == []


def test_a_fault_is_shown_with_what_to_do_and_mended_on_request(command: Command, filled: Path) -> None:
    raw(filled, "UPDATE skill SET status = 'approved'")
    done = command("db", "check")
    assert done.code == 1
    assert "failed  skillbooks     default: skill-" in done.out
    assert "--repair` writes it anew" in done.out
    mended = command("db", "check", "--repair", "--json")
    assert mended.code == 0
    said = json.loads(mended.out)
    assert said["ok"] is True
    assert "the skillbook 'default' was written anew from its log" in said["repaired"][0]
    assert acts(filled)[-1] == "repair"


def test_a_backup_comes_back_elsewhere(command: Command, filled: Path, tmp_path: Path) -> None:
    done = command("db", "backup", "b.db", "--json")
    assert done.code == 0, done.err
    said = json.loads(done.out)
    assert said["n_books"] == 2
    assert said["n_rows"] == sum(table["n_rows"] for table in said["tables"])
    assert acts(filled)[-1] == "backup"
    again = command("db", "backup", "b.db")
    assert again.code == 2
    assert "--force" in again.err
    assert command("db", "backup", "b.db", "--force").code == 0
    restored = command("db", "restore", "b.db", "--store", "new/restored.db")
    assert restored.code == 0
    assert "rows are there and equal, 2 skillbooks folded" in restored.err
    assert command("traces", "show", TRACE.id, "--store", "new/restored.db").code == 0
    assert REFUSE in command("skills", "list", "--store", "new/restored.db").out
    assert acts(tmp_path / "new" / "restored.db")[-1] == "restore"


def test_nothing_is_restored_over_a_store_that_holds_something(command: Command, filled: Path) -> None:
    command("db", "backup", "b.db")
    before = acts(filled)
    done = command("db", "restore", "b.db")
    assert done.code == 3
    assert "the target is not empty" in done.err
    assert acts(filled) == before


def test_a_store_moves_to_a_server_and_back(command: Command, filled: Path, postgres: Server) -> None:
    url = postgres.database()
    before = acts(filled)
    moved = command("db", "move", "--to", url)
    assert moved.code == 0, moved.err
    assert "SEASONED_STORE=postgresql://" in moved.err
    assert acts(filled) == before
    assert command("db", "check", "--store", url).code == 0
    assert json.loads(command("db", "status", "--store", url, "--json").out)["n_bytes"] > 1_000_000
    assert command("db", "upgrade", "--store", url).code == 0
    assert command("db", "backup", "from_server.db", "--store", url).code == 0
    assert command("db", "move", "--to", "back.db", "--store", url).code == 0
    assert command("db", "check", "--store", "back.db").code == 0
    assert acts("back.db") == [*before, "move", "backup", "move"]


def old(path: Path) -> None:
    """A store as the first release left it."""
    from alembic import command as migrations
    from alembic.config import Config
    from sqlalchemy import create_engine

    import seasoned.store

    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(seasoned.store.__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        migrations.upgrade(config, "0001")
    engine.dispose()


def test_an_older_store_is_upgraded_and_kept_as_it_was(command: Command, tmp_path: Path) -> None:
    old(tmp_path / "old.db")
    done = command("db", "upgrade", "--store", "old.db")
    assert done.code == 0, done.err
    assert "kept in old.db.0001" in done.err
    assert "had schema 0001 and has 0007 now" in done.err
    with closing(connect(tmp_path / "old.db.0001")) as kept:
        assert kept.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    assert acts(tmp_path / "old.db") == ["upgrade"]
    again = command("db", "upgrade", "--store", "old.db")
    assert (again.code, "nothing to do" in again.err) == (0, True)
    restored = command("db", "restore", "old.db.0001", "--store", "from_old.db")
    assert restored.code == 0, restored.err
    assert command("db", "check", "--store", "from_old.db").code == 0


def test_an_upgrade_may_do_without_a_backup(command: Command, tmp_path: Path) -> None:
    old(tmp_path / "old.db")
    assert command("db", "upgrade", "--store", "old.db", "--no-backup").code == 0
    assert not (tmp_path / "old.db.0001").exists()


def test_without_a_store_nothing_is_made(command: Command, tmp_path: Path) -> None:
    for words in (("status",), ("check",), ("upgrade",), ("backup", "b.db"), ("move", "--to", "b.db")):
        done = command("db", *words)
        assert done.code == 3
        assert "there is no store here" in done.err
    assert list(tmp_path.iterdir()) == []
    done = command("db", "restore", "none.db")
    assert done.code == 2
    assert "there is no such file" in done.err
