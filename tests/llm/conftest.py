"""The stand-in server, one to a test, and no provider settings from outside."""

import os
from collections.abc import Generator

import pytest

from tests.llm.standin import StandIn, serving


@pytest.fixture
def standin() -> Generator[StandIn]:
    with serving() as server:
        yield server


@pytest.fixture(autouse=True)
def _no_provider_settings(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    """Keys and addresses of whoever runs the tests must not change their outcome."""
    for name in list(os.environ):
        if name.endswith(("_API_KEY", "_BASE_URL")):
            monkeypatch.delenv(name)
