"""How fast a provider is asked, and what is asked again."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.errors import ProviderError, ProviderUnreachable, QuotaSpent
from seasoned.llm.model import Message, Model, Reply, Request
from seasoned.llm.pacing import Pace, PaceConfig, PacedModel, Paces, Waiting
from seasoned.llm.providers import ProviderConfig, resolve
from seasoned.llm.testing import TestModel
from tests.llm.standin import Fault, StandIn

HI = Request(messages=(Message(role="user", content="hi"),))


@dataclass
class Time:
    """Passes only when somebody sleeps; remembers who waited how long, and why."""

    now_s: float = 0.0
    waits: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])
    told: asyncio.Event = field(default_factory=asyncio.Event)
    """Set at the first wait."""

    def tell(self, wait_s: float, why: str) -> None:
        self.waits.append((wait_s, why))
        self.told.set()

    async def sleep(self, wait_s: float) -> None:
        until_s = self.now_s + wait_s
        await asyncio.sleep(0)
        self.now_s = max(self.now_s, until_s)

    def waiting(self, jitter: float = 1.0) -> Waiting:
        return Waiting(
            on_wait=self.tell,
            clock=lambda: self.now_s,
            sleep=self.sleep,
            jitter=lambda: jitter,
        )


def refused(status: int | None, retry_after_s: float | None = None) -> ProviderError:
    return ProviderError(f"the provider answered with status {status}", status=status, retry_after_s=retry_after_s)


def ask(model: Model) -> Reply:
    return asyncio.run(model.complete(HI))


def ask_many(model: Model, n_calls: int) -> list[Reply]:
    async def many() -> list[Reply]:
        return await asyncio.gather(*(model.complete(HI) for _ in range(n_calls)))

    return asyncio.run(many())


# --- what is asked again


@pytest.mark.parametrize(
    "error",
    [*(refused(status) for status in (408, 409, 429, 500, 503, 529)), ProviderUnreachable("no connection")],
    ids=str,
)
def test_what_may_pass_is_asked_again(error: ProviderError):
    inner = TestModel([error, error, "ok"])
    assert ask(PacedModel(inner, Pace(waiting=Time().waiting()))).content == "ok"
    assert len(inner.requests) == 3


@pytest.mark.parametrize(
    "error", [*(refused(status) for status in (400, 401, 402, 404, None)), QuotaSpent("empty", status=429)], ids=str
)
def test_what_cannot_pass_is_not(error: ProviderError):
    inner, time = TestModel([error]), Time()
    with pytest.raises(ProviderError) as caught:
        ask(PacedModel(inner, Pace(waiting=time.waiting())))
    assert caught.value is error
    assert (len(inner.requests), time.waits) == (1, [])


def test_after_the_last_attempt_the_error_comes_as_it_was():
    errors = [refused(503) for _ in range(3)]
    time = Time()
    with pytest.raises(ProviderError) as caught:
        ask(PacedModel(TestModel(errors), Pace(waiting=time.waiting()), max_retries=2))
    assert caught.value is errors[-1]
    assert len(time.waits) == 2


def test_without_retries_the_first_error_is_the_last():
    with pytest.raises(ProviderError):
        ask(PacedModel(TestModel([refused(503)]), Pace(waiting=Time().waiting()), max_retries=0))


# --- waits


def test_pauses_double_up_to_a_bound_and_are_told():
    config, time = PaceConfig(first_pause_s=1, max_pause_s=5), Time()
    model = PacedModel(TestModel([refused(503)] * 5 + ["ok"]), Pace(config, waiting=time.waiting()))
    ask(model)
    assert [wait_s for wait_s, _ in time.waits] == [1, 2, 4, 5, 5]
    assert time.waits[0][1] == "test:scripted: the provider answered with status 503"
    assert time.now_s == 17


@given(jitter=st.floats(0, 1, exclude_max=True), n_failures=st.integers(1, 6))
def test_a_pause_is_any_part_of_its_bound(jitter: float, n_failures: int):
    time = Time()
    ask(PacedModel(TestModel([refused(500)] * n_failures + ["ok"]), Pace(waiting=time.waiting(jitter))))
    assert [wait_s for wait_s, _ in time.waits] == pytest.approx([jitter * 0.5 * 2**n for n in range(n_failures)])


def test_a_provider_that_says_how_long_makes_all_its_models_wait_so_long():
    time = Time()
    pace = Pace(waiting=time.waiting())
    sent_s: list[float] = []

    def note(_: Request) -> str:
        sent_s.append(time.now_s)
        if len(sent_s) == 1:
            raise refused(429, retry_after_s=3)
        return "ok"

    main = PacedModel(TestModel(note, model_id="test:main"), pace)
    sub = PacedModel(TestModel(note, model_id="test:sub"), pace)

    async def one_after_the_other() -> None:
        first = asyncio.create_task(main.complete(HI))
        await time.told.wait()
        await asyncio.gather(first, sub.complete(HI), sub.complete(HI))

    asyncio.run(one_after_the_other())
    assert sent_s == [0, 3, 3, 3]
    assert time.waits == [(3, "test:main: the provider answered with status 429, and asks to wait")]


def test_a_provider_that_asks_for_too_long_a_wait_is_not_waited_for():
    time = Time()
    with pytest.raises(ProviderError) as caught:
        ask(PacedModel(TestModel([refused(429, retry_after_s=3600)]), Pace(waiting=time.waiting())))
    assert (caught.value.retry_after_s, time.now_s) == (3600, 0)


def test_a_call_that_is_cancelled_while_all_wait_leaves_the_pace_usable():
    async def never(_: float) -> None:
        await asyncio.Event().wait()

    pace = Pace(PaceConfig(first_in_flight=1), waiting=Waiting(clock=lambda: 0.0, sleep=never))
    model = PacedModel(TestModel(["ok"]), pace)
    pace.pause(3)

    async def cancel() -> None:
        task = asyncio.create_task(model.complete(HI))
        await asyncio.sleep(0)
        assert pace.n_in_flight == 1
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(cancel())
    assert pace.n_in_flight == 0


# --- how many at once


@dataclass
class Narrow:
    """A provider that takes so many calls at once and refuses the others."""

    n_places: int
    n_now: int = 0
    most: int = 0
    n_refused: int = 0

    async def __call__(self, _: Request) -> str:
        self.n_now += 1
        self.most = max(self.most, self.n_now)
        try:
            await asyncio.sleep(0)
            if self.n_now > self.n_places:
                self.n_refused += 1
                raise refused(429)
            await asyncio.sleep(0)
        finally:
            self.n_now -= 1
        return "ok"


def test_calls_refused_together_lower_the_limit_once():
    pace = Pace(waiting=Time().waiting(jitter=0))
    limits: list[int] = []

    async def the_first_sixteen_fail(_: Request) -> str:
        limits.append(pace.limit)
        fails = len(limits) <= 16
        await asyncio.sleep(0)
        if fails:
            raise refused(503)
        return "ok"

    ask_many(PacedModel(TestModel(the_first_sixteen_fail), pace), 16)
    assert limits == [16] * 16 + [8] * 16


def test_a_narrow_provider_is_found_out_and_every_call_succeeds():
    provider = Narrow(4)
    pace = Pace(waiting=Time().waiting(jitter=0.5))
    model = PacedModel(TestModel(provider), pace, max_retries=20)
    assert len(ask_many(model, 200)) == 200
    assert provider.most <= 16
    assert pace.limit <= 8
    assert provider.n_refused < 200
    assert pace.n_in_flight == 0


def test_a_wide_provider_is_asked_more_and_more_at_once_up_to_the_bound():
    provider = Narrow(1000)
    pace = Pace(PaceConfig(first_in_flight=2, max_in_flight=32), waiting=Time().waiting())
    ask_many(PacedModel(TestModel(provider), pace), 300)
    assert provider.most == pace.limit == 32


def test_after_a_refusal_the_limit_grows_by_one_a_round():
    pace = Pace(PaceConfig(first_in_flight=8), waiting=Time().waiting())
    ask(PacedModel(TestModel([refused(503), "ok"]), pace))
    assert pace.limit == 4
    ask_many(PacedModel(TestModel(Narrow(1000)), pace), 4 + 5 + 6 + 7 + 8)
    assert pace.limit == 8


def test_one_call_at_a_time_says_nothing_about_several():
    pace = Pace(PaceConfig(first_in_flight=2), waiting=Time().waiting())
    for _ in range(20):
        ask(PacedModel(TestModel(["ok"]), pace))
    assert pace.limit == 2


def test_calls_go_out_in_order_and_those_that_are_tried_again_first():
    sent: list[str] = []

    async def answer(request: Request) -> str:
        sent.append(request.messages[0].content)
        await asyncio.sleep(0)
        if len(sent) == 1:
            raise refused(409)
        return "ok"

    model = PacedModel(TestModel(answer), Pace(PaceConfig(first_in_flight=1), waiting=Time().waiting(jitter=0)))

    async def go() -> None:
        requests = [Request(messages=(Message(role="user", content=name),)) for name in "abcd"]
        await asyncio.gather(*(model.complete(request) for request in requests))

    asyncio.run(go())
    assert sent == ["a", "b", "a", "c", "d"]


def test_a_call_that_is_cancelled_while_it_waits_leaves_its_place_to_the_next():
    async def go(end: Callable[[list[asyncio.Task[Reply]]], Awaitable[None]]) -> list[str]:
        gate = asyncio.Event()

        async def answer(_: Request) -> str:
            await gate.wait()
            return "ok"

        pace = Pace(PaceConfig(first_in_flight=1), waiting=Time().waiting())
        model = PacedModel(TestModel(answer), pace)
        tasks = [asyncio.create_task(model.complete(HI)) for _ in range(4)]
        await asyncio.sleep(0)
        await end(tasks)
        gate.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert pace.n_in_flight == 0
        return ["ok" if isinstance(result, Reply) else type(result).__name__ for result in results]

    async def cancel_waiting(tasks: list[asyncio.Task[Reply]]) -> None:
        tasks[1].cancel()

    async def cancel_the_sent_and_the_next(tasks: list[asyncio.Task[Reply]]) -> None:
        tasks[0].cancel()
        await asyncio.sleep(0)  # its place has been given to the next, which is cancelled before it takes it
        tasks[1].cancel()

    assert asyncio.run(go(cancel_waiting)) == ["ok", "CancelledError", "ok", "ok"]
    assert asyncio.run(go(cancel_the_sent_and_the_next)) == ["CancelledError", "CancelledError", "ok", "ok"]


# --- against a server


def to(standin: StandIn, time: Time, max_retries: int = 6) -> PacedModel:
    paces = Paces(waiting=time.waiting(jitter=0.5))
    config = ProviderConfig(max_retries=max_retries, timeout_s=10)
    model = resolve("openai:gpt-4o", base_url=standin.url, config=config, paces=paces)
    assert isinstance(model, PacedModel)
    return model


def test_a_rate_limit_of_three_seconds_is_waited_for_once_and_by_us_alone(standin: StandIn):
    standin.faults, time = [Fault(status=429, headers={"retry-after": "3"})], Time()
    assert ask(to(standin, time)).content == "hello"
    assert (standin.n_calls, time.now_s, [wait_s for wait_s, _ in time.waits]) == (2, 3, [3])


def test_a_burst_of_503_is_bridged(standin: StandIn):
    standin.faults, time = [Fault(status=503)] * 12, Time()
    model = to(standin, time)
    assert len(ask_many(model, 8)) == 8
    assert standin.n_calls == 20
    assert model.pace.limit < 16


def test_a_lost_connection_is_tried_again(standin: StandIn):
    standin.faults, time = [Fault(hangs_up=True)] * 2, Time()
    assert ask(to(standin, time)).content == "hello"
    assert "could not be reached" in time.waits[0][1]


def test_a_spent_quota_with_the_status_of_a_rate_limit_is_not_waited_for(standin: StandIn):
    body = '{"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}'
    standin.faults, time = [Fault(status=429, body=body)], Time()
    with pytest.raises(QuotaSpent, match="add credit"):
        ask(to(standin, time))
    assert (standin.n_calls, time.waits) == (1, [])


def test_a_server_that_takes_four_at_once_is_asked_four_at_once(standin: StandIn):
    standin.max_at_once, time = 4, Time()
    model = to(standin, time, max_retries=50)
    assert len(ask_many(model, 60)) == 60
    assert standin.most_at_once == 4
    assert model.pace.limit < 16


def test_models_of_one_provider_and_address_share_a_pace(standin: StandIn):
    paces = Paces()
    models = [
        resolve(model_id, base_url=base_url, api_key="k", paces=paces)
        for model_id, base_url in [("openai:a", standin.url), ("openai:b", standin.url), ("openai:a", None)]
    ]
    first, second, elsewhere = [model.pace for model in models if isinstance(model, PacedModel)]
    assert first is second
    assert first is not elsewhere
