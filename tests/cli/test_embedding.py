"""Embedding a bank, by the commands a user gives."""

import json
from pathlib import Path

import pytest

from seasoned.store.store import Store
from tests.cli.conftest import Command
from tests.pipeline.exemplars.test_embedding import fill


@pytest.fixture(autouse=True)
def _store(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.delenv("SEASONED_EMBEDDER", raising=False)
    with Store(tmp_path / ".seasoned" / "store.db") as store:
        fill(store)


def test_a_bank_is_embedded_offline_and_once(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    done = command("exemplars", "embed", "--book", "desk", "--embedder", "wordllama:256")
    assert done.code == 0, done.err
    assert "Made 4 vectors by wordllama:256; 4 exemplars can be found by them." in done.err
    monkeypatch.setenv("SEASONED_EMBEDDER", "wordllama:256")
    again = json.loads(command("exemplars", "embed", "--book", "desk", "--json").out)
    assert (again["n_embedded"], again["n_exemplars"], again["run_id"]) == (0, 4, None)
    anew = json.loads(command("exemplars", "embed", "--book", "desk", "--anew", "--prune", "--json").out)
    assert (anew["n_embedded"], anew["pruned"]) == (4, {})


def test_without_an_embedder_one_is_named_that_needs_nothing(command: Command) -> None:
    done = command("exemplars", "embed", "--book", "desk")
    assert done.code == 2
    assert "--embedder wordllama:256" in done.err


def test_an_empty_bank_is_said(command: Command) -> None:
    done = command("exemplars", "embed", "--book", "other", "--embedder", "wordllama:256")
    assert done.code == 0
    assert "bank of other is empty" in done.err
