"""Fixtures that several test packages share."""

import os
from collections.abc import Generator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings

from seasoned.llm.testing import no_network
from tests.databases import Server, start

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
"""No test asserts a time: what else runs on the machine would decide it."""


@pytest.fixture(autouse=True)
def _no_network() -> Generator[None]:  # pyright: ignore[reportUnusedFunction]
    """Makes any connection that leaves this machine an error; servers on loopback stay reachable."""
    with no_network():
        yield


@pytest.fixture(scope="session")
def shared_traces() -> Path:
    """Real traces of many formats, kept beside the repository and never copied into it."""
    root = Path(os.environ.get("SEASONED_SHARED_TRACES", Path(__file__).parents[2] / "shared" / "traces"))
    if not root.is_dir():
        pytest.skip(f"the shared trace collection is not at {root}")
    return root


@pytest.fixture(scope="session")
def postgres() -> Generator[Server]:
    """A PostgreSQL server of our own; its files are large, so none of them are kept."""
    with TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as folder:
        yield from start(Path(folder))


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a test keeps its store, in each kind of database: nothing is there yet but what opening makes."""
    if request.param == "sqlite":
        return str(tmp_path / "s.db")
    server: Server = request.getfixturevalue("postgres")
    return server.store()
