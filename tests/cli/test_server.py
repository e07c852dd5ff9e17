"""Commands on a store that is on a PostgreSQL server."""

import json
from pathlib import Path

import pytest
from sqlalchemy import make_url

from seasoned.checks import machine
from tests.cli.conftest import Command
from tests.cli.runs_file import write_runs
from tests.databases import Server


def named(url: str, password: str) -> str:
    return make_url(url).set(password=password).render_as_string(hide_password=False)


def test_the_loop_runs_on_a_server(command: Command, tmp_path: Path, postgres: Server) -> None:
    write_runs(tmp_path / "runs.jsonl", n_tasks=3)
    store = ("--store", named(postgres.database(), "s3cret"))
    for words in (("traces", "list"), ("skills", "list")):
        done = command(*words, *store)
        assert (done.code, "there is no store here" in done.err, "s3cret" in done.err) == (3, True, False)
    assert command("traces", "import", "runs.jsonl", *store).code == 0
    found = json.loads(command("traces", "search", "bicycle refunded", "--json", *store).out)
    assert len(found["hits"]) == 12
    learned = command("learn", *store)
    assert (learned.code, "s3cret" in learned.out + learned.err) == (0, False)
    assert json.loads(command("skills", "list", "--json", *store).out)["skills"] == []
    deleted = command("traces", "delete", found["hits"][0]["row"]["id"], "--yes", *store)
    assert deleted.code == 0
    assert not (tmp_path / ".seasoned").exists()


def test_a_server_that_is_away_is_an_error_of_the_environment(command: Command) -> None:
    done = command("traces", "list", "--store", "postgresql://ada:s3cret@127.0.0.1:1/x")
    assert (done.code, "see that the server runs" in done.err, "s3cret" in done.err) == (3, True, False)


def test_the_doctor_says_what_is_on_the_server(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    url = named(postgres.database(), "s3cret")
    assert "none there yet" in machine.store(url).said
    full = machine.store(named(postgres.store(), "s3cret"))
    assert (full.state, "opens, can be written to" in full.said, "s3cret" in full.said) == ("ok", True, False)
    assert machine.store("postgresql://ada:s3cret@127.0.0.1:1/x").state == "failed"
    monkeypatch.setenv("SEASONED_STORE", "postgresql://ada:s/3cret@127.0.0.1/x?sslpassword=s/3cret&password=s/3cret")
    assert "s/3cret" not in machine.settings()[0].said
