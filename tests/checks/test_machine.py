"""What a doctor says of the machine: packages, settings, store, sandboxes."""

import asyncio
import shutil
from importlib.metadata import PackageNotFoundError, metadata, version
from pathlib import Path
from types import SimpleNamespace

import pytest

from seasoned.checks import machine
from seasoned.errors import SandboxError
from seasoned.sandbox.monty import MontyPool
from seasoned.store.store import Store


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, without settings from outside."""
    for name in ("STORE", "BOOK", "MODEL", "BASE_URL", "BUDGET", "SANDBOX"):
        monkeypatch.delenv(f"SEASONED_{name}", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_versions_are_those_that_are_installed():
    core, extras = machine.packages()
    assert f"pydantic-ai-slim {version('pydantic-ai-slim')}" in core.said
    assert extras.said.startswith("installed: ")
    assert version("seasoned") in machine.python().said


def test_every_extra_is_known():
    assert sorted(machine.EXTRAS) == sorted(metadata("seasoned").get_all("Provides-Extra") or ())


def test_a_core_package_that_is_gone_is_a_failure(monkeypatch: pytest.MonkeyPatch):
    def lookup(package: str) -> str:
        raise PackageNotFoundError(package)

    monkeypatch.setattr(machine, "version", lookup)
    core, extras = machine.packages()
    assert (core.state, "pydantic-monty" in core.said) == ("failed", True)
    assert extras.state == "ok"


def test_sqlite_is_the_bundled_one():
    assert "of the package pysqlite3" in machine.sqlite().said


def test_settings_say_where_they_come_from(folder: Path, monkeypatch: pytest.MonkeyPatch):
    (folder / "seasoned.toml").write_text('book = "air"\nbudget = "2usd"\n')
    (folder / "home" / "seasoned").mkdir(parents=True)
    (folder / "home" / "seasoned" / "seasoned.toml").write_text('redact = "pii"\nbook = "other"\n')
    monkeypatch.setenv("SEASONED_BUDGET", "5calls")
    check, settings = machine.settings()
    assert "book = air (seasoned.toml)" in check.said
    assert "budget = 5calls (SEASONED_BUDGET)" in check.said
    assert "redact = pii (" in check.said
    assert "by default budget_tokens = 4000" in check.said
    assert settings.book == "air"


def test_a_password_in_an_address_is_not_shown(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SEASONED_BASE_URL", "https://ann:secret@example.com/v1")
    assert "secret@" not in machine.settings()[0].said


def test_settings_that_do_not_parse_are_a_failure_and_the_defaults_hold(folder: Path):
    (folder / "seasoned.toml").write_text("book = [")
    check, settings = machine.settings()
    assert (check.state, settings.book) == ("failed", "default")


def test_a_store_that_is_there_opens_and_says_its_schema(folder: Path):
    path = folder / "s.db"
    Store(path).close()
    check = machine.store(str(path))
    assert (check.state, "opens, can be written to, schema 0" in check.said) == ("ok", True)


def test_a_store_that_is_not_there_yet_is_fine_and_not_made(folder: Path):
    path = folder / "new" / "s.db"
    check = machine.store(str(path))
    assert (check.state, "the first import makes it" in check.said) == ("ok", True)
    assert not path.parent.exists()


def test_a_file_that_is_no_store_is_a_failure(folder: Path):
    path = folder / "s.db"
    path.write_text("no database at all " * 100)
    assert machine.store(str(path)).state == "failed"


def test_a_database_that_is_not_supported_is_a_failure():
    assert machine.store("mysql://h/d").state == "failed"


def test_a_store_that_may_not_be_written_to_is_a_failure(folder: Path, monkeypatch: pytest.MonkeyPatch):
    def access(path: Path, mode: int) -> bool:
        return False

    monkeypatch.setattr(machine.os, "access", access)
    check = machine.store(str(folder / "s.db"))
    assert (check.state, "cannot be written to" in check.said) == ("failed", True)


def test_a_disk_that_is_nearly_full_is_a_warning(folder: Path, monkeypatch: pytest.MonkeyPatch):
    def disk_usage(_: Path) -> SimpleNamespace:
        return SimpleNamespace(total=10, used=9, free=1)

    monkeypatch.setattr(shutil, "disk_usage", disk_usage)
    assert machine.store(str(folder / "s.db")).state == "warning"


def test_the_sandbox_in_use_starts_and_computes():
    monty, cpython = asyncio.run(machine.sandboxes("monty"))
    assert (monty.state, "in use; starts and runs 1 + 1" in monty.said) == ("ok", True)
    assert cpython.state in {"ok", "warning"}  # the kernel decides


@pytest.mark.parametrize(("chosen", "state"), [("monty", "failed"), ("cpython", "warning")])
def test_a_sandbox_that_does_not_open_fails_where_it_is_in_use(
    chosen: machine.SandboxName, state: str, monkeypatch: pytest.MonkeyPatch
):
    async def closed(_: MontyPool) -> None:
        raise SandboxError("no walls", why="the kernel has none", hint="use another")

    monkeypatch.setattr(MontyPool, "__aenter__", closed)
    monty, _ = asyncio.run(machine.sandboxes(chosen))
    assert (monty.state, monty.said, monty.hint) == (state, "no walls: the kernel has none", "use another")
