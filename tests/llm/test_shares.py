"""One part of a run cannot eat what the others need."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from seasoned.errors import BudgetExceeded, ProviderError, ShareSpent
from seasoned.llm.account import Account, BudgetedModel, CallTotals
from seasoned.llm.budget import Budget
from seasoned.llm.model import Message, Model, Reply, Request, TokenUsage
from seasoned.llm.shares import Share, Shares
from seasoned.llm.testing import TestModel

HI = Request(messages=(Message(role="user", content="hi"),))


@dataclass
class Desk:
    """An account that is divided, and a model on it whose calls are as large as `size` says."""

    budget: Budget
    n_parts: int
    least: Budget = field(default_factory=Budget)
    size: int = 100
    """Tokens of the next calls; a hundredth of a USD to 100 tokens."""

    def __post_init__(self) -> None:
        self.account = Account(self.budget)
        self.inner = TestModel(self._answer)
        self.model = BudgetedModel(self.inner, self.account)
        self.shares = Shares(self.account, self.n_parts, least=self.least)

    async def _answer(self, _: Request) -> Reply:
        await asyncio.sleep(0)
        return Reply(usage=TokenUsage(input_tokens=self.size, output_tokens=0), cost_usd=self.size / 10_000)


def ask(model: Model, n_calls: int = 1) -> None:
    for _ in range(n_calls):
        asyncio.run(model.complete(HI))


def calls_until_refused(model: Model) -> tuple[int, BudgetExceeded]:
    for n_calls in range(1000):
        try:
            ask(model)
        except BudgetExceeded as error:
            return n_calls, error
    raise AssertionError("never refused")


def test_a_part_that_asks_without_end_is_stopped_at_its_share_and_told_to_wrap_up():
    desk = Desk(Budget(max_calls=12), n_parts=3)
    share = desk.shares.open()
    n_calls, error = calls_until_refused(share.of(desk.model))
    assert (n_calls, len(desk.inner.requests)) == (4, 4)
    assert isinstance(error, ShareSpent)
    assert str(error) == (
        "this part's share of the budget, 4 calls, does not allow another call (test:scripted): this part has spent "
        "4 calls, 400 tokens, 0.0400 USD; 0 of its calls are in flight. Wrap up now: hand in what was found so far"
    )
    assert share.is_spent
    assert desk.account.left() == Budget(max_calls=8)


@pytest.mark.parametrize(
    ("budget", "cap"), [(Budget(max_tokens=1200), "400 tokens"), (Budget(max_cost_usd=0.12), "0.04 USD")]
)
def test_tokens_and_cost_are_divided_the_same_way(budget: Budget, cap: str):
    desk = Desk(budget, n_parts=3)
    n_calls, error = calls_until_refused(desk.shares.open().of(desk.model))
    assert n_calls == 4
    assert cap in str(error)


def test_each_cap_is_divided_apart_and_seconds_are_nobodys_share():
    desk = Desk(Budget(max_calls=10, max_tokens=900, max_duration_s=60), n_parts=2)
    allowance = desk.shares.open().allowance
    assert (allowance.max_calls, allowance.max_tokens, allowance.max_cost_usd) == (5, 450, None)
    assert Desk(Budget(), n_parts=2).shares.open().allowance == Budget()


def test_what_a_closed_share_did_not_use_goes_to_the_rest():
    desk = Desk(Budget(max_calls=12), n_parts=3)
    first, second = desk.shares.open(), desk.shares.open()
    ask(first.of(desk.model), 2)
    assert second.allowance == Budget(max_calls=4)
    first.close()
    first.close()
    assert second.allowance == Budget(max_calls=5)
    assert first.allowance.max_calls == 2
    second.close()
    assert calls_until_refused(desk.shares.open().of(desk.model))[0] == 10


def test_a_closed_share_allows_nothing_more():
    desk = Desk(Budget(max_calls=12), n_parts=3)
    share = desk.shares.open()
    model = share.of(desk.model)
    share.close()
    with pytest.raises(ShareSpent):
        ask(model)


def test_a_call_that_must_get_through_counts_without_being_capped():
    desk = Desk(Budget(max_calls=4), n_parts=2)
    share = desk.shares.open()
    calls_until_refused(share.of(desk.model))
    ask(share.of(desk.model, is_capped=False))
    assert share.totals.n_calls == 3
    assert desk.shares.open().allowance == Budget(max_calls=1)
    assert desk.shares.account.left() == Budget(max_calls=1)


def test_no_share_is_smaller_than_the_least_that_was_asked_for():
    desk = Desk(Budget(max_calls=10, max_tokens=500), n_parts=10, least=Budget(max_calls=3))
    assert desk.shares.open().allowance == Budget(max_calls=3, max_tokens=50)


def test_shares_too_small_for_a_single_call_still_get_one_until_the_account_is_empty():
    desk = Desk(Budget(max_calls=3), n_parts=10)
    for _ in range(3):
        assert calls_until_refused(desk.shares.open().of(desk.model))[0] == 1
    n_calls, error = calls_until_refused(desk.shares.open().of(desk.model))
    assert (n_calls, type(error)) == (0, BudgetExceeded)


def test_a_part_that_fans_out_before_it_has_seen_a_reply_is_held_by_what_others_have_seen():
    desk = Desk(Budget(max_tokens=2000), n_parts=2)
    ask(desk.shares.open().of(desk.model))
    model = desk.shares.open().of(desk.model)

    async def fan_out() -> list[Reply | BaseException]:
        return await asyncio.gather(*(model.complete(HI) for _ in range(50)), return_exceptions=True)

    results = asyncio.run(fan_out())
    assert [type(result) for result in results].count(Reply) == 10
    assert [type(result) for result in results].count(ShareSpent) == 40


def test_several_models_spend_from_one_share():
    desk = Desk(Budget(max_calls=8), n_parts=2)
    sub = BudgetedModel(TestModel(lambda _: "ok", model_id="test:sub"), desk.account)
    share = desk.shares.open()
    ask(share.of(desk.model), 2)
    ask(share.of(sub), 2)
    assert share.is_spent
    assert share.of(sub).model_id == "test:sub"
    with pytest.raises(ShareSpent, match=r"4 calls.*test:sub"):
        ask(share.of(sub))


def test_what_was_spent_outside_the_shares_is_gone_for_all():
    desk = Desk(Budget(max_calls=12), n_parts=2)
    share = desk.shares.open()
    ask(desk.model, 4)
    assert share.allowance == Budget(max_calls=4)


def test_a_failed_call_counts_and_one_that_the_account_refused_does_not():
    account = Account(Budget(max_calls=1))
    share = Shares(account, 1).open()
    model = share.of(BudgetedModel(TestModel([ProviderError("down")]), account), is_capped=False)
    with pytest.raises(ProviderError):
        ask(model)
    with pytest.raises(BudgetExceeded, match="budget of 1 calls"):
        ask(model)
    assert share.totals == CallTotals(n_calls=1, n_failed=1)


def test_more_parts_than_were_announced_are_our_own_mistake():
    shares = Shares(Account(Budget()), 1)
    shares.open()
    with pytest.raises(ValueError, match="all 1 shares"):
        shares.open()
    with pytest.raises(ValueError, match="at least one part"):
        Shares(Account(Budget()), 0)


@given(
    max_calls=st.integers(1, 60),
    n_parts=st.integers(1, 8),
    order=st.lists(st.tuples(st.integers(0, 7), st.booleans()), max_size=120),
)
def test_every_part_gets_at_least_its_fair_share_if_it_asks(
    max_calls: int, n_parts: int, order: list[tuple[int, bool]]
) -> None:
    desk = Desk(Budget(max_calls=max_calls), n_parts)
    shares = [desk.shares.open() for _ in range(n_parts)]
    refused: dict[int, int] = {}
    closed: set[int] = set()

    async def go() -> None:
        for index, closes in order:
            share = shares[index % n_parts]
            if closes:
                share.close()
                closed.add(index % n_parts)
                continue
            try:
                await share.of(desk.model).complete(HI)
            except BudgetExceeded:
                refused.setdefault(index % n_parts, share.totals.n_calls)

    asyncio.run(go())
    fair = max_calls // n_parts
    assert all(n_calls >= fair for index, n_calls in refused.items() if index not in closed)
    assert len(desk.inner.requests) <= max_calls


class AnyOrder(RuleBasedStateMachine):
    """Parts open, ask, fan out and close in any order, with calls of any size."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(Budget(max_calls=40, max_tokens=5000, max_cost_usd=1), n_parts=6)
        self.open: list[Share] = []
        self.n_opened = 0

    @precondition(lambda self: self.n_opened < 6)
    @rule()
    def a_part_begins(self) -> None:
        self.open.append(self.desk.shares.open())
        self.n_opened += 1

    @precondition(lambda self: self.open)
    @rule(data=st.data(), size=st.integers(1, 800), n_calls=st.integers(1, 12), is_capped=st.booleans())
    def a_part_asks(self, data: st.DataObject, size: int, n_calls: int, is_capped: bool) -> None:
        share = data.draw(st.sampled_from(self.open))
        self.desk.size = size
        model = share.of(self.desk.model, is_capped)

        async def fan_out() -> None:
            await asyncio.gather(*(model.complete(HI) for _ in range(n_calls)), return_exceptions=True)

        asyncio.run(fan_out())

    @rule(n_calls=st.integers(0, 2))
    def somebody_asks_outside_the_shares(self, n_calls: int) -> None:
        self.desk.size = 10
        for _ in range(n_calls):
            with suppress(BudgetExceeded):
                ask(self.desk.model)

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def a_part_ends(self, data: st.DataObject) -> None:
        closing = data.draw(st.sampled_from(self.open))
        self.open.remove(closing)
        before = [share.allowance for share in self.open]
        closing.close()
        assert all(at_least(share.allowance, was) for share, was in zip(self.open, before, strict=True))

    @invariant()
    def no_more_is_handed_out_than_there_is(self) -> None:
        left = self.desk.account.left()
        assert left.max_calls is not None
        assert left.max_tokens is not None
        for cap, spent, pool in [
            ("max_calls", [s.totals.n_calls for s in self.open], left.max_calls),
            ("max_tokens", [s.totals.n_tokens for s in self.open], left.max_tokens),
        ]:
            allowances: list[int] = [getattr(share.allowance, cap) for share in self.open]
            still = [max(0, allowed - has) for allowed, has in zip(allowances, spent, strict=True)]
            assert sum(still) <= pool


def at_least(now: Budget, was: Budget) -> bool:
    """Whether no cap is lower than it was, but for a rounding of the last digit."""
    pairs = [(now.max_calls, was.max_calls), (now.max_tokens, was.max_tokens), (now.max_cost_usd, was.max_cost_usd)]
    return all(a is not None and b is not None and a >= b - 1e-9 for a, b in pairs)


def test_in_any_order_no_more_is_handed_out_than_there_is_and_closing_gives_back() -> None:
    run_state_machine_as_test(AnyOrder)  # pyright: ignore[reportUnknownMemberType]
