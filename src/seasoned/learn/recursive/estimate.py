"""What a plan will cost, before anything is asked: calls and tokens of every episode.

The opening of an episode is the one that will be sent, so only what the model then does is a guess: how many turns,
how much they show, how often it asks a sub-model. Knows nothing of prices. Raises nothing.
"""

from collections.abc import Mapping, Sequence

from seasoned.core.skillbook import Skillbook
from seasoned.core.text import CHARS_PER_TOKEN
from seasoned.core.trace import Trace
from seasoned.core.value import Text, Value
from seasoned.learn.recursive.brief import brief
from seasoned.learn.recursive.episodes import Episode, EpisodeKind
from seasoned.llm.prompt_file import load

USUAL_TURNS = 5
"""Look round, compare, read closely, cite, submit."""
USUAL_QUESTIONS = 1
"""Questions to a sub-model in an episode: most episodes ask none, a few map one over their runs."""
FILLED_IN_CHARS = 3_000
"""Of the system prompt: how the functions are used, and the dialect."""
OUTPUT_TOKENS = 700
"""What one turn's code shows."""
REPLY_TOKENS = 250
QUESTION_TOKENS = 1_500
"""A piece of a trace and the question."""
ANSWER_TOKENS = 150


class EpisodeEstimate(Value):
    """One episode of the plan."""

    kind: EpisodeKind
    n_runs: int
    task_keys: tuple[Text, ...]
    why: Text
    """What its runs have in common beyond their kind; may hold words of the traces."""
    input_tokens: int
    output_tokens: int


class Estimate(Value):
    """What a plan will cost."""

    n_episodes: int
    n_traces: int
    """Different traces in some episode; the others are not read."""
    n_calls: int
    """Model calls as they usually come out, those to sub-models among them."""
    max_calls: int
    """Model calls if every episode uses all its turns and all its questions to sub-models."""
    input_tokens: int
    output_tokens: int
    max_input_tokens: int
    """If every episode uses all its turns and questions, each of the usual size."""
    max_output_tokens: int
    episodes: tuple[EpisodeEstimate, ...] = ()
    """In the order of the plan."""


def estimate(
    episodes: Sequence[Episode],
    traces: Sequence[Trace],
    *,
    max_turns: int,
    max_questions: int = 0,
    book: Skillbook | None = None,
) -> Estimate:
    """Calls and tokens that the plan will need.

    Args:
        episodes: The plan.
        traces: At least those in it.
        max_turns: Turns that one episode may take.
        max_questions: Questions that one episode may put to a sub-model.
        book: What is known already, which the opening lists.
    """
    book = book or Skillbook(name="")
    by_id = {trace.id: trace for trace in traces}
    openings = [_opening_tokens(episode, by_id, book) for episode in episodes]
    n_turns, n_questions = min(USUAL_TURNS, max_turns), min(USUAL_QUESTIONS, max_questions)
    usual = [_tokens(opening, n_turns, n_questions) for opening in openings]
    most = [_tokens(opening, max_turns, max_questions) for opening in openings]
    return Estimate(
        n_episodes=len(episodes),
        n_traces=len({key for episode in episodes for key in episode.trace_ids}),
        n_calls=len(episodes) * (n_turns + n_questions),
        max_calls=len(episodes) * (max_turns + max_questions),
        input_tokens=sum(n_in for n_in, _ in usual),
        output_tokens=sum(n_out for _, n_out in usual),
        max_input_tokens=sum(n_in for n_in, _ in most),
        max_output_tokens=sum(n_out for _, n_out in most),
        episodes=tuple(_of_one(episode, *tokens) for episode, tokens in zip(episodes, usual, strict=True)),
    )


def _of_one(episode: Episode, input_tokens: int, output_tokens: int) -> EpisodeEstimate:
    return EpisodeEstimate(
        kind=episode.kind,
        n_runs=len(episode.trace_ids),
        task_keys=episode.task_keys,
        why=episode.why,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
    )


def _opening_tokens(episode: Episode, by_id: Mapping[str, Trace], book: Skillbook) -> int:
    system_chars = len(load(__package__ or "", "recursive").body) + FILLED_IN_CHARS
    first = brief(episode, [by_id[key] for key in episode.trace_ids], book)
    return -(-(system_chars + len(first)) // CHARS_PER_TOKEN)


def _tokens(opening: int, n_turns: int, n_questions: int) -> tuple[int, int]:
    """Tokens in and out: turn k sends the opening and everything said and shown in the k - 1 turns before it."""
    history = (OUTPUT_TOKENS + REPLY_TOKENS) * n_turns * (n_turns - 1) // 2
    n_in = opening * n_turns + history + QUESTION_TOKENS * n_questions
    return n_in, REPLY_TOKENS * n_turns + ANSWER_TOKENS * n_questions
