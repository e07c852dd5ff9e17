"""Tokens as a model counts them, where its vocabulary is here."""

import importlib.util
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.compile.compiler import compile_prompt
from seasoned.compile.config import CompileConfig
from seasoned.compile.renderings import RENDERINGS, Rendering
from seasoned.compile.tokens import ESTIMATE
from seasoned.compile.vocabularies import VocabularyFile, encoding_of, tokenizer_for
from seasoned.errors import ConfigError
from tests.compile.building import book, skill

needs_rs_bpe = pytest.mark.skipif(importlib.util.find_spec("rs_bpe") is None, reason="rs-bpe is not installed")
needs_tokenizers = pytest.mark.skipif(importlib.util.find_spec("tokenizers") is None, reason="no tokenizers package")


@pytest.mark.parametrize(
    ("model_id", "encoding"),
    [
        ("openai:gpt-5", "o200k_base"),
        ("openai:gpt-5-mini-2025-08-07", "o200k_base"),
        ("gpt-4o", "o200k_base"),
        ("gpt-4.1-nano", "o200k_base"),
        ("openai:o3", "o200k_base"),
        ("openai-responses:o4-mini", "o200k_base"),
        ("ollama:gpt-oss:20b", "o200k_base"),
        ("openrouter:openai/gpt-5", "o200k_base"),
        ("openai:ft:gpt-4o-mini:org::id", "o200k_base"),
        ("openai:gpt-4", "cl100k_base"),
        ("openai:gpt-4-turbo", "cl100k_base"),
        ("azure:gpt-35-turbo", "cl100k_base"),
        ("openai:gpt-3.5-turbo", "cl100k_base"),
        ("openai:gpt-6", ""),
        ("ollama:olmo", ""),
        ("ollama:o1000", ""),
        ("anthropic:claude-opus-4-5", ""),
        ("local:models/gpt-5.gguf", ""),
        ("", ""),
    ],
)
def test_the_encoding_of_a_model(model_id: str, encoding: str) -> None:
    assert encoding_of(model_id) == encoding


@pytest.mark.parametrize("model_id", ["", "anthropic:claude-opus-4-5", "local:smollm2"])
def test_an_unknown_vocabulary_is_estimated_and_the_name_says_so(model_id: str) -> None:
    assert tokenizer_for(model_id) is ESTIMATE


def _nothing(_: str) -> None:
    """No package is installed."""


def test_without_the_extra_the_count_is_estimated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seasoned.compile.vocabularies.find_spec", _nothing)
    assert tokenizer_for("openai:gpt-5") is ESTIMATE


@needs_rs_bpe
@pytest.mark.parametrize(
    ("model_id", "text", "n_tokens"),
    [
        # Counted by tiktoken 0.14.0.
        ("gpt-5", "", 0),
        ("gpt-5", "hello world", 2),
        ("gpt-5", "<|endoftext|>", 7),
        ("gpt-5", "Größe prüfen\n\n日本語です", 7),
        ("gpt-4", "Größe prüfen\n\n日本語です", 11),
        ("gpt-4", "hello world", 2),
    ],
)
def test_counts(model_id: str, text: str, n_tokens: int) -> None:
    assert tokenizer_for(model_id).count(text) == n_tokens


@needs_rs_bpe
@given(st.text(max_size=200))
def test_any_text_is_counted(text: str) -> None:
    assert (tokenizer_for("gpt-5").count(text) == 0) is (text == "")


@needs_rs_bpe
@pytest.mark.parametrize("rendering", RENDERINGS.values(), ids=list(RENDERINGS))
@given(st.lists(st.text(min_size=1, max_size=80), max_size=8, unique_by=lambda t: skill(t).id), st.integers(0, 150))
def test_the_budget_holds_by_the_real_count(rendering: Rendering, texts: list[str], more: int) -> None:
    tokenizer = tokenizer_for("openai:gpt-5")
    skills = [skill(text, born=n, section=text[:5]) for n, text in enumerate(texts, start=1)]
    config = CompileConfig(tokenizer=tokenizer, rendering=rendering)
    budget = tokenizer.count("You are a clerk.") + more
    prompt = compile_prompt(book(*skills), "You are a clerk.", budget_tokens=budget, config=config)
    assert tokenizer.count(prompt.text) == prompt.n_tokens <= budget
    assert prompt.tokenizer == "o200k_base"


def _vocabulary(path: Path) -> Path:
    none: list[str] = []
    words = {"[UNK]": 0, "when": 1, "late": 2, ",": 3, "refuse": 4}
    document = {
        "version": "1.0",
        "truncation": {"direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0},
        "padding": None,
        "added_tokens": none,
        "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": None,
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": words, "unk_token": "[UNK]"},
    }
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@needs_tokenizers
def test_a_tokenizer_file_counts_whatever_the_model_is_called_and_never_truncates(tmp_path: Path) -> None:
    tokenizer = tokenizer_for("openai:gpt-5", _vocabulary(tmp_path / "tokenizer.json"))
    assert tokenizer.name.startswith("tokenizer.json-")
    assert tokenizer.count("When late, refuse. And \udc80 more") == 8


@needs_tokenizers
def test_a_file_that_is_no_tokenizer_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"no tokenizer\.json"):
        VocabularyFile(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        VocabularyFile(tmp_path / "none.json")


def test_a_tokenizer_file_without_the_extra_is_an_error_that_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seasoned.compile.vocabularies.find_spec", _nothing)
    with pytest.raises(ConfigError) as caught:
        tokenizer_for("", tmp_path / "tokenizer.json")
    assert "seasoned[tokenizers]" in str(caught.value)
