"""Canaries: who gets one, what their runs show, and that harm ends one although nobody looks."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.core.canary import BY_POLICY, is_canary_run
from seasoned.core.outcome import Outcome
from seasoned.core.parsed import Parsed
from seasoned.core.prompt import Prompt
from seasoned.core.trace import Source, Step, Task, Trace
from seasoned.errors import PromptError, UsageError
from seasoned.pipeline.canary import CanaryWatch, begin, check, prompt_for_run, standing
from seasoned.pipeline.promoting import Unproven, labelled, promote, roll_back
from seasoned.store.store import Store
from tests.prompts import RULES, compiled

STEPS = (Step(kind="user", text="please"), Step(kind="assistant", text="done"))
TASK = Task(key="t", text="t")


@pytest.fixture
def store() -> Iterator[Store]:
    with Store(":memory:") as opened:
        yield opened


@pytest.fixture
def prompts(store: Store) -> tuple[Prompt, Prompt]:
    """What the label points at, and its canary, which half of the runs get."""
    first, second = compiled(store, RULES[0]), compiled(store, RULES[1])
    promote(store, "default", "production", first, by="ada", reason=Unproven("first version"))
    begin(store, "default", "production", second, 0.5, by="ada", reason="try it")
    return first, second


def live(store: Store, prompts: tuple[Prompt, Prompt], n: int, rates: tuple[float, float], start: int = 0) -> None:
    """Runs of the label, which pass at these rates with the label's prompt and with its canary."""
    rng = np.random.default_rng(7 + start)
    runs: list[Parsed] = []
    for number in range(start, start + n):
        key = f"run {number}"
        handed = prompt_for_run(store, "default", "production", prompts[0], key)
        passed = bool(rng.random() < rates[handed == prompts[1]])
        outcome = Outcome(success=passed, source="verifier", name="test")
        source = Source(format="messages", run_key=key)
        trace = Trace.of(task=TASK, steps=STEPS, source=source, outcome=outcome, prompt_id=handed.id)
        runs.append(Parsed(trace=trace))
    store.traces.add(runs)


@given(st.text(max_size=20), st.floats(0, 0.5))
def test_the_same_run_gets_the_same_and_a_larger_share_keeps_those_it_had(key: str, share: float) -> None:
    drawn = is_canary_run(key, "prompt-1", share)
    assert drawn is is_canary_run(key, "prompt-1", share)
    assert is_canary_run(key, "prompt-1", 0.5) or not drawn


def test_the_share_of_runs_is_what_was_asked_and_another_canary_draws_others() -> None:
    keys = [f"run {number}" for number in range(20_000)]
    drawn = [is_canary_run(key, "prompt-1", 0.1) for key in keys]
    other = [is_canary_run(key, "prompt-2", 0.1) for key in keys]
    assert sum(drawn) == pytest.approx(2_000, abs=130)
    assert sum(a and b for a, b in zip(drawn, other, strict=True)) == pytest.approx(200, abs=45)


def test_a_canary_takes_a_reason_and_at_most_half_and_no_placebo(store: Store) -> None:
    first, second = compiled(store, RULES[0]), compiled(store, RULES[1])
    promote(store, "default", "production", first, by="ada", reason=Unproven("first version"))
    for share in (0.0, 0.6):
        with pytest.raises(UsageError, match="no share for a canary"):
            begin(store, "default", "production", second, share, by="ada", reason="try")
    with pytest.raises(UsageError, match="needs a reason"):
        begin(store, "default", "production", second, 0.1, by="ada", reason=" ")
    with pytest.raises(PromptError, match="placebo"):
        begin(
            store, "default", "production", second.model_copy(update={"is_placebo": True}), 0.1, by="ada", reason="try"
        )
    assert standing(store, "default", "production") is None


def test_before_any_run_nothing_is_known(store: Store, prompts: tuple[Prompt, Prompt]) -> None:
    found = check(store, "default", "production")
    assert found is not None
    assert (found.tried.prompt_id, found.tried.rate, found.effect) == (prompts[1].id, None, None)
    assert (found.e_harms, found.e_helps, found.verdict) == (1.0, 1.0, "not distinguishable")


def test_a_canary_that_harms_is_ended_by_policy_with_the_numbers_on_record(
    store: Store, prompts: tuple[Prompt, Prompt]
) -> None:
    live(store, prompts, 400, (0.8, 0.4))
    found = check(store, "default", "production")
    assert found is not None
    assert (found.verdict, found.e_harms >= 20) == ("harms", True)
    assert found.effect is not None
    assert found.effect_low < -0.4 < found.effect_high < 0.0
    ended = store.canaries.history("default", "production")[-1]
    assert (ended.prompt_id, ended.by) == (None, BY_POLICY)
    assert f"{found.tried.n_passed} of {found.tried.n_judged} passed with it" in ended.reason
    assert labelled(store, "default", "production") == prompts[0]
    assert prompt_for_run(store, "default", "production", prompts[0], "any run") == prompts[0]
    assert check(store, "default", "production") is None


def test_a_run_that_is_there_in_several_versions_counts_once(store: Store, prompts: tuple[Prompt, Prompt]) -> None:
    outcome = Outcome(success=False, source="verifier", name="test")
    for key, n_versions in (("one", 60), ("two", 1), ("", 3)):
        for n in range(n_versions):
            steps = (*STEPS, Step(kind="assistant", text=f"{key}, version {n}"))
            source = Source(format="otlp", run_key=key)
            made = Trace.of(task=TASK, steps=steps, source=source, outcome=outcome, prompt_id=prompts[1].id)
            store.traces.add([Parsed(trace=made)])
    found = check(store, "default", "production")
    assert found is not None
    assert (found.tried.n_judged, found.verdict) == (5, "not distinguishable")


def test_alike_prompts_are_left_alone(store: Store, prompts: tuple[Prompt, Prompt]) -> None:
    live(store, prompts, 400, (0.6, 0.6))
    found = check(store, "default", "production")
    assert found is not None
    assert found.verdict == "not distinguishable"
    assert store.canaries.at("default", "production") is not None
    with pytest.raises(PromptError, match="no comparison of it"):
        promote(store, "default", "production", prompts[1], by="ada", reason="hope")


def test_a_canary_that_helps_may_be_promoted_and_is_over_then(store: Store, prompts: tuple[Prompt, Prompt]) -> None:
    live(store, prompts, 400, (0.4, 0.8))
    came_to = promote(store, "default", "production", prompts[1], by="ada", reason="it helps")
    assert came_to.proof is not None
    assert came_to.proof.canary is not None
    assert came_to.proof.canary.verdict == "helps"
    assert store.canaries.at("default", "production") is None
    assert labelled(store, "default", "production") == prompts[1]


def test_a_canary_that_harms_is_not_promoted(store: Store, prompts: tuple[Prompt, Prompt]) -> None:
    live(store, prompts, 400, (0.8, 0.4))
    with pytest.raises(PromptError, match="as a canary it was shown to harm"):
        promote(store, "default", "production", prompts[1], by="ada", reason="hope")


def test_rolling_the_label_back_ends_its_canary(store: Store, prompts: tuple[Prompt, Prompt]) -> None:
    third = compiled(store, RULES[2])
    promote(store, "default", "production", third, by="ada", reason=Unproven("a test"))
    begin(store, "default", "production", prompts[1], 0.5, by="ada", reason="again")
    roll_back(store, "default", "production", by="ada")
    assert store.canaries.at("default", "production") is None


def test_the_watch_ends_a_harmful_canary_once_enough_verdicts_came(
    store: Store, prompts: tuple[Prompt, Prompt]
) -> None:
    watch = CanaryWatch(store, every=100)
    live(store, prompts, 10, (0.9, 0.2))
    assert watch.look() == ()
    live(store, prompts, 50, (0.9, 0.2), start=10)
    assert watch.look() == ()
    assert store.canaries.at("default", "production") is not None
    live(store, prompts, 300, (0.9, 0.2), start=60)
    (ended,) = watch.look()
    assert ended.verdict == "harms"
    assert store.canaries.at("default", "production") is None
    assert watch.look() == ()
