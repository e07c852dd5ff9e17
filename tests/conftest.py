"""Fixtures that several test packages share."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_traces() -> Path:
    """Real traces of many formats, kept beside the repository and never copied into it."""
    root = Path(os.environ.get("SEASONED_SHARED_TRACES", Path(__file__).parents[2] / "shared" / "traces"))
    if not root.is_dir():
        pytest.skip(f"the shared trace collection is not at {root}")
    return root
