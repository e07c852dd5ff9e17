"""Figures drawn."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seasoned.evaluate.compare.arms import Arm, Trial
from seasoned.evaluate.compare.comparing import CompareConfig, Report, compare
from seasoned.evaluate.compare.curve import learning_curve
from seasoned.evaluate.compare.one_arm import report_on
from seasoned.evaluate.reports.figures.costs import costs_figure
from seasoned.evaluate.reports.figures.curve import curve_figure
from seasoned.evaluate.reports.figures.intervals import NAMES, NUMBERS, intervals_figure
from seasoned.evaluate.reports.figures.pass_k import pass_k_figure
from seasoned.evaluate.reports.figures.plot import WIDTH, amounts
from seasoned.evaluate.reports.figures.standalone import standalone
from seasoned.evaluate.reports.figures.tasks import MAX_ROWS, tasks_figure
from tests.evaluate.make_arms import QUICK, made

SVG = "{http://www.w3.org/2000/svg}"
HALF, MOST = [(1, 2)] * 12, [(2, 2)] * 11 + [(0, 2)]
MARKS = {"svg", "title", "style", "rect", "text", "line", "circle", "polygon"}


def compared(*names: str) -> Report:
    arms = [made(name, HALF if number == 0 else MOST) for number, name in enumerate(names)]
    return compare(arms, CompareConfig(resampling=QUICK))


def drawn(*names: str) -> ElementTree.Element:
    return ElementTree.fromstring(standalone(intervals_figure(compared(*names))))


def words(picture: ElementTree.Element) -> list[str]:
    return [each.text or "" for each in picture.iter(f"{SVG}text")]


def test_every_arm_and_difference_is_a_dot_on_its_interval() -> None:
    picture = drawn("before", "after", "later")
    assert len(picture.findall(f"{SVG}circle")) == 3 + 2
    assert {"before", "after - before", "later - before"} <= set(words(picture))
    assert any(word.startswith("91.7 [") for word in words(picture))


def test_dots_stand_where_their_numbers_are() -> None:
    low, high = (float(each.attrib["cx"]) for each in drawn("before", "after").findall(f"{SVG}circle")[:2])
    assert high - low == pytest.approx((WIDTH - NAMES - NUMBERS) * (11 / 12 - 0.5), abs=0.2)


@settings(max_examples=40)
@given(st.text(min_size=1, max_size=30))
def test_no_name_is_markup(name: str) -> None:
    first, second = made(f"x{name}", HALF), made("plain", MOST)
    report, tasks = compare([first, second], CompareConfig(resampling=QUICK)), list(first.by_task)
    one = report_on(first, how=QUICK)
    for each in (
        intervals_figure(report),
        tasks_figure(first, second, tasks),
        pass_k_figure([(one.name, one.pass_hat, one.pass_at)]),
    ):
        picture = ElementTree.fromstring(standalone(each))
        assert {element.tag.removeprefix(SVG) for element in picture.iter()} <= MARKS


def test_a_name_that_would_be_a_script_is_words() -> None:
    hostile = '"/><script>1</script>'
    assert hostile in words(drawn(hostile, "plain"))


def test_tasks_are_drawn_with_those_that_were_lost_first() -> None:
    before, after = made("before", [(0, 2), (2, 2), (1, 2)]), made("after", [(2, 2), (0, 2), (1, 2)])
    picture = ElementTree.fromstring(tasks_figure(before, after, list(before.by_task)).svg())
    assert [word for word in words(picture) if word.startswith("task-")] == ["task-001", "task-002", "task-000"]
    assert [word for word in words(picture) if "→" in word] == ["2/2 → 0/2", "1/2 → 1/2", "0/2 → 2/2"]


def test_of_many_tasks_the_most_changed_are_drawn_and_that_is_said() -> None:
    n = MAX_ROWS + 50
    before, after = made("before", [(1, 1)] * n), made("after", [(0, 1)] * 7 + [(1, 1)] * (n - 7))
    picture = ElementTree.fromstring(tasks_figure(before, after, list(before.by_task)).svg())
    assert sum("1/1 → 0/1" in word for word in words(picture)) == 7
    assert f"The {MAX_ROWS} most changed of {n} tasks." in words(picture)


def test_cost_is_drawn_against_score_where_the_logs_say_it() -> None:
    arms = [made("small", HALF, cost_usd=0.01), made("large", MOST, cost_usd=0.04)]
    tasks, rates = list(arms[0].by_task), [report_on(arm, how=QUICK).pass_hat["1"] for arm in arms]
    figure = costs_figure(arms, rates, tasks, QUICK)
    assert figure is not None
    assert "USD a run" in words(ElementTree.fromstring(figure.svg()))
    silent = [made("small", HALF), made("large", MOST)]
    assert costs_figure(silent, rates, tasks, QUICK) is None


@given(st.floats(1e-9, 1e12))
def test_an_axis_of_amounts_ends_at_or_above_the_largest(high: float) -> None:
    axis = amounts(high, "tokens")
    assert axis.high >= high * (1 - 1e-9)
    assert 2 <= len(axis.ticks) <= 6


NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def run(number: int, *, passed: bool, prompt: str | None = None, hour: int | None = None) -> Trial:
    return Trial(
        task_key=f"task-{number % 5}",
        trace_id=f"trace-{number}",
        passed=passed,
        prompt_id=prompt,
        started_at=None if hour is None else NOON + timedelta(hours=hour),
    )


def test_a_learning_curve_goes_from_prompt_to_prompt_in_order_of_first_use() -> None:
    later = [run(n, passed=True, prompt="prompt-b", hour=10 + n) for n in range(10)]
    earlier = [run(20 + n, passed=False, prompt="prompt-a", hour=n) for n in range(10)]
    curve = learning_curve([*later, *earlier], QUICK)
    assert curve is not None
    assert [(each.label, each.rate.value) for each in curve.points] == [("prompt-a", 0.0), ("prompt-b", 1.0)]
    said = words(ElementTree.fromstring(curve_figure(curve).svg()))
    assert any(word.startswith("prompt-b: 100.0% of 5 tasks, 10 runs, since 2026-11-01 22:00") for word in said)


def test_without_prompts_a_curve_goes_by_time_and_without_times_by_trial() -> None:
    timed = learning_curve([run(n, passed=n >= 20, hour=n) for n in range(40)], QUICK)
    assert timed is not None
    assert timed.by == "time"
    assert [each.rate.value for each in timed.points] == [0.0, 0.0, 1.0, 1.0]
    untimed = learning_curve([run(n, passed=n >= 5) for n in range(10)], QUICK)
    assert untimed is not None
    assert [(each.label, each.rate.value) for each in untimed.points] == [("trial 1", 0.0), ("trial 2", 1.0)]


def test_nothing_tells_earlier_runs_from_later_ones_where_each_task_was_tried_once() -> None:
    assert learning_curve([run(n, passed=True) for n in range(5)], QUICK) is None


def test_one_arm_is_drawn_with_pass_hat_and_pass_at() -> None:
    one = report_on(Arm(name="alone", trials=made("alone", HALF).trials), how=QUICK)
    picture = ElementTree.fromstring(pass_k_figure([(one.name, one.pass_hat, one.pass_at)]).svg())
    assert len(picture.findall(f"{SVG}polygon")) == 2
    assert any("pass@k" in word for word in words(picture))
