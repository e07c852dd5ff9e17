"""Embedders that other packages bring."""

from importlib.metadata import EntryPoint, EntryPoints

import pytest

from seasoned.errors import ConfigError
from seasoned.retrieve import embedder as module
from seasoned.retrieve.embedder import GROUP, resolve_embedder


def installed(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    points = EntryPoints([EntryPoint(name="mine", value=value, group=GROUP)])
    monkeypatch.setattr(module, "entry_points", points.select)


def test_a_plugin_is_asked_for_the_part_behind_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, "tests.retrieve.test_embedder:made")
    assert resolve_embedder("mine:small").embedder_id == "mine:small"


def test_a_plugin_that_does_not_load_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, "tests.retrieve.nowhere:made")
    with pytest.raises(ConfigError, match=r"does not load \(mine:small\): ModuleNotFoundError"):
        resolve_embedder("mine:small")


class made:  # noqa: N801 (a plugin's function may be a class)
    def __init__(self, name: str) -> None:
        self.embedder_id = f"mine:{name}"
