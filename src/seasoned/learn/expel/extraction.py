"""One fold read call by call: each call sees the list that the calls before it left.

A call that a provider fails is passed over and told; a spent budget ends the fold with what it has. Raises `StoreError`
of the model's journal.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from seasoned.errors import BudgetExceeded, ProviderError
from seasoned.learn.asking import heard
from seasoned.learn.expel.config import ExpelConfig
from seasoned.learn.expel.gathering import Gathered
from seasoned.learn.expel.overheard import Overheard
from seasoned.learn.expel.questions import operation_of, question_of
from seasoned.learn.expel.votes import RuleList, applied
from seasoned.learn.injected import HandedOut
from seasoned.learn.learner import DroppedFinding, LearnContext


@dataclass
class Extracted:
    """What came of one fold so far."""

    rules: RuleList
    n_done: int = 0
    """Readings that were answered."""
    n_begun: int = 0
    dropped: list[DroppedFinding] = field(default_factory=list[DroppedFinding])
    problems: list[str] = field(default_factory=list[str])
    """Why readings were not answered."""


async def extracted(
    fold: Gathered, rules: RuleList, context: LearnContext, config: ExpelConfig, on_call: Callable[[], None]
) -> Extracted:
    """Read one fold.

    Args:
        fold: What to read, in order.
        rules: The list to begin with.
        context: The model, and who is told of turns.
        config: How to ask.
        on_call: Told when a reading is over.
    """
    ours, so_far = HandedOut(context.handed_out), Extracted(rules)
    for turn, reading in enumerate(fold.readings):
        so_far.n_begun += 1
        model = Overheard(context.model)
        try:
            found = await heard(question_of(reading, so_far.rules, ours, config), model)
        except BudgetExceeded as error:
            so_far.n_begun -= 1
            so_far.problems.append(str(error))
            break
        except ProviderError as error:
            so_far.problems.append(str(error))
            on_call()
            continue
        operations = [operation_of(each.item, each) for each in found.held]
        after, refused = applied(so_far.rules, operations)
        so_far.n_done += 1
        so_far.dropped += found.dropped
        so_far.dropped += [DroppedFinding(claim=each.operation.text, reason=each.reason) for each in refused]
        title, output = f"fold {fold.fold.number}: {reading.title}", _changes(so_far.rules, after)
        context.on_turn(model.turn(found, episode=fold.fold.number - 1, turn=turn, title=title, output=output))
        so_far.rules = after
        on_call()
    return so_far


def _changes(before: RuleList, after: RuleList) -> str:
    """What a call changed, one rule a line."""
    were = {rule.id: rule for rule in before.rules}
    lines = [
        f"{rule.id}, votes {rule.votes}: {rule.text}"
        for rule in after.rules
        if rule.id not in were or were[rule.id] != rule
    ]
    lines += [f"{rule.id} is gone: {rule.text}" for rule in after.gone[len(before.gone) :]]
    return "\n".join([f"rules: {len(after.rules)}", *lines])
