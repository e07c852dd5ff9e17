"""What `learn --dry-run` says: the episodes that would be read, and what they would cost."""

from collections.abc import Sequence

from seasoned.cli.output import err, note, safe, say, table_of, usd
from seasoned.core.text import plural
from seasoned.core.trace import Trace
from seasoned.core.value import Value
from seasoned.learn.learner import Estimates, Learner
from seasoned.learn.recursive.config import RecursiveConfig
from seasoned.learn.recursive.episodes import plan
from seasoned.learn.recursive.estimate import EpisodeEstimate, Estimate, estimate
from seasoned.llm.budget import Budget
from seasoned.llm.model import Model
from seasoned.llm.prices import price_usd

EPISODES_SHOWN = 8
_TASKS_SHOWN = 3
_FREE = frozenset({"replay", "local", "ollama", "vllm", "test"})
"""Providers that run here or answer from a file."""


class Plan(Estimate):
    """What would be read and sent."""

    cost_usd: float | None
    """As it usually comes out; None where the price is not known."""
    max_cost_usd: float | None
    """If every episode uses all its turns and questions; the budget is a hard stop before that."""


class Outline(Value):
    """What would be read and sent by a learner whose work is not planned ahead in episodes."""

    n_traces: int
    n_calls: int | None
    """Model calls as they usually come out; None: not known before."""


def outlined(traces: Sequence[Trace], learner: Learner | None) -> Outline:
    """What a learner would read, and how often it would ask, if it can say; patterns alone ask nobody."""
    n_calls = 0 if learner is None else learner.planned_calls(traces) if isinstance(learner, Estimates) else None
    return Outline(n_traces=len(traces), n_calls=n_calls)


def print_outline(need: Outline, model: Model | None, budget: Budget) -> None:
    """The same in a line or two, on standard error, with the budget that stops it."""
    name = "a model (none was named)" if model is None else model.model_id
    calls = "calls not known before" if need.n_calls is None else f"about {plural(need.n_calls, 'call')}"
    note(f"Would read {plural(need.n_traces, 'trace')} and send to {name}: {calls}.")
    note_nothing_sent(budget)


def planned(traces: Sequence[Trace], config: RecursiveConfig, model: Model | None) -> Plan:
    """The plan of a learning run, priced as its calls will be: by the model's name, at any address.

    Args:
        traces: What would be learned from.
        config: How the learner would work.
        model: Which model would be asked; without one the cost is unknown.
    """
    episodes = plan(traces, config.episode.at_once(config.concurrency))
    need = estimate(episodes, traces, max_turns=config.max_turns, max_questions=config.max_questions)
    model_id = "" if model is None else model.model_id
    return Plan(
        **dict(need),
        cost_usd=price_of(model_id, need.input_tokens, need.output_tokens),
        max_cost_usd=price_of(model_id, need.max_input_tokens, need.max_output_tokens),
    )


def print_plan(need: Plan, model: Model | None, budget: Budget) -> None:
    """The plan in a few lines, on standard error, with the budget that stops it."""
    name = "a model (none was named)" if model is None else model.model_id
    tokens = f"{need.input_tokens:,} tokens in and {need.output_tokens:,} out"
    note(f"Would send to {name}: {plural(need.n_episodes, 'episode')} over {plural(need.n_traces, 'trace')},")
    note(f"  about {need.n_calls:,} calls (at most {need.max_calls:,}), {tokens}, {_cost(need)}.")
    _note_caps(budget)
    shown = need.episodes[:EPISODES_SHOWN]
    rows = [
        (str(number), e.kind, str(e.n_runs), f"{e.input_tokens + e.output_tokens:,}", _about(e))
        for number, e in enumerate(shown, start=1)
    ]
    if rows:
        err.print(table_of(("#episode", "kind", "#runs", "#tokens", "about"), rows))
    if len(need.episodes) > len(shown):
        say(safe(f"and {len(need.episodes) - len(shown)} more; --json has all", "dim"))
    then = "without --dry-run it is done" if model is not None else "--model provider:model gives its price"
    note(f"Nothing was stored or sent; {then}.")


def price_of(model_id: str, input_tokens: int, output_tokens: int) -> float | None:
    """USD that so many tokens cost; 0 for a model that runs here, None where the price is not known."""
    if model_id.partition(":")[0] in _FREE:
        return 0.0
    return price_usd(model_id, input_tokens, output_tokens) if model_id else None


def _cost(need: Plan) -> str:
    return usd(need.cost_usd) if need.cost_usd is None else f"{usd(need.cost_usd)} (at most {usd(need.max_cost_usd)})"


def caps_of(budget: Budget) -> str:
    """The caps of a budget in words; empty without any."""
    caps = (
        None if budget.max_calls is None else plural(budget.max_calls, "call"),
        None if budget.max_tokens is None else plural(budget.max_tokens, "token"),
        None if budget.max_cost_usd is None else f"${budget.max_cost_usd:g}",
        None if budget.max_duration_s is None else f"{budget.max_duration_s:g} s",
    )
    return ", ".join(cap for cap in caps if cap is not None)


def note_nothing_sent(budget: Budget) -> None:
    """The end of what a dry run says: the budget that would stop the work, and that nothing was done."""
    _note_caps(budget)
    note("Nothing was stored or sent.")


def _note_caps(budget: Budget) -> None:
    if caps := caps_of(budget):
        note(f"  The budget stops it at {caps}.")


def _about(episode: EpisodeEstimate) -> str:
    """Its tasks, and what its runs have in common."""
    keys = episode.task_keys
    named = ", ".join(key[:24] for key in keys[:_TASKS_SHOWN])
    tasks = f"{named} and {len(keys) - _TASKS_SHOWN} more" if len(keys) > _TASKS_SHOWN else named
    return "; ".join(part for part in (tasks, episode.why) if part)
