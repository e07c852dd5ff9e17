"""The page on counters: its worked example and its figures are what the code comes to."""

from pathlib import Path

from seasoned.core.counters import PRIOR_STRENGTH, Count, Counters, Rate, rate
from seasoned.curate.stale import StaleRules
from seasoned.learn.judged.judging import RUN_CHARS

PAGE = (Path(__file__).parents[2] / "docs" / "counters.md").read_text(encoding="utf-8")


def in_words(found: Rate) -> str:
    return f"{found.mean:.2f} ({found.low:.2f} to\n{found.high:.2f})"


def test_the_worked_example_is_what_comes_out() -> None:
    judged = Count(helpful=4, harmful=1, neutral=3, not_applicable=2)
    found = rate(Counters(voted=Count(helpful=2), judged=judged), 0.7)
    row = f"| 8.8 | 2.2 | {found.mean:.2f} | {found.low:.2f} | {found.high:.2f} | {found.n} | {found.source} |"
    assert row in PAGE


def test_so_are_the_rates_of_short_and_long_records() -> None:
    page = " ".join(PAGE.split())
    for count in (Count(helpful=3), Count(helpful=30, harmful=10)):
        assert " ".join(in_words(rate(Counters(voted=count))).split()) in page


def test_its_limits_are_those_of_the_code() -> None:
    rules = StaleRules()
    assert f"a + b = {PRIOR_STRENGTH:.0f}" in PAGE
    assert f"{RUN_CHARS:,} characters" in PAGE
    assert f"below {rules.harmful_below}, with at least {rules.n_informative} informative" in PAGE
    assert f"last {rules.n_runs} imported runs" in PAGE
    assert f"last {rules.n_rated} rated runs" in PAGE
    assert f"{rules.idle_days} days ago or more and in none of at least {rules.n_since} runs" in PAGE
