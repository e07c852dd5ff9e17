"""The page on what the statistics keep says what its committed figures say, and these keep what is promised."""

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")
FIGURES: dict[str, Any] = json.loads((ROOT / "benchmarks" / "results" / "statistics.json").read_text(encoding="utf-8"))


def percent(figure: dict[str, Any]) -> str:
    return f"{100 * figure['share']:.1f} %"


def test_looking_after_every_run_is_wrong_at_most_one_time_in_twenty() -> None:
    for kept, said in FIGURES["peeking"].items():
        row = " | ".join(percent(said[name]) for name in ("betting", "confidence_sequence", "z_test_after_every_run"))
        assert f"| {kept.removeprefix('kept ')} | {row} |" in PAGE
        assert max(said["betting"]["share"], said["confidence_sequence"]["share"]) <= 0.05


@pytest.mark.parametrize("size", ["20 tasks x 4", "50 tasks x 1", "50 tasks x 4", "100 tasks x 4"])
def test_intervals_hold_the_truth_as_often_as_they_say(size: str) -> None:
    said = FIGURES["coverage"][size]
    assert f"{percent(said['rate'])} | {percent(said['difference'])} |" in PAGE
    assert all(0.93 <= said[name]["share"] <= 0.97 for name in ("rate", "difference"))


def test_of_forty_skills_few_findings_are_false() -> None:
    for said in FIGURES["skills"].values():
        assert f"{100 * said['false_share']:.1f} % | {100 * said['found']:.1f} %" in PAGE
        assert said["false_share"] <= 0.1


def test_the_figures_are_those_of_the_whole_simulation() -> None:
    assert FIGURES["quick"] is False
