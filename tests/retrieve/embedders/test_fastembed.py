"""The embedder that runs ONNX models, with a stand-in for its package: a real model would have to be fetched."""

import asyncio
import math
import sys

import pytest

from seasoned.errors import ConfigError, ProviderError, UsageError
from seasoned.retrieve.embedder import resolve_embedder
from tests.retrieve.embedders.standin import Standin


def installed(monkeypatch: pytest.MonkeyPatch, standin: Standin) -> Standin:
    monkeypatch.setitem(sys.modules, "fastembed", standin)
    return standin


def test_each_text_is_embedded_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    standin = installed(monkeypatch, Standin())
    asyncio.run(resolve_embedder("fastembed:some/model").embed(["one", "two"]))
    assert standin.batches == [["one"], ["two"]]


def test_without_the_package_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fastembed", None)
    with pytest.raises(ConfigError, match="not installed") as error:
        resolve_embedder("fastembed:some/model")
    assert error.value.hint == 'pip install "seasoned[fastembed]"'


def test_an_unknown_model_is_said_with_some_that_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, Standin())
    with pytest.raises(UsageError, match=r"no model 'a/b'. it has 2, such as another/model, some/model"):
        resolve_embedder("fastembed:a/b")


def test_a_model_that_cannot_be_fetched_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    standin = installed(monkeypatch, Standin(unavailable="no route to host"))
    embedder = resolve_embedder("fastembed:some/model")
    with pytest.raises(ProviderError, match=r"could not be loaded or fetched .*no route .*wordllama:256"):
        asyncio.run(embedder.embed(["one"]))
    standin.unavailable = ""
    assert len(asyncio.run(embedder.embed(["one"]))) == 1


@pytest.mark.parametrize("vector", [(0.0, 0.0), (math.nan, 1.0), (math.inf, 1.0)], ids=str)
def test_a_vector_that_points_nowhere_is_refused(monkeypatch: pytest.MonkeyPatch, vector: tuple[float, ...]) -> None:
    installed(monkeypatch, Standin(vector=vector))
    with pytest.raises(ProviderError, match="points nowhere"):
        asyncio.run(resolve_embedder("fastembed:some/model").embed(["one"]))
