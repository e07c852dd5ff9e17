"""What a doctor says of a model, against a stand-in server on loopback."""

import asyncio
from collections.abc import Generator
from pathlib import Path

import pytest

from seasoned.checks.check import Check
from seasoned.checks.model import model, set_up
from seasoned.llm.model import Message, Request
from seasoned.llm.providers import ProviderConfig
from seasoned.llm.recording import Recorder
from seasoned.llm.testing import TestModel
from tests.llm.standin import Fault, StandIn, serving

READY = '{"is_ready": true}'


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch) -> Generator[StandIn]:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    with serving() as server:
        server.content = READY
        yield server


def checked(base_url: str | None, model_id: str = "openai:gpt-4o", timeout_s: float = 5) -> list[Check]:
    async def collect() -> list[Check]:
        config = ProviderConfig(timeout_s=timeout_s)
        return [check async for check in model(model_id, base_url=base_url, config=config)]

    return asyncio.run(collect())


def test_a_model_that_answers_is_shown_with_time_tokens_price_and_the_way_of_its_shaped_answers(standin: StandIn):
    standin.fills_shape = True
    answered, shaped = checked(standin.url)
    assert (answered.state, shaped.state) == ("ok", "ok")
    assert "openai:gpt-4o answered in " in answered.said
    assert "100 tokens in, 20 out, $0.000450" in answered.said
    assert "works, by a tool call" in shaped.said
    assert "one more call" in shaped.said
    assert standin.n_calls == 2


def test_an_unknown_price_and_unreported_tokens_are_said(standin: StandIn):
    standin.usage = None
    answered, _ = checked(standin.url, "openai:our-own")
    assert "tokens not reported, price not known" in answered.said


def test_a_server_without_tools_gives_shaped_answers_by_a_prompt(standin: StandIn):
    standin.takes_tools = False
    _, shaped = checked(standin.url)
    assert "by a prompt alone" in shaped.said


def test_a_model_that_cannot_keep_to_a_shape_is_warned_of_since_learning_works_without(standin: StandIn):
    standin.content = "ready"
    answered, shaped = checked(standin.url)
    assert (answered.state, shaped.state, shaped.name) == ("ok", "warning", "structured output")
    assert "Learning works all the same" in (shaped.hint or "")
    assert "holds no JSON object" in shaped.said


def test_an_answer_that_fits_only_when_corrected_is_said_to_have_cost_two_calls(standin: StandIn):
    standin.contents = ["ready", "ready"]
    _, shaped = checked(standin.url)
    assert (shaped.state, "two more calls" in shaped.said) == ("ok", True)


def test_an_empty_answer_is_a_warning(standin: StandIn):
    standin.content, standin.finish_reason = "", "length"
    answered, *_ = checked(standin.url)
    assert (answered.state, "the answer is empty" in answered.said) == ("warning", True)


@pytest.mark.parametrize(
    ("fault", "plain", "hint"),
    [
        (Fault(status=401), "the key is wrong, or none was given (status 401)", "Check the key"),
        (Fault(status=402), "no credit left", "add credit"),
        (Fault(status=403), "may not use this model", "Check the key"),
        (Fault(status=404), "no model of this name", "base_url"),
        (Fault(status=429), "the quota is used up, or there were too many requests", "Wait"),
        (Fault(status=400), "refused the request", "refused"),
        (Fault(status=503), "a fault of its own (status 503)", "try again later"),
        (Fault(body="<html>busy</html>"), "could not be understood", None),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Fault) else None,
)
def test_a_failure_is_told_in_plain_words_after_one_call(standin: StandIn, fault: Fault, plain: str, hint: str | None):
    standin.faults = [fault]
    [check] = checked(standin.url)
    assert check.state == "failed"
    assert plain in check.said
    assert hint is None or hint in (check.hint or "")
    assert standin.n_calls == 1


def test_the_words_of_the_provider_are_kept(standin: StandIn):
    standin.faults = [Fault(status=401)]
    [check] = checked(standin.url)
    assert "made to fail" in check.said


def test_a_server_that_says_nothing_runs_into_the_time_limit(standin: StandIn):
    standin.faults = [Fault(hangs=True)]
    [check] = checked(standin.url, timeout_s=0.3)
    assert "did not answer within 0.3 s" in check.said


def test_an_address_where_nothing_listens_is_told_from_a_wrong_key():
    [check] = checked("http://127.0.0.1:9/v1")
    assert "nothing answers at this address" in check.said
    assert "--base-url" in (check.hint or "")


def test_a_server_without_tls_behind_an_https_address_is_told(standin: StandIn):
    [check] = checked(standin.url.replace("http://", "https://"))
    assert "the connection is not secure" in check.said
    assert "http:// or https://" in (check.hint or "")


def test_a_missing_key_is_told_before_anything_is_sent(standin: StandIn):
    [check] = checked(None)
    assert (check.state, check.hint) == ("failed", "Set OPENAI_API_KEY in the environment, or pass the key")
    assert standin.n_calls == 0


@pytest.mark.parametrize(("model_id", "said"), [("gpt-4o", "is not a model id"), ("opnai:x", "no provider 'opnai'")])
def test_an_id_that_means_nothing_is_told(model_id: str, said: str):
    [check] = checked(None, model_id)
    assert (check.state, said in check.said) == ("failed", True)


def test_a_recording_is_opened_and_not_asked(tmp_path: Path):
    path = tmp_path / "r.jsonl"
    request = Request(messages=(Message(role="user", content="hi"),))
    asyncio.run(Recorder(TestModel(["recorded"]), path).complete(request))
    [check] = checked(None, f"replay:{path}")
    assert (check.state, "opens" in check.said) == ("ok", True)
    [check] = checked(None, f"replay:{tmp_path / 'nowhere'}")
    assert check.state == "failed"


def test_a_model_of_the_settings_is_set_up_and_not_asked(standin: StandIn):
    assert set_up("openai:gpt-4o", base_url=standin.url).state == "ok"
    assert set_up("openai:gpt-4o", base_url=None).state == "failed"
    assert standin.n_calls == 0
