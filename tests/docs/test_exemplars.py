"""What docs/exemplars.md says of options and numbers is so."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from seasoned.cli.exemplars import Filling
from seasoned.learn.exemplars.policy import BankPolicy
from seasoned.retrieve.choosing import MEDOID_ITEMS, TRUST
from seasoned.retrieve.diversity import MMR_LAMBDA
from seasoned.retrieve.exemplars import OUTCOME_SHARE, RELEVANCE_SHARE, TOOLS_SHARE, Retrieval
from seasoned.retrieve.masking import SAME_MASKED_OVERLAP, SAME_OVERLAP
from seasoned.retrieve.near import K
from seasoned.store.exemplars import ALLOWED

PAGE = (Path(__file__).parents[2] / "docs" / "exemplars.md").read_text(encoding="utf-8")
FLAT = " ".join(PAGE.split())


def test_the_options_of_the_table_are_those_of_the_command() -> None:
    said = re.findall(r"^\| `--([\w-]+)`", PAGE, re.MULTILINE)
    assert said == [*(field.name.replace("_", "-") for field in fields(Filling)), "dry-run"]


def test_defaults_are_those_of_the_policy() -> None:
    policy = BankPolicy()
    said = dict(re.findall(r"^\| `--([\w-]+)` \| ([^|]+?) \|", PAGE, re.MULTILINE))
    assert said["source"] == ", ".join(f"`{source}`" for source in policy.sources)
    assert said["min-score"] == f"{policy.min_score:g}"
    assert said["per-task"] == str(policy.per_task)
    assert said["part"] == ", ".join(f"`{part}`" for part in policy.parts)
    assert said["max-chars"] == str(policy.max_chars)


@pytest.mark.parametrize(
    "said",
    [
        f"K = {K}",
        f"({Retrieval().n} * {Retrieval().buffer_retrieve_ratio} by default",
        f"`{RELEVANCE_SHARE} * relevance + {TOOLS_SHARE} * tools + {OUTCOME_SHARE} * outcome`",
        f"λ = {MMR_LAMBDA}",
        f"a judge {TRUST['judge']}, the agent's own word, or none, {TRUST['self-report']}",
        f"{SAME_OVERLAP * 100:.0f} % of all different words in common, or {SAME_MASKED_OVERLAP * 100:.0f} %",
        f"the best {MEDOID_ITEMS:,} where",
    ],
)
def test_numbers_are_those_of_the_code(said: str) -> None:
    assert said in FLAT


def test_the_verdicts_are_those_that_the_bank_allows() -> None:
    rows = re.findall(r"^\| `(\w+) ID….*?` \| ([\w, ]+) \| (\w+)", PAGE, re.MULTILINE)
    said = {(start, verb) for verb, starts, _ in rows for start in starts.split(", ")}
    assert said == {(start, act.removesuffix(" exemplar")) for (start, _), act in ALLOWED.items()}
