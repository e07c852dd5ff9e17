"""From a model id to an answer, through pydantic-ai, against a stand-in server on loopback."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from seasoned.errors import ConfigError, ProviderError, UsageError
from seasoned.llm.model import Message, Model, Reply, Request, ToolRequest, ToolSpec
from seasoned.llm.providers import PROVIDERS, ProviderConfig, resolve
from seasoned.llm.recording import Recorder, ReplayModel
from seasoned.llm.testing import TestModel
from tests.llm.standin import Fault, StandIn

ONCE = ProviderConfig(max_retries=0, timeout_s=5)


def ask(model: Model, request: Request | str = "hi") -> Reply:
    if isinstance(request, str):
        request = Request(messages=(Message(role="user", content=request),))
    return asyncio.run(model.complete(request))


def to(standin: StandIn, name: str = "openai:gpt-4o", config: ProviderConfig = ONCE) -> Model:
    return resolve(name, base_url=standin.url, config=config)


def failing(standin: StandIn, fault: Fault, config: ProviderConfig = ONCE) -> ProviderError:
    standin.faults = [fault]
    with pytest.raises(ProviderError) as caught:
        ask(to(standin, config=config))
    return caught.value


def test_importing_the_package_does_not_import_pydantic_ai():
    code = (
        "import sys, seasoned.llm, seasoned.llm.providers, seasoned.llm.recording, seasoned.llm.budget, "
        "seasoned.llm.journal, seasoned.llm.testing, seasoned.llm.prices, seasoned.llm.shares\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'pydantic_ai', 'openai', 'genai_prices'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- a compatible server


def test_a_compatible_server_needs_no_key_and_gets_none_from_the_environment(
    standin: StandIn, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    reply = ask(to(standin))
    assert (reply.content, reply.finish_reason, reply.model) == ("hello", "stop", "gpt-4o")
    assert standin.paths == ["/v1/chat/completions"]
    assert "sk-of-the-environment" not in str(standin.headers)


def test_the_key_that_goes_with_the_address_is_sent(standin: StandIn):
    ask(resolve("openai:m", base_url=standin.url, api_key="sk-given", config=ONCE))
    assert standin.headers[0]["authorization"] == "Bearer sk-given"


def test_an_address_from_the_environment_takes_the_key_of_the_environment(
    standin: StandIn, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OPENAI_BASE_URL", standin.url)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-env")
    assert ask(resolve("openai:gpt-4o", config=ONCE)).content == "hello"
    assert (standin.paths, standin.headers[0]["authorization"]) == (["/v1/chat/completions"], "Bearer sk-env")


def test_the_responses_api_can_be_asked_for_by_name(standin: StandIn):
    reply = ask(to(standin, "openai-responses:gpt-4o"))
    assert (reply.content, standin.paths) == ("hello", ["/v1/responses"])
    assert reply.cost_usd == pytest.approx(0.00040)


@pytest.mark.parametrize("provider", ["ollama", "litellm", "vllm"])
def test_other_providers_take_a_base_url_too(standin: StandIn, provider: str):
    assert ask(to(standin, f"{provider}:some-model")).content == "hello"


def test_ollama_is_looked_for_where_it_listens_by_default():
    assert resolve("ollama:qwen3").model_id == "ollama:qwen3"


def test_the_whole_request_reaches_the_server(standin: StandIn):
    request = Request(
        messages=(
            Message(role="system", content="Be brief."),
            Message(role="user", content="Weather in Oslo?"),
            Message(
                role="assistant",
                content="Let me look.",
                tool_requests=(ToolRequest(call_id="c1", name="weather", arguments='{"city": "Oslo"}'),),
            ),
            Message(role="tool", call_id="c1", content="4 degrees"),
        ),
        tools=(ToolSpec(name="weather", description="Look it up", parameters={"type": "object", "properties": {}}),),
        temperature=0.2,
        max_tokens=50,
        seed=7,
    )
    ask(to(standin), request)
    body = standin.bodies[0]
    assert [message["role"] for message in body["messages"]] == ["system", "user", "assistant", "tool"]
    assert body["messages"][2]["tool_calls"][0]["function"] == {"name": "weather", "arguments": '{"city":"Oslo"}'}
    assert body["messages"][3] == {"role": "tool", "tool_call_id": "c1", "content": "4 degrees"}
    assert body["tools"][0]["function"]["description"] == "Look it up"
    assert (body["temperature"], body["max_completion_tokens"], body["seed"]) == (0.2, 50, 7)


def test_tool_requests_come_back_exactly_as_the_model_wrote_them(standin: StandIn):
    standin.content, standin.tool_calls = None, [("search", '{"q": "a"}'), ("search", '{"q": ')]
    reply = ask(to(standin))
    assert (reply.content, reply.finish_reason) == ("", "tool_call")
    assert reply.tool_requests == (
        ToolRequest(call_id="call_0", name="search", arguments='{"q": "a"}'),
        ToolRequest(call_id="call_1", name="search", arguments='{"q": '),
    )


def test_text_that_no_database_stores_is_replaced(standin: StandIn):
    standin.content = "a\x00b"
    assert ask(to(standin)).content == "a\ufffdb"


def test_one_model_serves_any_number_of_event_loops_and_leaves_no_connection_open(standin: StandIn):
    # An unclosed connection is a ResourceWarning, which the test settings make an error.
    model = to(standin)
    assert [ask(model).content for _ in range(3)] == ["hello"] * 3


def test_connections_can_be_closed_early(standin: StandIn):
    from seasoned.llm.connect import connect
    from seasoned.llm.remote import RemoteModel

    model = connect("openai", "m", base_url=standin.url, api_key=None, config=ONCE)
    assert isinstance(model, RemoteModel)
    request = Request(messages=(Message(role="user", content="hi"),))

    async def twice() -> tuple[Reply, Reply]:
        first = await model.complete(request)
        await model.aclose()
        return first, await model.complete(request)

    first, second = asyncio.run(twice())
    assert first == second


def test_many_calls_at_once_share_one_model(standin: StandIn):
    model = to(standin)
    request = Request(messages=(Message(role="user", content="hi"),))

    async def many() -> list[Reply]:
        return await asyncio.gather(*(model.complete(request) for _ in range(20)))

    assert len(asyncio.run(many())) == standin.n_calls == 20


def test_a_call_that_is_cancelled_under_way_leaves_the_model_usable(standin: StandIn):
    model = to(standin)
    request = Request(messages=(Message(role="user", content="hi"),))
    standin.faults = [Fault(hangs=True)]

    async def cancel_then_ask() -> Reply:
        task = asyncio.create_task(model.complete(request))
        await asyncio.to_thread(standin.asked.wait, 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await model.complete(request)

    assert asyncio.run(cancel_then_ask()).content == "hello"


# --- tokens and cost


def test_cached_tokens_are_billed_at_their_own_price(standin: StandIn):
    # gpt-4o: 60 x 2.50 + 40 x 1.25 + 20 x 10.00 USD per million tokens = 0.00040 USD
    standin.usage = {
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "total_tokens": 120,
        "prompt_tokens_details": {"cached_tokens": 40},
    }
    reply = ask(to(standin))
    assert (reply.usage.input_tokens, reply.usage.cached_tokens, reply.usage.output_tokens) == (100, 40, 20)
    assert reply.cost_usd == pytest.approx(0.00040, abs=1e-12)


def test_the_cost_of_a_model_without_a_known_price_is_unknown_not_zero(standin: StandIn):
    reply = ask(to(standin, "openai:our-own-finetune"))
    assert (reply.cost_usd, reply.usage.input_tokens) == (None, 100)


def test_a_model_that_the_price_table_lists_without_a_price_is_not_free():
    from pydantic_ai.messages import ModelResponse, TextPart
    from pydantic_ai.usage import RequestUsage

    from seasoned.llm.wire import to_reply

    usage = RequestUsage(input_tokens=100, output_tokens=20)
    response = ModelResponse([TextPart("x")], usage=usage, model_name="gemma-3", provider_name="google")
    assert response.cost().total_price == 0  # what the table says
    assert to_reply(response).cost_usd is None


def test_tokens_are_unknown_when_the_provider_says_nothing(standin: StandIn):
    standin.usage = None
    reply = ask(to(standin))
    assert (reply.usage.input_tokens, reply.usage.output_tokens, reply.cost_usd) == (None, None, None)


# --- failures


def test_a_rate_limit_is_waited_for_as_long_as_the_provider_asks(standin: StandIn):
    standin.faults = [Fault(status=429, headers={"retry-after-ms": "1"})] * 2
    assert ask(to(standin, config=ProviderConfig(max_retries=2))).content == "hello"
    assert standin.n_calls == 3


def test_a_rate_limit_that_does_not_pass_says_how_long_to_wait(standin: StandIn):
    error = failing(standin, Fault(status=429, headers={"retry-after": "7"}))
    assert (error.status, error.retry_after_s, standin.n_calls) == (429, 7.0, 1)
    assert "made to fail" in str(error)
    assert "max_retries" in str(error)


def test_a_server_error_is_retried_as_often_as_configured_and_then_reported(standin: StandIn):
    standin.faults = [Fault(status=500, headers={"retry-after-ms": "1"})] * 3
    with pytest.raises(ProviderError, match=r"status 500.*made to fail.*try again later") as caught:
        ask(to(standin, config=ProviderConfig(max_retries=2)))
    assert (caught.value.status, standin.n_calls) == (500, 3)


@pytest.mark.parametrize(
    ("status", "hint"), [(401, "Check the key"), (404, "base_url"), (400, "refused"), (402, "add credit")]
)
def test_what_cannot_succeed_is_not_retried_and_says_what_to_do(standin: StandIn, status: int, hint: str):
    error = failing(standin, Fault(status=status), ProviderConfig(max_retries=3))
    assert (error.status, standin.n_calls) == (status, 1)
    assert hint in str(error)


@pytest.mark.parametrize(
    "body",
    [
        '{"error": {"message": "maximum context length", "code": "context_length_exceeded"}}',
        '{"error": {"message": "request (20031 tokens) exceeds the available context size (8192 tokens)"}}',
    ],
)
def test_a_prompt_that_is_too_long_is_named_as_such(standin: StandIn, body: str):
    assert "shorter prompt" in str(failing(standin, Fault(status=400, body=body)))


@pytest.mark.parametrize("body", ["<html>busy</html>", "{}", '{"choices": []}', "[1, 2]", '"text"', ""])
def test_an_answer_that_is_no_completion_is_a_provider_error(standin: StandIn, body: str):
    error = failing(standin, Fault(body=body))
    assert (error.status, error.where) == (None, "openai:gpt-4o")
    assert "could not be understood" in str(error) or "could not be asked" in str(error)


def test_a_provider_that_hangs_runs_into_the_time_limit(standin: StandIn):
    error = failing(standin, Fault(hangs=True), ProviderConfig(timeout_s=0.3, max_retries=0))
    assert "did not answer within 0.3 s" in str(error)
    assert "timeout_s" in str(error)


def test_a_server_that_is_not_there_is_named(standin: StandIn):
    model = resolve("openai:m", base_url="http://127.0.0.1:9/v1", config=ONCE)
    with pytest.raises(ProviderError, match=r"could not be reached.*base_url"):
        ask(model)


# --- ids and set-up


@pytest.mark.parametrize("model_id", ["gpt-4o", "openai:", ":gpt-4o", ""])
def test_an_id_without_provider_or_model_is_refused(model_id: str):
    with pytest.raises(UsageError, match=r"provider:model.*Known providers: .*openai"):
        resolve(model_id)


def test_an_unknown_provider_lists_the_known_ones():
    with pytest.raises(UsageError, match=r"no provider 'opnai'.*anthropic.*openai.*base_url"):
        resolve("opnai:gpt-4o")


def test_every_provider_that_is_listed_exists():
    from pydantic_ai.providers import infer_provider_class

    for provider in set(PROVIDERS) - {"local", "replay"}:
        try:
            infer_provider_class(provider)
        except ImportError:
            continue  # known, but its package is an extra


@pytest.mark.parametrize(
    ("model_id", "variable"), [("openai:gpt-5", "OPENAI_API_KEY"), ("openrouter:a/b", "OPENROUTER_API_KEY")]
)
def test_a_missing_key_says_which_variable_to_set(model_id: str, variable: str):
    with pytest.raises(ConfigError, match=f"needs a key.*Set {variable} in the environment"):
        resolve(model_id)


def test_a_missing_address_says_which_variable_to_set():
    with pytest.raises(ConfigError, match=r"needs a setting.*Set VLLM_BASE_URL"):
        resolve("vllm:some-model")


def test_missing_settings_of_bedrock_are_named_too(monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("boto3", reason="needs the extra bedrock")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError, match="Set AWS_DEFAULT_REGION"):
        resolve("bedrock:amazon.nova-lite-v1:0")


@pytest.mark.parametrize(
    ("model_id", "sdk", "package"),
    [
        ("anthropic:claude", "anthropic", "seasoned[anthropic]"),
        ("google:gemini", "google", "seasoned[google]"),
        ("bedrock:nova", "boto3", "seasoned[bedrock]"),
        ("groq:llama", "groq", "pydantic-ai-slim[groq]"),
    ],
)
def test_a_missing_package_gives_the_command_that_installs_it(
    model_id: str, sdk: str, package: str, monkeypatch: pytest.MonkeyPatch
):
    for name in [sdk, *(name for name in sys.modules if name.startswith(f"{sdk}."))]:
        monkeypatch.setitem(sys.modules, name, None)
    provider = model_id.partition(":")[0]
    monkeypatch.delitem(sys.modules, f"pydantic_ai.providers.{provider}", raising=False)
    with pytest.raises(ConfigError) as caught:
        resolve(model_id)
    assert caught.value.hint == f"Install it: pip install '{package}'"


def test_a_base_url_for_a_provider_with_one_address_is_refused(standin: StandIn):
    with pytest.raises(ConfigError, match=r"deepseek takes no base_url.*openai:NAME"):
        to(standin, "deepseek:chat")


def test_a_replay_id_opens_a_recording(tmp_path: Path):
    path = tmp_path / "r.jsonl"
    ask(Recorder(TestModel(["recorded"]), path))
    model = resolve(f"replay:{path}")
    assert isinstance(model, ReplayModel)
    assert ask(model).content == "recorded"


def test_a_replay_id_of_a_file_that_is_not_there_is_a_provider_error():
    with pytest.raises(ProviderError, match=r"could not read the recording.*nowhere\.jsonl"):
        resolve("replay:nowhere.jsonl")
