"""The gate before a label: what lets a prompt through, and what is said where nothing does."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from seasoned.core.comparison import NO_PROMPT, KeptComparison, OverPlacebo
from seasoned.core.ids import content_id
from seasoned.core.prompt import Prompt
from seasoned.errors import PromptError
from seasoned.pipeline.promoting import Unproven, labelled, promote, roll_back, take_away
from seasoned.store.store import Store
from tests.prompts import RULES, bare_prompt, compiled

BASE = "Be kind.\n"


@pytest.fixture
def store() -> Iterator[Store]:
    with Store(":memory:") as opened:
        yield opened


def kept(baseline_id: str, candidate: Prompt, **changes: object) -> KeptComparison:
    """A comparison that passes, but for the changes."""
    figures: dict[str, object] = {
        "book": candidate.book,
        "baseline_id": baseline_id,
        "candidate_id": candidate.id,
        "passes": True,
        "at": datetime(2026, 11, 1, tzinfo=UTC),
        "by": "ada",
        "difference": 0.1,
        "low": 0.02,
        "high": 0.18,
        "p": 0.01,
        "margin": 0.05,
        "verdict": "better",
        "is_not_inferior": True,
        "n_tasks": 3,
        "n_trials": (3, 3),
        "tasks": ("t1", "t2", "t3"),
    }
    return KeptComparison.model_validate({**figures, **changes})


def try_to(store: Store, prompt: Prompt) -> str:
    """Why the prompt is not let on to the label; empty where it is."""
    try:
        promote(store, "default", "production", prompt, by="ada", reason="better")
    except PromptError as error:
        return str(error)
    return ""


def test_without_a_comparison_it_is_refused_and_the_commands_are_said(store: Store) -> None:
    first = compiled(store, RULES[0])
    why = try_to(store, first)
    assert "no comparison of it with the prompt without skills is on record" in why
    assert f"--prompt {first.id}" in why
    assert "--unproven" in why
    promote(store, "default", "production", first, by="ada", reason=Unproven("first version"))
    second = compiled(store, RULES[1])
    why = try_to(store, second)
    assert f"no comparison of it with {first.id} is on record" in why
    assert f"--prompt {first.id}" in why
    assert labelled(store, "default", "production") == first


@pytest.mark.parametrize("baseline", [NO_PROMPT, content_id("prompt", BASE), content_id("prompt", BASE.rstrip("\n"))])
def test_a_new_label_takes_a_comparison_with_the_prompt_without_skills(store: Store, baseline: str) -> None:
    first = compiled(store, RULES[0], base=BASE)
    store.comparisons.keep(kept(baseline, first))
    came_to = promote(store, "default", "production", first, by="ada", reason="better")
    assert came_to.is_moved
    assert came_to.proof is not None
    assert came_to.proof.comparison == store.comparisons.of(first.id)[0]
    assert any("+10.0 [+2.0, +18.0] points on 3 tasks, compared on 2026-11-01 by ada" in each for each in came_to.notes)
    assert any("no placebo of it was compared" in each for each in came_to.notes)


def test_the_label_that_points_somewhere_takes_a_comparison_with_that(store: Store) -> None:
    first, second = compiled(store, RULES[0]), compiled(store, RULES[1])
    promote(store, "default", "production", first, by="ada", reason=Unproven("first version"))
    store.comparisons.keep(kept(NO_PROMPT, second))
    assert "there is one with no prompt" in try_to(store, second)
    store.comparisons.keep(kept(first.id, second))
    assert try_to(store, second) == ""


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"is_not_inferior": False, "low": -0.2, "verdict": "not distinguishable"}, "no worse by 5 points"),
        ({"n_learned_from": 2}, "learned from compared tasks, 2 times"),
        ({"margin": 0.99, "low": -0.6}, "its margin of 99 points gives up too much: it may be worse by 60.0"),
    ],
)
def test_a_comparison_that_does_not_pass_is_no_proof(store: Store, changes: dict[str, object], why: str) -> None:
    first = compiled(store, RULES[0])
    store.comparisons.keep(kept(NO_PROMPT, first, **changes))
    assert why in try_to(store, first)


def test_the_newest_comparison_decides(store: Store) -> None:
    first = compiled(store, RULES[0])
    store.comparisons.keep(kept(NO_PROMPT, first))
    store.comparisons.keep(kept(NO_PROMPT, first, is_not_inferior=False))
    assert "not shown to be no worse" in try_to(store, first)
    store.comparisons.keep(kept(NO_PROMPT, first))
    assert try_to(store, first) == ""


def test_an_old_comparison_still_holds_after_the_book_moved_on(store: Store) -> None:
    first = compiled(store, RULES[0])
    store.comparisons.keep(kept(NO_PROMPT, first))
    compiled(store, RULES[1])
    assert try_to(store, first) == ""


def test_the_anchors_are_those_of_today(store: Store) -> None:
    first = compiled(store, RULES[0])
    store.comparisons.keep(kept(NO_PROMPT, first, lost=("t2",)))
    store.anchors.add("default", ["t1", "t2", "t9"], by="ada", reason="paid for")
    why = try_to(store, first)
    assert "anchors regressed: 't2'; anchors not compared: 't9'" in why
    store.anchors.remove("default", ["t2", "t9"], by="ada", reason="gone")
    assert try_to(store, first) == ""


@pytest.mark.parametrize(("is_distinguishable", "is_said"), [(False, True), (True, False)])
def test_what_its_placebo_reached_is_said(store: Store, *, is_distinguishable: bool, is_said: bool) -> None:
    first = compiled(store, RULES[0])
    over = OverPlacebo(
        placebo_id="prompt-0", difference=0.01, low=-0.1, high=0.1, is_distinguishable=is_distinguishable
    )
    store.comparisons.keep(kept(NO_PROMPT, first, over_placebo=over))
    came_to = promote(store, "default", "production", first, by="ada", reason="better")
    assert any("length alone may explain" in each for each in came_to.notes) is is_said


def test_why_it_was_promoted_without_proof_stands_on_record(store: Store) -> None:
    first = compiled(store, RULES[0])
    promote(store, "default", "production", first, by="ada", reason=Unproven("the fair is tomorrow"))
    (move,) = store.labels.history("default")
    assert move.reason == "unproven: the fair is tomorrow"
    assert [e.reason for e in store.trail.all() if e.act == "label"] == ["unproven: the fair is tomorrow"]


def test_a_prompt_that_holds_nothing_learned_has_nothing_to_prove(store: Store) -> None:
    bare = bare_prompt("Be kind.")
    store.prompts.add(bare)
    came_to = promote(store, "default", "production", bare, by="ada", reason="the start")
    assert came_to.notes == ("the prompt holds nothing that was learned, so nothing was to be shown",)


def test_rolling_back_asks_nothing(store: Store) -> None:
    first, second = compiled(store, RULES[0]), compiled(store, RULES[1])
    for prompt in (first, second):
        promote(store, "default", "production", prompt, by="ada", reason=Unproven("a test"))
    assert roll_back(store, "default", "production", by="bob").after == first


def test_the_same_prompt_again_asks_nothing(store: Store) -> None:
    first = compiled(store, RULES[0])
    promote(store, "default", "production", first, by="ada", reason=Unproven("first version"))
    assert try_to(store, first) == ""


def test_taking_a_label_away_is_no_way_round(store: Store) -> None:
    first, second = compiled(store, RULES[0]), compiled(store, RULES[1])
    promote(store, "default", "production", first, by="ada", reason=Unproven("first version"))
    take_away(store, "default", "production", by="ada")
    store.comparisons.keep(kept(NO_PROMPT, second))
    assert f"no comparison of it with {first.id} is on record" in try_to(store, second)
    assert try_to(store, first) == "", "what users had comes back"
