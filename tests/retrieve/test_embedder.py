"""Embedders that other packages bring."""

import asyncio
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from seasoned import plugins
from seasoned.config import load
from seasoned.errors import ConfigError
from seasoned.retrieve.embedder import GROUP, Embedder, resolve_embedder
from tests.retrieve.hashing import HashingEmbedder


def installed(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    points = EntryPoints([EntryPoint(name="mine", value=value, group=GROUP)])
    monkeypatch.setattr(plugins, "entry_points", points.select)


def made(name: str) -> Embedder:
    return HashingEmbedder(n_dimensions=int(name))


def test_a_plugin_is_asked_for_the_part_behind_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, "tests.retrieve.test_embedder:made")
    (vector,) = asyncio.run(resolve_embedder("mine:16").embed(["a text"]))
    assert len(vector) == 16


def test_a_plugin_that_does_not_load_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, "tests.retrieve.nowhere:made")
    with pytest.raises(ConfigError, match=r"does not load \(mine\): ModuleNotFoundError"):
        resolve_embedder("mine:small")


def test_it_is_a_setting_that_is_off_unless_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("SEASONED_EMBEDDER", raising=False)
    assert load().embedder is None
    monkeypatch.setenv("SEASONED_EMBEDDER", "ollama:nomic-embed-text")
    assert load().embedder == "ollama:nomic-embed-text"
