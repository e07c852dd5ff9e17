"""Holding a run: taking it, keeping its lease while it works, and writing down how it ended.

Raises what the work raises, and `UsageError` when a living process holds the run.
"""

import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from pydantic import JsonValue

from seasoned.core.run import Run
from seasoned.errors import StoreError
from seasoned.store.runs import LEASE_S
from seasoned.store.store import Store


@dataclass
class Held:
    """A run in this process's hands."""

    run: Run
    summary: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """What came of it; the holder fills it in before the end."""
    is_complete: bool = True
    """False when a limit or a provider cut some of the work off."""

    @property
    def is_done(self) -> bool:
        """The work had been done before; there is nothing to do."""
        return self.run.state == "done"


@contextmanager
def hold(store: Store, kind: str, config: dict[str, JsonValue]) -> Generator[Held]:
    """Hold the run that does this work.

    An exception marks the run failed, an interruption leaves it to be resumed; either way finished calls stay in the
    journal and are not paid for again.
    """
    held = Held(store.runs.take(kind, config))
    if held.is_done:
        held.summary = held.run.summary or {}
        yield held
        return
    stop = threading.Event()
    renewal = threading.Thread(target=_renew, args=(store, held.run.id, stop), daemon=True)
    renewal.start()
    try:
        yield held
    except Exception as error:
        with suppress(StoreError):  # the work's own error is the one to tell
            store.runs.end(held.run.id, "failed", {"error": str(error)})
        raise
    except BaseException:
        with suppress(StoreError):
            store.runs.release(held.run.id)
        raise
    else:
        store.runs.end(held.run.id, "done" if held.is_complete else "incomplete", held.summary)
    finally:
        stop.set()
        renewal.join()


def _renew(store: Store, run_id: str, stop: threading.Event) -> None:
    while not stop.wait(LEASE_S / 3):
        try:
            store.runs.renew(run_id)
        except StoreError:
            # The next renewal may find the store free again; until then the lease has time left.
            continue
