"""What every `Embedder` does, whatever is behind it."""

import asyncio
import math
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack
from unittest.mock import patch

import pytest

from seasoned.errors import ProviderError
from seasoned.llm.providers import ProviderConfig
from seasoned.retrieve.embedder import Embedder, resolve_embedder
from tests.llm.standin import Fault, serving
from tests.retrieve.embedders.standin import Standin
from tests.retrieve.hashing import HashingEmbedder

Make = Callable[[ExitStack, bool], Embedder]
"""Makes an embedder; with True, one whose next call fails."""

TEXTS = ("Refund the order.", "", " \n", "\ud800 and \x00", "word " * 20_000, "退款", "Refund the order.")


def hashing(_stack: ExitStack, fails: bool) -> Embedder:
    return HashingEmbedder(n_failing=int(fails))


def provider(stack: ExitStack, fails: bool) -> Embedder:
    standin = stack.enter_context(serving())
    standin.faults = [Fault(status=400)] if fails else []
    return resolve_embedder("openai:some-embedder", base_url=standin.url, config=ProviderConfig(timeout_s=5))


def wordllama(stack: ExitStack, fails: bool) -> Embedder:
    if fails:
        pytest.skip("it asks nobody, so that nothing is away")
    return resolve_embedder("wordllama:256")


def fastembed(stack: ExitStack, fails: bool) -> Embedder:
    """With a stand-in for the package, whose models would have to be fetched."""
    stack.enter_context(patch.dict(sys.modules, {"fastembed": Standin(n_failing=int(fails))}))
    return resolve_embedder("fastembed:some/model")


@pytest.fixture(params=[hashing, provider, wordllama, fastembed], ids=lambda make: make.__name__)
def make(request: pytest.FixtureRequest) -> Generator[Callable[[bool], Embedder]]:
    with ExitStack() as stack:
        yield lambda fails: request.param(stack, fails)


def test_it_has_an_id_of_two_parts(make: Callable[[bool], Embedder]) -> None:
    embedder = make(False)
    assert isinstance(embedder, Embedder)
    assert all(embedder.embedder_id.partition(":"))


def test_every_text_whatever_it_holds_gets_one_vector_of_length_1(make: Callable[[bool], Embedder]) -> None:
    vectors = asyncio.run(make(False).embed(TEXTS))
    assert len(vectors) == len(TEXTS)
    assert len({len(vector) for vector in vectors}) == 1
    assert all(math.isclose(math.hypot(*vector), 1, abs_tol=1e-5) for vector in vectors)


def test_equal_texts_get_equal_vectors_in_one_event_loop_after_another(make: Callable[[bool], Embedder]) -> None:
    embedder = make(False)
    first, again = asyncio.run(embedder.embed(TEXTS)), asyncio.run(embedder.embed(TEXTS))
    assert list(first[0]) == list(first[-1]) == list(again[0])
    assert list(first[0]) != list(first[4])


def test_no_texts_give_no_vectors(make: Callable[[bool], Embedder]) -> None:
    assert asyncio.run(make(False).embed([])) == []


def test_a_failure_is_a_provider_error_and_the_embedder_goes_on(make: Callable[[bool], Embedder]) -> None:
    embedder = make(True)
    with pytest.raises(ProviderError):
        asyncio.run(embedder.embed(["one"]))
    assert len(asyncio.run(embedder.embed(["one"]))) == 1
