"""Which runs are read together, and in which order."""

from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from seasoned.core.trace import Step, Trace
from seasoned.learn.recursive.episodes import Episode, EpisodeLimits, plan
from tests.learn.building import calls, fails, returns, says, user
from tests.learn.building import run as built
from tests.learn.runs import refund_run, run, said

AT_ONE = EpisodeLimits(n_at_once=1)
"""As few episodes as the sizes allow."""

verdicts = st.sampled_from([True, False, None])
collections = st.lists(st.tuples(st.sampled_from("abcd"), verdicts, st.integers(0, 4)), max_size=40)


def traces_of(entries: Sequence[tuple[str, bool | None, int]]) -> list[Trace]:
    return [refund_run(passed=passed, task=task, key=str(key)) for task, passed, key in entries]


def asked(text: str, *steps: Step, passed: bool | None = False, key: str = "") -> Trace:
    """A run of the task that this text is."""
    trace = built(user(text), *steps, says("Done."), task=key or text, verdict=passed)
    return trace.model_copy(update={"task": trace.task.model_copy(update={"text": text})})


def shown(episodes: Sequence[Episode]) -> list[tuple[str, int]]:
    return [(episode.kind, len(episode.trace_ids)) for episode in episodes]


@given(collections, st.integers(1, 9), st.integers(1, 20))
def test_failed_and_unlabelled_runs_are_read_once_and_no_episode_is_too_large(
    entries: list[tuple[str, bool | None, int]], max_traces: int, n_at_once: int
) -> None:
    traces = traces_of(entries)
    episodes = plan(traces, EpisodeLimits(max_traces=max_traces, n_at_once=n_at_once))
    by_id = {trace.id: trace for trace in traces}
    times = Counter(key for episode in episodes for key in episode.trace_ids)
    assert all(times[key] == 1 for key, trace in by_id.items() if trace.verdict is not True)
    assert all(len(set(episode.trace_ids)) == len(episode.trace_ids) <= max_traces for episode in episodes)
    assert len({episode.id for episode in episodes}) == len(episodes)


@given(collections)
def test_every_contrast_holds_both_verdicts_of_each_of_its_tasks(entries: list[tuple[str, bool | None, int]]) -> None:
    traces = {trace.id: trace for trace in reversed(traces_of(entries))}
    for episode in plan(list(traces.values())):
        assert set(episode.task_keys) == {traces[key].task.key for key in episode.trace_ids}
        if episode.kind == "contrast":
            for task in episode.task_keys:
                found = {traces[key].verdict for key in episode.trace_ids if traces[key].task.key == task}
                assert found == {True, False}


@given(collections)
def test_the_same_traces_make_the_same_plan_and_a_trace_given_twice_counts_once(
    entries: list[tuple[str, bool | None, int]],
) -> None:
    traces = list({trace.id: trace for trace in traces_of(entries)}.values())
    assert plan(traces) == plan(list(traces)) == plan(traces + traces[:4])


def test_the_most_informative_come_first() -> None:
    traces = [
        asked("Write a poem about autumn", passed=None),
        asked("Compute the tax on a garden"),
        asked("Change the seat of my flight booking"),
        asked("Change the window seat of my flight booking", passed=True),
        asked("Mend a bicycle", passed=False),
        asked("Mend a bicycle", says("First the wheel."), passed=True),
    ]
    episodes = plan(traces)
    assert [episode.kind for episode in episodes] == ["contrast", "similar", "failures", "unlabelled"]
    assert set(episodes[0].trace_ids) == {traces[4].id, traces[5].id}
    assert set(episodes[1].trace_ids) == {traces[2].id, traces[3].id}


class TestContrasts:
    def test_those_with_more_pairs_come_first(self) -> None:
        one_pair = traces_of([("a", True, 0), ("a", False, 1)])
        two_pairs = traces_of([("b", True, 0), ("b", False, 1), ("b", True, 2), ("b", False, 3)])
        (episode,) = plan([*one_pair, *two_pairs], AT_ONE)
        assert set(episode.trace_ids[:4]) == {trace.id for trace in two_pairs}
        assert shown(plan([*one_pair, *two_pairs])) == [("contrast", 4), ("contrast", 2)]

    def test_a_hundred_runs_of_fifty_tasks_are_read_in_one_round(self) -> None:
        traces = traces_of([(str(task), passed, 0) for task in range(50) for passed in (False, True)])
        episodes = plan(traces)
        assert len(episodes) == 16
        assert {len(episode.trace_ids) for episode in episodes} == {6, 8}

    def test_many_failures_of_a_task_share_the_few_runs_that_passed(self) -> None:
        traces = traces_of([("a", False, key) for key in range(30)] + [("a", True, 0)])
        episodes = plan(traces)
        assert shown(episodes) == [("contrast", 11)] * 3
        assert all(traces[-1].id in episode.trace_ids for episode in episodes)

    def test_a_few_of_many_runs_that_passed_are_enough(self) -> None:
        traces = traces_of([("a", False, 0)] + [("a", True, key) for key in range(30)])
        assert shown(plan(traces)) == [("contrast", 5)]

    def test_a_failed_run_stays_with_a_passed_one_however_long_both_are(self) -> None:
        traces = [run([said("user", "x" * 5_000)], passed=passed, key=str(passed)) for passed in (False, True)]
        assert shown(plan(traces, EpisodeLimits(max_chars=2_000))) == [("contrast", 2)]


class TestSimilar:
    def test_tasks_like_the_same_passed_one_share_it(self) -> None:
        traces = [
            asked("Change the aisle seat of my flight booking"),
            asked("Change the window seat of my flight booking"),
            asked("Change the seat of my flight booking", passed=True),
            asked("Bake bread", passed=True),
        ]
        (episode,) = plan(traces, AT_ONE)
        assert (episode.kind, set(episode.trace_ids)) == ("similar", {trace.id for trace in traces[:3]})
        first, second = plan(traces, EpisodeLimits(max_traces=2))
        assert traces[2].id in first.trace_ids
        assert traces[2].id in second.trace_ids

    def test_it_says_what_is_like_what(self) -> None:
        traces = [
            asked("Change the aisle seat of my flight", key="aisle"),
            asked("Change the seat of my flight", passed=True, key="seat"),
        ]
        (episode,) = plan(traces)
        assert episode.why == "task aisle is like seat"

    def test_unrelated_tasks_are_not_paired(self) -> None:
        assert shown(plan([asked("Bake bread"), asked("Mend a bicycle", passed=True)])) == [("failures", 1)]


class TestFailures:
    def test_those_with_the_same_error_are_neighbours(self) -> None:
        def failing(task: str, tool: str, error: str) -> Trace:
            return asked(task, calls(tool, order=task), fails(error))

        traces = [
            failing("alpha", "pay", "Error: order 17 is closed"),
            failing("beta", "book", "Error: no seat"),
            failing("gamma", "pay", "Error: order 9 is closed"),
            failing("delta", "book", "Error: no seat"),
        ]
        first, second = plan(traces)
        assert (first.why, set(first.trace_ids)) == (
            "book returned: Error: no seat (2 times)",
            {traces[1].id, traces[3].id},
        )
        assert second.why == "pay returned: Error: order # is closed (2 times)"

    def test_those_of_one_task_are_read_together(self) -> None:
        """A cause that shows in several runs of a task is then found once, with all its evidence."""
        traces = traces_of([(task, False, key) for key in range(3) for task in "abc"])
        assert [episode.task_keys for episode in plan(traces)] == [("a",), ("b",), ("c",)]

    def test_a_run_larger_than_an_episode_is_one_of_its_own_and_an_empty_one_is_left_out(self) -> None:
        large = run([said("user", "x" * 5_000)], task="a", passed=False)
        empty = large.model_copy(update={"id": "trace-empty", "steps": ()})
        small = refund_run(passed=False, task="b")
        episodes = plan([large, empty, small], EpisodeLimits(max_chars=2_000))
        assert sorted(episode.trace_ids for episode in episodes) == sorted([(large.id,), (small.id,)])


class TestUnlabelled:
    def test_runs_with_signs_of_trouble_come_first(self) -> None:
        calm = [asked(f"calm {n}", calls("look"), returns("-"), passed=None) for n in range(3)]
        upset = [
            asked(f"upset {n}", calls("look"), returns("-"), says("Here."), user("That's wrong."), passed=None)
            for n in range(2)
        ]
        first, *_ = plan([*calm, *upset])
        assert set(first.trace_ids) == {trace.id for trace in upset}
        assert first.why == "user correction in 2 of 2 runs"

    def test_runs_that_called_the_same_tools_are_together(self) -> None:
        traces = [asked(f"t{n}", calls(tool), returns("-"), passed=None) for n, tool in enumerate(["a", "b", "a", "b"])]
        assert [set(episode.trace_ids) for episode in plan(traces)] == [
            {traces[0].id, traces[2].id},
            {traces[1].id, traces[3].id},
        ]
