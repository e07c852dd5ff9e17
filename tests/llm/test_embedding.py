"""Vectors from a provider, against a stand-in server on loopback."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence

import pytest

from seasoned.errors import ConfigError, ProviderError, UsageError
from seasoned.llm.embedding import MAX_TEXT_CHARS, MAX_TEXTS
from seasoned.llm.providers import ProviderConfig
from seasoned.retrieve.embedder import Embedder, resolve_embedder
from tests.llm.standin import Fault, StandIn


def to(standin: StandIn, name: str = "openai:some-embedder", timeout_s: float = 5) -> Embedder:
    return resolve_embedder(name, base_url=standin.url, config=ProviderConfig(timeout_s=timeout_s))


def embed(embedder: Embedder, *texts: str) -> Sequence[Sequence[float]]:
    return asyncio.run(embedder.embed(texts))


def failing(standin: StandIn, *texts: str, timeout_s: float = 5) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        embed(to(standin, timeout_s=timeout_s), *texts)
    assert "openai:some-embedder" in str(caught.value)
    return caught.value


def test_importing_the_package_does_not_import_pydantic_ai() -> None:
    code = "import sys, seasoned.retrieve.near\nprint('pydantic_ai' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("provider", ["openai", "openai-chat", "ollama", "vllm", "litellm"])
def test_any_compatible_server_needs_no_key_and_gets_none_from_the_environment(
    standin: StandIn, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    assert embed(to(standin, f"{provider}:e"), "abc")[0] == pytest.approx([0.9487, 0.3162, 0], abs=1e-4)
    assert (standin.paths, standin.bodies[0]["model"]) == (["/v1/embeddings"], "e")
    assert "sk-of-the-environment" not in str(standin.headers)


def test_many_texts_are_sent_in_batches_and_a_long_one_is_cut(standin: StandIn) -> None:
    texts = [f"{n} {'x' * n}" for n in range(MAX_TEXTS)] + ["y" * (MAX_TEXT_CHARS + 1), ""]
    assert len(embed(to(standin), *texts)) == len(texts)
    assert [len(body["input"]) for body in standin.bodies] == [MAX_TEXTS, 2]
    assert standin.bodies[1]["input"] == ["y" * MAX_TEXT_CHARS, "-"]


def test_an_answer_that_is_no_vectors_is_refused(standin: StandIn) -> None:
    standin.vector = lambda text: [1.0] * len(text)
    assert "one vector has 3 numbers, those before it had 2" in str(failing(standin, "ab", "abc"))
    standin.vector = lambda text: [0.0, 0.0]
    assert "a vector has no direction" in str(failing(standin, "ab"))
    standin.faults = [Fault(body='{"object": "list", "model": "m", "data": [{"index": 0, "embedding": [1.0]}]}')]
    assert "2 texts were sent and 1 vectors came back" in str(failing(standin, "a", "b"))


def test_the_dimension_may_not_change_between_calls(standin: StandIn) -> None:
    embedder = to(standin)
    embed(embedder, "a")
    standin.vector = lambda text: [1.0, 0.0]
    with pytest.raises(ProviderError, match="one vector has 2 numbers, those before it had 3"):
        embed(embedder, "a")


def test_the_provider_s_reason_is_in_the_error(standin: StandIn) -> None:
    standin.faults = [Fault(status=401, body='{"error": {"message": "that key is void"}}')]
    error = failing(standin, "a")
    assert (error.status, "that key is void" in str(error), "Check the key" in str(error)) == (401, True, True)


def test_a_provider_that_says_nothing_is_given_up(standin: StandIn) -> None:
    standin.faults = [Fault(hangs=True)]
    assert "did not answer within 0.2 s" in str(failing(standin, "a", timeout_s=0.2))


@pytest.mark.parametrize("embedder_id", ["nonsense", "openai:", ":e"])
def test_an_id_has_two_parts(embedder_id: str) -> None:
    with pytest.raises(UsageError, match="is not the id of an embedder"):
        resolve_embedder(embedder_id)


def test_what_cannot_be_set_up_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="there is no provider 'nobody'"):
        resolve_embedder("nobody:e")
    for name in ("AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_API_KEY", "OPENAI_API_VERSION"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(UsageError, match="the provider azure-responses has no embeddings"):
        resolve_embedder("azure-responses:e")
    with pytest.raises(ConfigError, match="OPENAI_API_KEY"):
        resolve_embedder("openai:e")
