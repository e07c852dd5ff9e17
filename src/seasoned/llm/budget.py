"""A hard cap on what a model may be asked for, checked before each call is sent.

`BudgetedModel` counts calls, tokens and cost, and refuses the call that would go over. It knows nothing of runs or of
how prices are found. Raises `BudgetExceeded` before sending, and what the wrapped model raises.
"""

import re

from pydantic import Field

from seasoned.core.value import Value
from seasoned.errors import BudgetExceeded, UsageError
from seasoned.llm.model import Model, Reply, Request

_PART = re.compile(r"(?P<amount>\d+\.\d+(?=\s*usd)|\d+)\s*(?:(?P<unit>usd|call|token)s?)")
_UNITS = {"usd": "max_cost_usd", "call": "max_calls", "token": "max_tokens"}


class Budget(Value):
    """What may be spent; None is no cap."""

    max_calls: int | None = Field(default=None, ge=0)
    max_tokens: int | None = Field(default=None, ge=0)
    """Input and output tokens together."""
    max_cost_usd: float | None = Field(default=None, ge=0)

    @classmethod
    def parse(cls, text: str) -> "Budget":
        """A budget as a person writes it: `2usd`, `200 calls`, `500000tokens`, or several with commas between.

        Raises:
            UsageError: A part is not an amount and a unit, or a unit comes twice.
        """
        caps: dict[str, float] = {}
        for part in text.split(","):
            found = _PART.fullmatch(part.strip().lower())
            unit = None if found is None else _UNITS[found["unit"]]
            if found is None or unit is None or unit in caps:
                raise UsageError(
                    f"{text!r} is no budget",
                    why=f"{part.strip()!r} is not an amount of usd, calls or tokens that was not given before",
                    hint="write 2usd, 200calls, 500000tokens, or several with commas between",
                )
            caps[unit] = float(found["amount"])
        return cls.model_validate(caps)


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

    def answered(self, reply: Reply) -> "CallTotals":
        """The totals after one more answered call."""
        usage = reply.usage
        known = reply.cost_usd is not None
        measured = usage.input_tokens is not None and usage.output_tokens is not None
        return CallTotals(
            n_calls=self.n_calls + 1,
            n_failed=self.n_failed,
            n_unpriced=self.n_unpriced + (not known),
            n_unmeasured=self.n_unmeasured + (not measured),
            input_tokens=self.input_tokens + (usage.input_tokens or 0),
            output_tokens=self.output_tokens + (usage.output_tokens or 0),
            cost_usd=(self.cost_usd or 0.0) + (reply.cost_usd or 0.0) if known else self.cost_usd,
        )

    def failed(self) -> "CallTotals":
        """The totals after one more call that got no reply."""
        return self.model_copy(update={"n_calls": self.n_calls + 1, "n_failed": self.n_failed + 1})


class BudgetedModel:
    """Stops asking when the budget is spent.

    A cap on calls is exact. Tokens and cost are known only afterwards, so each call in flight, and the one asked for,
    is reckoned as large as the largest so far: spending goes over the cap only by what a call is larger than every
    call before it, and by calls sent together before the first reply. Safe for any number of tasks of one event loop.

    A cap that cannot be measured (a provider that reports no tokens, a model without a known price) does not hold
    silently: unless another cap of the budget can be measured, the next call is refused.
    """

    def __init__(self, model: Model, budget: Budget) -> None:
        """Wrap `model`; nothing is spent yet."""
        self._model, self._budget = model, budget
        self._finished = CallTotals()
        self._n_in_flight = 0
        self._largest_tokens, self._largest_cost_usd = 0, 0.0

    @property
    def model_id(self) -> str:
        """The wrapped model's id."""
        return self._model.model_id

    @property
    def totals(self) -> CallTotals:
        """What the finished calls came to; calls in flight are not in it yet."""
        return self._finished

    async def complete(self, request: Request) -> Reply:
        """Ask the wrapped model, if the budget allows one more call; raises `BudgetExceeded` before sending."""
        self._check()
        self._n_in_flight += 1
        try:
            reply = await self._model.complete(request)
        except BaseException:  # a cancelled call was sent too
            self._finished = self._finished.failed()
            raise
        finally:
            self._n_in_flight -= 1
        self._finished = self._finished.answered(reply)
        n_tokens = (reply.usage.input_tokens or 0) + (reply.usage.output_tokens or 0)
        self._largest_tokens = max(self._largest_tokens, n_tokens)
        self._largest_cost_usd = max(self._largest_cost_usd, reply.cost_usd or 0.0)
        return reply

    def _check(self) -> None:
        budget, totals = self._budget, self._finished
        if budget.max_calls is not None and totals.n_calls + self._n_in_flight >= budget.max_calls:
            raise self._exceeded(f"{budget.max_calls} calls")
        n_unfinished = self._n_in_flight + 1
        if budget.max_tokens is not None:
            spent = totals.input_tokens + totals.output_tokens
            if spent >= budget.max_tokens or spent + n_unfinished * self._largest_tokens > budget.max_tokens:
                raise self._exceeded(f"{budget.max_tokens} tokens")
        if budget.max_cost_usd is not None:
            spent_usd = totals.cost_usd or 0.0
            reckoned_usd = spent_usd + n_unfinished * self._largest_cost_usd
            if spent_usd >= budget.max_cost_usd or reckoned_usd > budget.max_cost_usd:
                raise self._exceeded(f"{budget.max_cost_usd:g} USD")
        self._check_measured()

    def _check_measured(self) -> None:
        """Refuse when no cap of the budget can be measured any more."""
        budget, totals = self._budget, self._finished
        unmeasured = {
            "the provider reports no tokens": budget.max_tokens is not None and totals.n_unmeasured > 0,
            "the price of the model is not known": budget.max_cost_usd is not None and totals.n_unpriced > 0,
        }
        n_measured = sum(
            (
                budget.max_calls is not None,
                budget.max_tokens is not None and totals.n_unmeasured == 0,
                budget.max_cost_usd is not None and totals.n_unpriced == 0,
            )
        )
        reasons = [reason for reason, holds in unmeasured.items() if holds]
        if reasons and not n_measured:
            raise BudgetExceeded(
                "the budget cannot be kept",
                where=self.model_id,
                why=" and ".join(reasons),
                hint="Give a budget in calls, such as 100 calls",
            )

    def _exceeded(self, cap: str) -> BudgetExceeded:
        totals = self._finished
        cost = "unknown cost" if totals.cost_usd is None else f"{totals.cost_usd:.4f} USD"
        spent = f"{totals.n_calls} calls, {totals.input_tokens + totals.output_tokens} tokens, {cost}"
        return BudgetExceeded(
            f"the budget of {cap} does not allow another call",
            where=self.model_id,
            why=f"spent {spent}; {self._n_in_flight} calls in flight",
            hint="What was finished is kept; give a larger budget to go on",
        )
