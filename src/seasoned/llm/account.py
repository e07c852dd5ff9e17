"""The account of a run: what its calls came to, and whether its budget allows another.

All models that spend from one budget share one `Account`; `BudgetedModel` puts a model on it. `Ledger` is the counting
alone. Knows nothing of runs or of how prices are found. Raises `BudgetExceeded`, and what a wrapped model raises.

How the caps are kept: a cap on calls is exact. Tokens and cost are known only afterwards, so each call in flight, and
the one asked for, is reckoned as large as the largest so far of its model: spending goes over the cap only by what a
call is larger than every earlier call of its model, and by calls sent together before a model's first reply. Seconds
are exact: when they are over, calls in flight are cancelled. A cap that cannot be measured (a provider that reports no
tokens, a model without a known price) does not hold silently: unless another cap of the budget can be measured, the
next call is refused.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from seasoned.core.value import Value
from seasoned.errors import BudgetExceeded
from seasoned.llm.budget import Budget
from seasoned.llm.model import Model, Reply, Request


class CallTotals(Value):
    """What the calls so far came to."""

    n_calls: int = 0
    """Calls sent, answered or not; a reply that a resumed run replays counts, since the run paid for it."""
    n_failed: int = 0
    """Of these, how many got no reply: refused, failed or cancelled. A provider may bill some of them."""
    n_unpriced: int = 0
    """Answered calls of unknown cost; with any, `cost_usd` is a lower bound."""
    n_unmeasured: int = 0
    """Answered calls of unknown size; with any, the token counts are lower bounds."""
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None
    """Sum of the known costs; None when none is known."""

    @property
    def n_tokens(self) -> int:
        """Input and output tokens together."""
        return self.input_tokens + self.output_tokens

    def plus(self, other: "CallTotals") -> "CallTotals":
        """Both together."""
        costs = [cost for cost in (self.cost_usd, other.cost_usd) if cost is not None]
        return CallTotals(
            n_calls=self.n_calls + other.n_calls,
            n_failed=self.n_failed + other.n_failed,
            n_unpriced=self.n_unpriced + other.n_unpriced,
            n_unmeasured=self.n_unmeasured + other.n_unmeasured,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cost_usd=sum(costs) if costs else None,
        )

    def answered(self, reply: Reply) -> "CallTotals":
        """The totals after one more answered call."""
        usage = reply.usage
        measured = usage.input_tokens is not None and usage.output_tokens is not None
        call = CallTotals(
            n_calls=1,
            n_unpriced=int(reply.cost_usd is None),
            n_unmeasured=int(not measured),
            input_tokens=usage.input_tokens or 0,
            output_tokens=usage.output_tokens or 0,
            cost_usd=reply.cost_usd,
        )
        return self.plus(call)

    def failed(self) -> "CallTotals":
        """The totals after one more call that got no reply."""
        return self.plus(CallTotals(n_calls=1, n_failed=1))

    def __str__(self) -> str:
        """As errors tell it: `3 calls, 300 tokens, 0.0100 USD`."""
        cost = "unknown cost" if self.cost_usd is None else f"{self.cost_usd:.4f} USD"
        return f"{self.n_calls} calls, {self.n_tokens} tokens, {cost}"


class Size(NamedTuple):
    """How large a call was."""

    n_tokens: int = 0
    cost_usd: float = 0.0


@dataclass
class _Entry:
    """One model's calls."""

    finished: CallTotals = field(default_factory=CallTotals)
    n_in_flight: int = 0
    largest: Size = field(default_factory=Size)


class Ledger:
    """Counts calls by model, finished ones and those in flight. Safe for any number of tasks of one event loop."""

    def __init__(self) -> None:
        """Nothing is counted yet."""
        self._entries: dict[str, _Entry] = {}

    @property
    def totals(self) -> CallTotals:
        """What the finished calls came to; calls in flight are not in it yet."""
        total = CallTotals()
        for entry in self._entries.values():
            total = total.plus(entry.finished)
        return total

    @property
    def totals_by_model(self) -> Mapping[str, CallTotals]:
        """`totals`, one for each model id."""
        return {model_id: entry.finished for model_id, entry in self._entries.items()}

    @property
    def n_in_flight(self) -> int:
        """Calls that were begun and have not ended."""
        return sum(entry.n_in_flight for entry in self._entries.values())

    def largest(self, model_id: str) -> Size:
        """The most tokens and the highest cost that one call of the model came to; zeros before its first reply."""
        entry = self._entries.get(model_id)
        return Size() if entry is None else entry.largest

    def begin(self, model_id: str) -> None:
        """Count a call as in flight; `answered` or `failed` ends it."""
        self._entries.setdefault(model_id, _Entry()).n_in_flight += 1

    def answered(self, model_id: str, reply: Reply) -> None:
        """A call in flight has its reply."""
        entry = self._entries[model_id]
        entry.n_in_flight -= 1
        entry.finished = entry.finished.answered(reply)
        n_tokens = (reply.usage.input_tokens or 0) + (reply.usage.output_tokens or 0)
        most_tokens, highest_usd = entry.largest
        entry.largest = Size(max(most_tokens, n_tokens), max(highest_usd, reply.cost_usd or 0.0))

    def failed(self, model_id: str) -> None:
        """A call in flight got no reply."""
        entry = self._entries[model_id]
        entry.n_in_flight -= 1
        entry.finished = entry.finished.failed()

    def withdraw(self, model_id: str) -> None:
        """A call counted as in flight was not sent after all."""
        self._entries[model_id].n_in_flight -= 1

    def cap_in_the_way(self, caps: Budget, model_ids: Sequence[str], sizes: "Ledger") -> str | None:
        """The first cap that does not allow one more call of each of these models, in words; None when all do.

        Args:
            caps: What may be spent; seconds are not looked at.
            model_ids: Whom the next calls ask.
            sizes: Where to look up how large a call of each model may be.
        """
        totals = self.totals
        if caps.max_calls is not None and totals.n_calls + self.n_in_flight + len(model_ids) > caps.max_calls:
            return f"{caps.max_calls} calls"
        unfinished = [(key, entry.n_in_flight) for key, entry in self._entries.items()]
        asked_for = [(model_id, 1) for model_id in model_ids]
        reckoned = [(sizes.largest(key), n_calls) for key, n_calls in [*unfinished, *asked_for]]
        if caps.max_tokens is not None:
            more = sum(size.n_tokens * n_calls for size, n_calls in reckoned)
            if totals.n_tokens >= caps.max_tokens or totals.n_tokens + more > caps.max_tokens:
                return f"{caps.max_tokens} tokens"
        if caps.max_cost_usd is not None:
            spent_usd = totals.cost_usd or 0.0
            more_usd = sum(size.cost_usd * n_calls for size, n_calls in reckoned)
            if spent_usd >= caps.max_cost_usd or spent_usd + more_usd > caps.max_cost_usd:
                return f"{caps.max_cost_usd:g} USD"
        return None


class Account:
    """What all models of a run spend from. Safe for any number of tasks of one event loop.

    Args:
        budget: What may be spent; its seconds begin to run now.
        clock: Seconds that only grow.
    """

    def __init__(self, budget: Budget, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Open the account; nothing is spent yet."""
        self._budget, self._clock = budget, clock
        self._ledger = Ledger()
        self._deadline_s = None if budget.max_duration_s is None else clock() + budget.max_duration_s

    @property
    def budget(self) -> Budget:
        """As given."""
        return self._budget

    @property
    def ledger(self) -> Ledger:
        """The counting behind the account, to be read only."""
        return self._ledger

    @property
    def totals(self) -> CallTotals:
        """What the finished calls of all models came to; calls in flight are not in it yet."""
        return self._ledger.totals

    @property
    def totals_by_model(self) -> Mapping[str, CallTotals]:
        """`totals`, one for each model id that was asked."""
        return self._ledger.totals_by_model

    @property
    def left_s(self) -> float | None:
        """Seconds until the time is up, at least 0; None without such a cap."""
        return None if self._deadline_s is None else max(0.0, self._deadline_s - self._clock())

    def left(self) -> Budget:
        """What may still be spent, none of it negative; calls in flight count as not spent yet."""
        budget, totals = self._budget, self.totals
        return Budget(
            max_calls=None if budget.max_calls is None else max(0, budget.max_calls - totals.n_calls),
            max_tokens=None if budget.max_tokens is None else max(0, budget.max_tokens - totals.n_tokens),
            max_cost_usd=None
            if budget.max_cost_usd is None
            else max(0.0, budget.max_cost_usd - (totals.cost_usd or 0.0)),
            max_duration_s=self.left_s,
        )

    def check(self, model_id: str) -> None:
        """Raise `BudgetExceeded` unless the budget allows one more call of the model."""
        if self.left_s == 0:
            raise self.out_of_time(model_id)
        cap = self._ledger.cap_in_the_way(self._budget, (model_id,), self._ledger)
        if cap is not None:
            n = self._ledger.n_in_flight
            in_flight = f"; {n} call{'s' * (n != 1)} in flight" if n else ""
            raise BudgetExceeded(
                f"the budget of {cap} does not allow another call",
                where=model_id,
                why=f"spent {self.totals}{in_flight}",
                hint="What was finished is kept; give a larger budget to go on",
            )
        self._check_measured(model_id)

    def begin(self, model_id: str) -> None:
        """Check, and count one call as in flight; `answered` or `failed` ends it."""
        self.check(model_id)
        self._ledger.begin(model_id)

    def answered(self, model_id: str, reply: Reply) -> None:
        """A call in flight has its reply."""
        self._ledger.answered(model_id, reply)

    def failed(self, model_id: str) -> None:
        """A call in flight got no reply."""
        self._ledger.failed(model_id)

    def out_of_time(self, model_id: str) -> BudgetExceeded:
        """The error that says that the seconds are over."""
        return BudgetExceeded(
            f"the budget of {self._budget.max_duration_s or 0:g} s is over",
            where=model_id,
            why=f"spent {self.totals}; calls in flight are cancelled",
            hint="What was finished is kept; give a larger budget to go on",
        )

    def _check_measured(self, model_id: str) -> None:
        """Refuse when no cap of the budget can be measured any more."""
        budget, totals = self._budget, self.totals
        unmeasured = {
            "the provider reports no tokens": budget.max_tokens is not None and totals.n_unmeasured > 0,
            "the price of the model is not known": budget.max_cost_usd is not None and totals.n_unpriced > 0,
        }
        n_measured = sum(
            (
                budget.max_calls is not None,
                budget.max_tokens is not None and totals.n_unmeasured == 0,
                budget.max_cost_usd is not None and totals.n_unpriced == 0,
                budget.max_duration_s is not None,
            )
        )
        reasons = [reason for reason, holds in unmeasured.items() if holds]
        if reasons and not n_measured:
            raise BudgetExceeded(
                "the budget cannot be kept",
                where=model_id,
                why=" and ".join(reasons),
                hint="Give a budget in calls, such as 100 calls",
            )


class BudgetedModel:
    """Stops asking when the account is empty, and stops waiting when its time is up."""

    def __init__(self, model: Model, account: Account) -> None:
        """Put `model` on `account`, which other models may share."""
        self._model, self._account = model, account

    @property
    def model_id(self) -> str:
        """The wrapped model's id."""
        return self._model.model_id

    async def complete(self, request: Request) -> Reply:
        """Ask the wrapped model, if the account allows one more call.

        Raises:
            BudgetExceeded: The call is not sent, or its time ran out under way and it was cancelled.
        """
        account, model_id = self._account, self.model_id
        account.begin(model_id)
        limit = asyncio.timeout(account.left_s)
        try:
            async with limit:
                reply = await self._model.complete(request)
        except BaseException as error:  # a cancelled call was sent too
            account.failed(model_id)
            if isinstance(error, TimeoutError) and limit.expired():
                raise account.out_of_time(model_id) from error
            raise
        account.answered(model_id, reply)
        return reply
