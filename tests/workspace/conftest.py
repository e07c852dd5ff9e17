"""A workspace of our own."""

from collections.abc import Iterator

import pytest

from seasoned.workspace.book import Book
from seasoned.workspace.workspace import Workspace
from seasoned.workspace.workspace import open as opened


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    with opened(":memory:", author="ada") as made:
        yield made


@pytest.fixture
def book(workspace: Workspace) -> Book:
    return workspace.skillbook("desk")
