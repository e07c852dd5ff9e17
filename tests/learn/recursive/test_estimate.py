"""What a plan will cost."""

from seasoned.core.trace import Trace
from seasoned.learn.recursive.episodes import EpisodeLimits, plan
from seasoned.learn.recursive.estimate import estimate
from tests.learn.recursive.test_brief import book_of
from tests.learn.runs import refund_run


def traces_of(n_tasks: int) -> list[Trace]:
    return [refund_run(passed=passed, task=f"task {n}") for n in range(n_tasks) for passed in (False, True)]


def test_it_counts_calls_and_different_traces() -> None:
    traces = traces_of(4)
    guess = estimate(plan(traces), traces, max_turns=8, max_questions=20)
    assert (guess.n_episodes, guess.n_traces) == (4, 8)
    assert (guess.n_calls, guess.max_calls) == (4 * 6, 4 * 28)
    assert estimate(plan(traces), traces, max_turns=2).n_calls == 8


def test_a_passed_run_that_is_read_twice_is_one_trace() -> None:
    traces = [refund_run(passed=False, key=str(n)) for n in range(30)] + [refund_run(passed=True)]
    episodes = plan(traces)
    assert sum(len(episode.trace_ids) for episode in episodes) == 33
    assert estimate(episodes, traces, max_turns=8).n_traces == 31


def test_every_episode_is_listed_and_their_tokens_add_up() -> None:
    traces = traces_of(3)
    guess = estimate(plan(traces), traces, max_turns=8)
    assert [(each.kind, each.n_runs, len(each.task_keys)) for each in guess.episodes] == [("contrast", 2, 1)] * 3
    assert sum(each.input_tokens for each in guess.episodes) == guess.input_tokens
    assert sum(each.output_tokens for each in guess.episodes) == guess.output_tokens
    assert guess.input_tokens > guess.output_tokens > 0
    assert guess.max_input_tokens > guess.input_tokens


def test_a_longer_opening_costs_more() -> None:
    traces = traces_of(12)
    alone = estimate(plan(traces[:2]), traces, max_turns=8)
    many = estimate(plan(traces, EpisodeLimits(n_at_once=1)), traces, max_turns=8)
    known = estimate(plan(traces[:2]), traces, max_turns=8, book=book_of("When asked, do it.", "When not, do not."))
    assert many.n_episodes == alone.n_episodes == 1
    assert many.input_tokens > known.input_tokens > alone.input_tokens


def test_nothing_costs_nothing() -> None:
    guess = estimate((), (), max_turns=8, max_questions=9)
    assert (guess.n_calls, guess.input_tokens, guess.max_output_tokens, guess.episodes) == (0, 0, 0, ())
