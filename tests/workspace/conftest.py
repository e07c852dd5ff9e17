"""A workspace of our own."""

from collections.abc import Iterator

import pytest

from seasoned.workspace.book import Book
from seasoned.workspace.workspace import Workspace
from seasoned.workspace.workspace import open as opened


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    """Nothing is left out of a run by chance, but where a test says so."""
    with opened(":memory:", author="ada", keep_probability=1.0) as made:
        yield made


@pytest.fixture
def book(workspace: Workspace) -> Book:
    return workspace.skillbook("desk")
