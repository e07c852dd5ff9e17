"""Arms of one comparison, evaluated one after the other on one account.

Each is a durable run of its own, as if it had been asked for alone: one that was done before is not run again. Raises
what `evaluate` raises.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from seasoned.learn.learner import Progress
from seasoned.llm.account import Account
from seasoned.pipeline.evaluating import evaluate
from seasoned.pipeline.evaluation.options import Evaluated, EvaluateOptions
from seasoned.store.store import Store
from seasoned.threads import refuse_in_event_loop


def evaluate_arms_sync(store: Store, arms: Sequence[EvaluateOptions]) -> tuple[Evaluated, ...]:
    """Evaluate where no event loop is running; see `evaluate_arms`.

    Raises:
        UsageError: An event loop is running in this thread; nothing was begun.
    """
    refuse_in_event_loop("evaluate_arms_sync", "evaluate_arms(...)")
    return asyncio.run(evaluate_arms(store, arms))


async def evaluate_arms(store: Store, arms: Sequence[EvaluateOptions]) -> tuple[Evaluated, ...]:
    """Evaluate each arm in turn, all of them together within the budget of the first.

    Args:
        store: Where trials go.
        arms: At least one; each is told how far all of them have come.

    Returns:
        What each came to. Where one is cut off, by the budget or as nobody answers any more, the later ones are not
        begun and lack here: parts of each would be no comparison.
    """
    account = Account(arms[0].budget)
    n_due = [arm.n_due for arm in arms]
    done: list[Evaluated] = []
    for number, arm in enumerate(arms):
        n_calls = sum(each.n_calls for each in done if not each.was_done)
        tell = _among_all(arm.on_progress, n_done=sum(n_due[:number]), n_all=sum(n_due), n_calls=n_calls)
        done.append(await evaluate(store, replace(arm, account=account, on_progress=tell)))
        if done[-1].n_trials + done[-1].n_unreachable < done[-1].n_due:
            break
    return tuple(done)


def _among_all(
    tell: Callable[[Progress], None], *, n_done: int, n_all: int, n_calls: int
) -> Callable[[Progress], None]:
    """Tells the progress of one arm as that of all."""

    def told(now: Progress) -> None:
        so_far = {"done": now.done + n_done, "total": n_all, "n_calls": now.n_calls + n_calls}
        tell(now.model_copy(update=so_far))

    return told
