"""A blocking call on a thread is waited for, whatever becomes of the caller."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from seasoned.threads import finished


def fail() -> None:
    raise ValueError("as it came")


def test_it_gives_what_the_call_returns_or_raises() -> None:
    with ThreadPoolExecutor(1) as threads:
        assert asyncio.run(finished(threads, divmod, 7, 2)) == (3, 1)
        with pytest.raises(ValueError, match="as it came"):
            asyncio.run(finished(threads, fail))


def test_a_cancelled_caller_waits_until_the_call_has_ended() -> None:
    begun, go_on, ended = threading.Event(), threading.Event(), list[bool]()

    def slow() -> None:
        begun.set()
        go_on.wait()
        ended.append(True)

    async def cancelled() -> None:
        with ThreadPoolExecutor(1) as threads:
            task = asyncio.create_task(finished(threads, slow))
            await asyncio.to_thread(begun.wait)
            task.cancel()
            await asyncio.sleep(0)
            assert not task.done()
            go_on.set()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert ended

    asyncio.run(cancelled())
