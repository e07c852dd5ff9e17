"""A server beside other work in one event loop: Ctrl-C stays the program's. Knows nothing of tools."""

from collections.abc import Generator
from contextlib import contextmanager

from uvicorn import Server


class QuietServer(Server):
    """Leaves signals as they are."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Capture none."""
        yield
