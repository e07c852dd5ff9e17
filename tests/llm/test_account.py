"""The hard cap that all models of a run share, and what their calls came to."""

import asyncio

import pytest

from seasoned.errors import BudgetExceeded, ProviderError
from seasoned.llm.account import Account, BudgetedModel, CallTotals
from seasoned.llm.budget import Budget
from seasoned.llm.model import Message, Reply, Request, TokenUsage
from seasoned.llm.testing import TestModel

HI = Request(messages=(Message(role="user", content="hi"),))


def priced(n_input: int = 80, n_output: int = 20, cost_usd: float | None = 0.01) -> Reply:
    return Reply(usage=TokenUsage(input_tokens=n_input, output_tokens=n_output), cost_usd=cost_usd)


def calls_until_refused(inner: TestModel, budget: Budget) -> tuple[Account, BudgetExceeded]:
    account = Account(budget)
    model = BudgetedModel(inner, account)

    async def ask_on() -> None:
        for _ in range(100):
            await model.complete(HI)

    with pytest.raises(BudgetExceeded) as caught:
        asyncio.run(ask_on())
    return account, caught.value


def test_the_call_over_the_cap_is_never_sent():
    inner = TestModel(lambda _: "ok")
    account, error = calls_until_refused(inner, Budget(max_calls=3))
    assert len(inner.requests) == account.totals.n_calls == 3
    assert "budget of 3 calls" in str(error)
    assert "spent 3 calls" in str(error)


def test_a_budget_of_nothing_sends_nothing():
    for budget in (Budget(max_calls=0), Budget(max_tokens=0), Budget(max_cost_usd=0)):
        inner = TestModel(lambda _: "ok")
        calls_until_refused(inner, budget)
        assert inner.requests == ()


def test_calls_in_flight_count_so_that_tasks_together_stay_under_the_cap():
    async def slow(_: Request) -> str:
        await asyncio.sleep(0)
        return "ok"

    inner = TestModel(slow)
    account = Account(Budget(max_calls=5))
    model = BudgetedModel(inner, account)

    async def many() -> list[Reply | BaseException]:
        return await asyncio.gather(*(model.complete(HI) for _ in range(20)), return_exceptions=True)

    results = asyncio.run(many())
    assert len(inner.requests) == 5
    assert [type(result) for result in results].count(BudgetExceeded) == 15


def test_tokens_are_capped_by_assuming_that_a_call_is_as_large_as_the_largest_so_far():
    inner = TestModel(lambda _: priced())
    account, error = calls_until_refused(inner, Budget(max_tokens=350))
    assert account.totals.input_tokens + account.totals.output_tokens == 300  # a fourth call would come to 400
    assert "350 tokens" in str(error)


def test_cost_is_capped_the_same_way():
    inner = TestModel(lambda _: priced(cost_usd=0.4))
    account, error = calls_until_refused(inner, Budget(max_cost_usd=1))
    assert account.totals.cost_usd == pytest.approx(0.8)
    assert "budget of 1 USD" in str(error)


def test_a_usd_cap_on_a_model_without_a_price_stops_after_one_call_and_says_why():
    inner = TestModel(lambda _: priced(cost_usd=None))
    _, error = calls_until_refused(inner, Budget(max_cost_usd=5))
    assert len(inner.requests) == 1
    assert "the price of the model is not known" in str(error)
    assert "100 calls" in str(error)


def test_a_token_cap_on_a_provider_that_counts_none_stops_too():
    _, error = calls_until_refused(TestModel(lambda _: "ok"), Budget(max_tokens=5))
    assert "reports no tokens" in str(error)


def test_a_usd_cap_that_cannot_be_measured_is_tolerated_beside_one_that_can():
    inner = TestModel(lambda _: priced(cost_usd=None))
    calls_until_refused(inner, Budget(max_cost_usd=5, max_calls=4))
    assert len(inner.requests) == 4


def test_failed_calls_are_calls():
    inner = TestModel([ProviderError("down"), "ok"])
    account = Account(Budget(max_calls=1))
    model = BudgetedModel(inner, account)
    with pytest.raises(ProviderError):
        asyncio.run(model.complete(HI))
    with pytest.raises(BudgetExceeded):
        asyncio.run(model.complete(HI))
    assert account.totals == CallTotals(n_calls=1, n_failed=1)


def test_a_cancelled_call_was_sent_and_leaves_no_reservation_behind():
    async def forever(_: Request) -> str:
        await asyncio.Event().wait()
        return "never"

    account = Account(Budget(max_calls=2))
    model = BudgetedModel(TestModel(forever), account)

    async def cancel_one() -> None:
        task = asyncio.create_task(model.complete(HI))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(cancel_one())
    assert account.totals == CallTotals(n_calls=1, n_failed=1)


def test_totals_keep_unknown_apart_from_zero():
    replies = [priced(10, 5, 0.25), priced(10, 5, None), Reply()]
    account = Account(Budget())
    model = BudgetedModel(TestModel(replies), account)
    for _ in replies:
        asyncio.run(model.complete(HI))
    assert account.totals == CallTotals(
        n_calls=3, n_unpriced=2, n_unmeasured=1, input_tokens=20, output_tokens=10, cost_usd=0.25
    )
    assert CallTotals().cost_usd is None


# --- several models on one account


def test_models_that_share_an_account_stop_together_and_are_told_apart():
    account = Account(Budget(max_calls=3))
    main = BudgetedModel(TestModel(lambda _: priced(cost_usd=0.5), model_id="test:main"), account)
    sub = BudgetedModel(TestModel(lambda _: priced(cost_usd=None), model_id="test:sub"), account)
    for model in (main, sub, main):
        asyncio.run(model.complete(HI))
    with pytest.raises(BudgetExceeded, match=r"budget of 3 calls.*test:sub.*spent 3 calls, 300 tokens, 1\.0000 USD"):
        asyncio.run(sub.complete(HI))
    assert account.totals_by_model == {
        "test:main": CallTotals(n_calls=2, input_tokens=160, output_tokens=40, cost_usd=1.0),
        "test:sub": CallTotals(n_calls=1, n_unpriced=1, input_tokens=80, output_tokens=20),
    }
    assert account.totals == CallTotals(n_calls=3, n_unpriced=1, input_tokens=240, output_tokens=60, cost_usd=1.0)


def test_a_call_is_reckoned_with_the_sizes_of_its_own_model():
    account = Account(Budget(max_tokens=1000))
    main = BudgetedModel(TestModel(lambda _: priced(700, 100), model_id="test:main"), account)
    sub = BudgetedModel(TestModel(lambda _: priced(40, 10), model_id="test:sub"), account)
    asyncio.run(main.complete(HI))
    with pytest.raises(BudgetExceeded):
        asyncio.run(main.complete(HI))
    for _ in range(4):
        asyncio.run(sub.complete(HI))
    assert account.left() == Budget(max_tokens=0)


def test_what_is_left_is_told_for_each_cap_that_there_is():
    account = Account(Budget(max_calls=5, max_cost_usd=1))
    asyncio.run(BudgetedModel(TestModel([priced(cost_usd=0.25)]), account).complete(HI))
    assert account.left() == Budget(max_calls=4, max_cost_usd=0.75)
    assert Account(Budget()).left() == Budget()


# --- seconds


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_no_call_is_sent_when_the_time_is_up():
    clock, inner = Clock(), TestModel(["ok", "never"])
    account = Account(Budget(max_duration_s=60), clock=clock)
    model = BudgetedModel(inner, account)
    clock.now_s += 59
    asyncio.run(model.complete(HI))
    assert account.left() == Budget(max_duration_s=1)
    clock.now_s += 2
    with pytest.raises(BudgetExceeded, match=r"budget of 60 s is over.*spent 1 calls.*larger budget"):
        asyncio.run(model.complete(HI))
    assert (len(inner.requests), account.left_s) == (1, 0)


def test_calls_in_flight_are_cancelled_when_the_time_is_up():
    ended: list[str] = []

    async def forever(_: Request) -> str:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")
        return "never"

    account = Account(Budget(max_duration_s=0.01))
    model = BudgetedModel(TestModel(forever), account)

    async def two() -> tuple[Reply | BaseException, Reply | BaseException]:
        return await asyncio.gather(model.complete(HI), model.complete(HI), return_exceptions=True)

    assert [type(result) for result in asyncio.run(two())] == [BudgetExceeded] * 2
    assert ended == ["cancelled"] * 2
    assert account.totals == CallTotals(n_calls=2, n_failed=2)


def test_a_model_that_runs_out_of_time_by_itself_is_not_the_budget():
    async def impatient(_: Request) -> str:
        raise TimeoutError("its own")

    model = BudgetedModel(TestModel(impatient), Account(Budget(max_duration_s=60)))
    with pytest.raises(TimeoutError, match="its own"):
        asyncio.run(model.complete(HI))


def test_seconds_are_a_cap_that_holds_where_the_price_is_not_known():
    account = Account(Budget(max_cost_usd=5, max_duration_s=60))
    model = BudgetedModel(TestModel(lambda _: priced(cost_usd=None)), account)
    for _ in range(3):
        asyncio.run(model.complete(HI))
    assert account.totals.n_calls == 3
