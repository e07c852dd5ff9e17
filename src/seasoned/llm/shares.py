"""Fair shares of one account: a part of a run that asks a lot cannot eat what the other parts need.

The rule is max-min fairness (water filling; Bertsekas and Gallager, *Data Networks*, 1992, section 6.5.2), for each cap
of the budget apart: calls, tokens, USD. Seconds are nobody's share, since parts run side by side.

- The pool is what the account has left and what the open shares have spent of it: the budget without what closed shares
  and everybody else spent.
- The pool is divided evenly among the parts that are not closed, begun or not. A part that has spent more than that
  (a call larger than expected, or calls that count without being capped) counts with what it spent, and the rest is
  divided evenly among the others.
- It is computed anew whenever it is asked for. So what a closed share did not use goes to all that are still open, and
  while every part keeps to its share, nobody's ever shrinks: each can spend at least an n-th of the budget.
- No share is smaller than `least`, nor is a part's first call refused by its share, since shares too small for a single
  call would help nobody; then not all parts will have one, and the account stops the run as it would without shares.

Within a share spending is reckoned as in `llm.account`, with the sizes of calls that the whole run has seen. Knows
nothing of episodes. Raises `ShareSpent`, and what the models raise. Safe for any number of tasks of one event loop.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from seasoned.errors import BudgetExceeded, ShareSpent
from seasoned.llm.account import Account, CallTotals, Ledger
from seasoned.llm.budget import Budget
from seasoned.llm.model import Model, Reply, Request

_NO_FLOOR = Budget()


class Shares:
    """Divides what an account has among the parts of a run.

    Args:
        account: What is divided. The models that ask through the shares spend from it.
        n_parts: How many parts there will be, at least 1.
        least: What a share is at least; a cap that is None sets no such floor.
    """

    def __init__(self, account: Account, n_parts: int, *, least: Budget = _NO_FLOOR) -> None:
        """Divide among `n_parts`; none is open yet."""
        if n_parts < 1:
            raise ValueError(f"an account is divided among at least one part, not {n_parts}")
        self._account, self._n_parts, self._least = account, n_parts, least
        self._open: list[Share] = []
        self._n_closed = 0

    def open(self) -> "Share":
        """The share of the next part; raises `ValueError` when all parts have had theirs, our own mistake."""
        if self._n_closed + len(self._open) >= self._n_parts:
            raise ValueError(f"all {self._n_parts} shares were opened")
        share = Share(self)
        self._open.append(share)
        return share

    @property
    def account(self) -> Account:
        """As given."""
        return self._account

    @property
    def allowance(self) -> Budget:
        """What each open share may spend from its opening to its closing; see `Share.allowance`."""
        left, least, spent = self._account.left(), self._least, [opened.totals for opened in self._open]
        calls = self._even_part(left.max_calls, [totals.n_calls for totals in spent])
        tokens = self._even_part(left.max_tokens, [totals.n_tokens for totals in spent])
        cost_usd = self._even_part(left.max_cost_usd, [totals.cost_usd or 0.0 for totals in spent])
        return Budget(
            max_calls=None if calls is None else max(int(calls), least.max_calls or 0),
            max_tokens=None if tokens is None else max(int(tokens), least.max_tokens or 0),
            max_cost_usd=None if cost_usd is None else max(cost_usd, least.max_cost_usd or 0.0),
            max_duration_s=left.max_duration_s,
        )

    def close(self, share: "Share") -> None:
        """Take a share out of the division; see `Share.close`."""
        self._open.remove(share)
        self._n_closed += 1

    def _even_part(self, left: float | None, spent: Sequence[float]) -> float | None:
        """What each part that has not spent more may spend, of one cap."""
        if left is None:
            return None
        pool, n_parts = left + sum(spent), self._n_parts - self._n_closed
        for most in sorted(spent, reverse=True):
            if n_parts == 1 or most * n_parts <= pool:
                break
            pool, n_parts = pool - most, n_parts - 1
        return max(0.0, pool / n_parts)


class Share:
    """One part's share; `Shares.open` makes it."""

    def __init__(self, shares: Shares) -> None:
        """Nothing is spent of it yet."""
        self._shares, self._ledger, self._is_closed = shares, Ledger(), False
        self._uncapped: set[str] = set()
        """Models whose calls only count; room for one call of each is kept free."""

    @property
    def totals(self) -> CallTotals:
        """What the finished calls through this share came to."""
        return self._ledger.totals

    @property
    def allowance(self) -> Budget:
        """What this part may spend in all, what it has spent included; as of now, since it grows as others close.

        Its seconds are those that the whole run has left. Once closed it is what was spent.
        """
        if self._is_closed:
            totals = self.totals
            return Budget(max_calls=totals.n_calls, max_tokens=totals.n_tokens, max_cost_usd=totals.cost_usd or 0.0)
        return self._shares.allowance

    @property
    def is_spent(self) -> bool:
        """Whether a capped call of some model asked before would be refused now."""
        return any(self._cap_in_the_way(model_id) is not None for model_id in self._ledger.totals_by_model)

    def of(self, model: Model, is_capped: bool = True) -> Model:
        """The model, spending from this share.

        Args:
            model: Whom to ask; it must spend from the account that is divided.
            is_capped: Whether calls are refused once the share is spent. Otherwise they only count, as the call that
                hands in a part's work should; capped calls leave room for one of them.
        """
        if not is_capped:
            self._uncapped.add(model.model_id)
        return _SharingModel(model, self, is_capped)

    def close(self) -> None:
        """End this part: what it has not spent is divided among the others. Closing again changes nothing."""
        if not self._is_closed:
            self._shares.close(self)
            self._is_closed = True

    @property
    def ledger(self) -> Ledger:
        """The counting behind the share."""
        return self._ledger

    def check(self, model_id: str) -> None:
        """Raise `ShareSpent` unless the share allows one more call of the model."""
        cap = self._cap_in_the_way(model_id)
        if cap is not None:
            raise ShareSpent(
                f"this part's share of the budget, {cap}, does not allow another call",
                where=model_id,
                why=f"this part has spent {self.totals}; {self._ledger.n_in_flight} of its calls are in flight",
                hint="Wrap up now: hand in what was found so far",
            )

    def _cap_in_the_way(self, model_id: str) -> str | None:
        is_first = not self._ledger.totals.n_calls and not self._ledger.n_in_flight
        if is_first and not self._is_closed:
            return None
        asked_for = (model_id, *sorted(self._uncapped))
        return self._ledger.cap_in_the_way(self.allowance, asked_for, self._shares.account.ledger)


@dataclass(frozen=True)
class _SharingModel:
    """A model whose calls count towards a share."""

    model: Model
    share: Share
    is_capped: bool

    @property
    def model_id(self) -> str:
        """The wrapped model's id."""
        return self.model.model_id

    async def complete(self, request: Request) -> Reply:
        """Ask the wrapped model, if the share allows it; raises `ShareSpent` before sending."""
        model_id, ledger = self.model_id, self.share.ledger
        if self.is_capped:
            self.share.check(model_id)
        ledger.begin(model_id)
        try:
            reply = await self.model.complete(request)
        except BudgetExceeded:  # the account refused it, and ends the run
            ledger.withdraw(model_id)
            raise
        except BaseException:
            ledger.failed(model_id)
            raise
        ledger.answered(model_id, reply)
        return reply
