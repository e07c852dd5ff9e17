"""The hard cap, and what the calls came to."""

import asyncio

import pytest

from seasoned.errors import BudgetExceeded, ProviderError, UsageError
from seasoned.llm.budget import Budget, BudgetedModel, CallTotals
from seasoned.llm.model import Message, Reply, Request, TokenUsage
from seasoned.llm.testing import TestModel

HI = Request(messages=(Message(role="user", content="hi"),))


def priced(n_input: int = 80, n_output: int = 20, cost_usd: float | None = 0.01) -> Reply:
    return Reply(usage=TokenUsage(input_tokens=n_input, output_tokens=n_output), cost_usd=cost_usd)


def calls_until_refused(inner: TestModel, budget: Budget) -> tuple[BudgetedModel, BudgetExceeded]:
    model = BudgetedModel(inner, budget)

    async def ask_on() -> None:
        for _ in range(100):
            await model.complete(HI)

    with pytest.raises(BudgetExceeded) as caught:
        asyncio.run(ask_on())
    return model, caught.value


def test_the_call_over_the_cap_is_never_sent():
    inner = TestModel(lambda _: "ok")
    model, error = calls_until_refused(inner, Budget(max_calls=3))
    assert len(inner.requests) == model.totals.n_calls == 3
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
    model = BudgetedModel(inner, Budget(max_calls=5))

    async def many() -> list[Reply | BaseException]:
        return await asyncio.gather(*(model.complete(HI) for _ in range(20)), return_exceptions=True)

    results = asyncio.run(many())
    assert len(inner.requests) == 5
    assert [type(result) for result in results].count(BudgetExceeded) == 15


def test_tokens_are_capped_by_assuming_that_a_call_is_as_large_as_the_largest_so_far():
    inner = TestModel(lambda _: priced())
    model, error = calls_until_refused(inner, Budget(max_tokens=350))
    assert model.totals.input_tokens + model.totals.output_tokens == 300  # a fourth call would come to 400
    assert "350 tokens" in str(error)


def test_cost_is_capped_the_same_way():
    inner = TestModel(lambda _: priced(cost_usd=0.4))
    model, error = calls_until_refused(inner, Budget(max_cost_usd=1))
    assert model.totals.cost_usd == pytest.approx(0.8)
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
    model = BudgetedModel(inner, Budget(max_calls=1))
    with pytest.raises(ProviderError):
        asyncio.run(model.complete(HI))
    with pytest.raises(BudgetExceeded):
        asyncio.run(model.complete(HI))
    assert model.totals == CallTotals(n_calls=1, n_failed=1)


def test_a_cancelled_call_was_sent_and_leaves_no_reservation_behind():
    async def forever(_: Request) -> str:
        await asyncio.Event().wait()
        return "never"

    model = BudgetedModel(TestModel(forever), Budget(max_calls=2))

    async def cancel_one() -> None:
        task = asyncio.create_task(model.complete(HI))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(cancel_one())
    assert model.totals == CallTotals(n_calls=1, n_failed=1)


def test_totals_keep_unknown_apart_from_zero():
    replies = [priced(10, 5, 0.25), priced(10, 5, None), Reply()]
    model = BudgetedModel(TestModel(replies), Budget())
    for _ in replies:
        asyncio.run(model.complete(HI))
    assert model.totals == CallTotals(
        n_calls=3, n_unpriced=2, n_unmeasured=1, input_tokens=20, output_tokens=10, cost_usd=0.25
    )
    assert CallTotals().cost_usd is None


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("2usd", Budget(max_cost_usd=2)),
        ("0.50 USD", Budget(max_cost_usd=0.5)),
        ("200calls", Budget(max_calls=200)),
        ("1 call, 500000 tokens", Budget(max_calls=1, max_tokens=500_000)),
    ],
)
def test_a_budget_is_read_as_people_write_it(text: str, budget: Budget) -> None:
    assert Budget.parse(text) == budget


@pytest.mark.parametrize("text", ["", "2", "usd", "2eur", "-1usd", "2usd,3usd", "1e9calls"])
def test_what_is_no_budget_says_how_to_write_one(text: str) -> None:
    with pytest.raises(UsageError, match=r"is no budget.*write 2usd"):
        Budget.parse(text)


def test_half_a_call_is_no_budget() -> None:
    with pytest.raises(UsageError, match="is no budget"):
        Budget.parse("0.5calls")
