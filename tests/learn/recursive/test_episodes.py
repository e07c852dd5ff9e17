"""Which runs are read together, and in which order."""

from hypothesis import given
from hypothesis import strategies as st

from seasoned.core.trace import Trace
from seasoned.learn.recursive.episodes import EpisodeLimits, estimate, plan
from tests.learn.runs import refund_run, result, run, said

verdicts = st.sampled_from([True, False, None])
collections = st.lists(st.tuples(st.sampled_from("abcd"), verdicts, st.integers(0, 4)), max_size=40)


def traces_of(entries: list[tuple[str, bool | None, int]]) -> list[Trace]:
    return [refund_run(passed=passed, task=task, key=str(key)) for task, passed, key in entries]


@given(collections, st.integers(1, 9))
def test_no_trace_is_in_two_episodes_and_none_is_too_large(
    entries: list[tuple[str, bool | None, int]], max_traces: int
) -> None:
    traces = traces_of(entries)
    episodes = plan(traces, EpisodeLimits(max_traces=max_traces))
    ids = [key for episode in episodes for key in episode.trace_ids]
    assert len(ids) == len(set(ids))
    assert all(len(episode.trace_ids) <= max_traces for episode in episodes)
    by_id = {trace.id: trace for trace in traces}
    # Only successes may stay unread.
    assert all(by_id[key].verdict is True for key in by_id.keys() - set(ids))


@given(collections)
def test_every_contrast_holds_both_verdicts_of_each_of_its_tasks(entries: list[tuple[str, bool | None, int]]) -> None:
    traces = {trace.id: trace for trace in reversed(traces_of(entries))}
    for episode in plan(list(traces.values())):
        if episode.kind == "contrast":
            for task in {traces[key].task.key for key in episode.trace_ids}:
                found = {traces[key].verdict for key in episode.trace_ids if traces[key].task.key == task}
                assert found == {True, False}


def test_contrasts_come_first_then_failures_then_runs_without_a_verdict() -> None:
    traces = [
        refund_run(passed=None, task="a"),
        refund_run(passed=False, task="b"),
        refund_run(passed=False, task="c"),
        refund_run(passed=True, task="c"),
        refund_run(passed=True, task="d"),
    ]
    episodes = plan(traces)
    assert [episode.kind for episode in episodes] == ["contrast", "failures", "unlabelled"]
    assert set(episodes[0].trace_ids) == {traces[2].id, traces[3].id}


def test_the_same_traces_make_the_same_plan_and_a_trace_given_twice_counts_once() -> None:
    traces = traces_of([(task, key % 3 == 0, key) for task in "abc" for key in range(5)])
    assert plan(traces) == plan(traces) == plan(traces + traces[:4])


def test_contrasts_with_more_pairs_come_first_and_small_ones_share_an_episode() -> None:
    one_pair = traces_of([("a", True, 0), ("a", False, 1)])
    two_pairs = traces_of([("b", True, 0), ("b", False, 1), ("b", True, 2), ("b", False, 3)])
    (episode,) = plan([*one_pair, *two_pairs])
    assert set(episode.trace_ids[:4]) == {trace.id for trace in two_pairs}
    first, second = plan([*one_pair, *two_pairs], EpisodeLimits(max_traces=4))
    assert (len(first.trace_ids), len(second.trace_ids)) == (4, 2)


def test_failures_with_the_same_failing_tool_are_neighbours() -> None:
    def failing(tool: str, task: str) -> Trace:
        return run([result(tool, "Error: no", 0, is_error=True)], task=task, passed=False)

    traces = [failing("pay", "a"), failing("book", "b"), failing("pay", "c"), failing("book", "d")]
    first, second = plan(traces, EpisodeLimits(max_traces=2))
    assert set(first.trace_ids) == {traces[1].id, traces[3].id}
    assert set(second.trace_ids) == {traces[0].id, traces[2].id}


def test_a_trace_larger_than_an_episode_is_one_of_its_own_and_an_empty_one_is_left_out() -> None:
    large = run([said("user", "x" * 5_000)], task="a", passed=False)
    empty = large.model_copy(update={"id": "trace-empty", "steps": ()})
    small = refund_run(passed=False, task="b")
    episodes = plan([large, empty, small], EpisodeLimits(max_chars=2_000))
    assert sorted(episode.trace_ids for episode in episodes) == sorted([(large.id,), (small.id,)])


def test_the_estimate_counts_calls_and_tokens() -> None:
    episodes = plan(
        traces_of([(task, key % 2 == 0, key) for task in "abcd" for key in range(4)]), EpisodeLimits(max_traces=8)
    )
    guess = estimate(episodes, max_turns=8)
    assert (guess.n_episodes, guess.n_traces, guess.n_calls, guess.max_calls) == (2, 16, 10, 16)
    assert guess.input_tokens > guess.output_tokens > 0
    assert estimate((), max_turns=8).n_calls == 0


def test_failures_of_one_task_are_read_together() -> None:
    """A cause that shows in several runs of a task is then found once, with all its evidence."""
    traces = [refund_run(passed=False, task=task, key=key) for key in ("1", "2", "3") for task in ("a", "b", "c")]
    episodes = plan(traces, EpisodeLimits(max_traces=3))
    tasks = {trace.id: trace.task.key for trace in traces}
    assert [{tasks[i] for i in episode.trace_ids} for episode in episodes] == [{"a"}, {"b"}, {"c"}]
