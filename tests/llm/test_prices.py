"""What a call would cost, before it is sent."""

import pytest

from seasoned.llm.prices import price_usd
from seasoned.llm.providers import PROVIDERS


@pytest.mark.parametrize(
    "model_id",
    ["openai:gpt-4o", "openai-chat:gpt-4o", "openai-responses:gpt-4o", "azure:gpt-4o", "openrouter:openai/gpt-4o"],
)
def test_a_listed_model_costs_what_the_table_says(model_id: str) -> None:
    # gpt-4o: 2.50 USD per million tokens in, 10.00 out
    assert price_usd(model_id, 1_000_000, 100_000) == pytest.approx(3.5)
    assert price_usd(model_id, 0, 0) == 0


@pytest.mark.parametrize(
    "model_id",
    [
        "anthropic:claude-sonnet-4-5",
        "bedrock:anthropic.claude-3-5-sonnet-20241022-v2:0",
        "google:gemini-2.5-pro",
        "google-cloud:gemini-2.5-pro",
        "mistral:mistral-large-latest",
        "xai:grok-3",
    ],
)
def test_providers_are_known_by_our_names(model_id: str) -> None:
    price = price_usd(model_id, 1000, 1000)
    assert price is not None
    assert 0 < price < 1


@pytest.mark.parametrize(
    "model_id",
    [
        "openai:our-own-finetune",
        "google:gemma-3",  # in the table, but without a price
        "github-copilot:gpt-4o",
        "ollama:qwen3",
        "vllm:gpt-4o",
        "local:smollm2",
        "replay:gpt-4o.jsonl",
        "nobody:gpt-4o",
        "openai:",
        "gpt-4o",
    ],
)
def test_what_is_not_known_is_unknown_and_not_free(model_id: str) -> None:
    assert price_usd(model_id, 1000, 1000) is None
    assert price_usd(model_id, 0, 0) is None


def test_every_provider_that_is_listed_can_be_asked_about() -> None:
    for provider in PROVIDERS:
        assert price_usd(f"{provider}:no-such-model-at-all", 1, 1) is None
