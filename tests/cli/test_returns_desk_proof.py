"""From two prompts to a promoted one, offline: a recorded small model works the returns desk's test tickets."""

import json
from pathlib import Path

import pytest

from seasoned.core.prompt import Prompt
from seasoned.store.store import Store
from tests.cli.conftest import Command

ROOT = Path(__file__).parents[2]
BASE = (ROOT / "src/seasoned/evaluate/suites/returns_desk/base_prompt.md").read_text("utf-8")
SKILLS = (ROOT / "examples/returns_desk/skills.md").read_text("utf-8")
RECORDED = ("--model", f"replay:{ROOT / 'src/seasoned/demo/desk.jsonl.gz'}", "--calls", "text", "--temperature", "0.7")
MORE = ("--max-tokens", "160", "--max-steps", "5", "--trials", "2", "--split", "test")


def made(text: str) -> Prompt:
    limits = {"book": "default", "revision": 1, "budget_tokens": 4_000, "n_tokens": 976, "tokenizer": "estimate"}
    return Prompt.model_validate({"text": text, "base": BASE, **limits})


@pytest.fixture(autouse=True)
def _store(command: Command, tmp_path: Path) -> None:  # pyright: ignore[reportUnusedFunction]
    with Store(tmp_path / ".seasoned" / "store.db") as store:
        store.prompts.add(made(SKILLS))
        store.prompts.add(made(BASE + "\nBe quick about it.\n"))
    (tmp_path / "base.md").write_text(BASE, encoding="utf-8")


def test_skills_are_shown_to_help_and_only_they_reach_the_label(command: Command) -> None:
    run_ids: list[str] = []
    for prompt, rate in (("base.md", 16 / 54), (made(SKILLS).id, 27 / 54)):
        done = command("eval", "run", "returns_desk", *RECORDED, *MORE, "--prompt", prompt, "--json")
        assert done.code == 0, done.err
        said = json.loads(done.out)
        assert (said["n_trials"], said["floor"]["free_tasks"]) == (54, [])
        assert said["summary"]["rate"]["value"] == pytest.approx(rate)
        run_ids.append(said["run_id"])

    refused = command("prompt", "promote", made(SKILLS).id, "--label", "production", "--reason", "it reads well")
    assert refused.code == 1
    assert "no comparison of it with the prompt without skills is on record" in refused.err

    compared = command("eval", "compare", f"base={run_ids[0]}", f"skills={run_ids[1]}", "--html", "seen.html")
    assert compared.code == 0, compared.err
    assert compared.out.startswith("skills is better than base: +20.4 [+5.6, +37.0] points, p = 0.023")
    assert "Kept as proof" in compared.err

    promoted = command("prompt", "promote", made(SKILLS).id, "--label", "production", "--reason", "it helps")
    assert promoted.code == 0, promoted.err
    other = made(BASE + "\nBe quick about it.\n").id
    assert command("prompt", "promote", other, "--label", "production", "--reason", "shorter").code == 1
    assert command("eval", "compare", f"skills={run_ids[1]}", f"base={run_ids[0]}").code == 1, (
        "the other way it is worse"
    )


def test_what_was_not_recorded_is_said_and_never_scored(command: Command) -> None:
    done = command("eval", "run", "returns_desk", *RECORDED, *MORE, "--retries", "0", "--prompt", "returns_desk:policy")
    assert done.code == 1
    assert "the recording has no reply to this request" in done.err
