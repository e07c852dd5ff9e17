"""What a call journal promises: every model call is written down before it is sent.

A resumed run gets the stored replies of the calls it had finished, in the order in which it made them, instead of
paying for them again.
"""

from typing import Protocol

from pydantic import JsonValue

from seasoned.core.value import Value


class Started(Value):
    """The call is on record as `started` and may now be sent."""

    call_id: str


class Replayed(Value):
    """The call was finished before; nothing needs to be sent."""

    reply: JsonValue


class CallJournal(Protocol):
    """Where the calls of runs are written down."""

    def begin(self, run_id: str, request_hash: str, request: JsonValue) -> Started | Replayed:
        """Record a call durably, or return the reply of an equal finished call not yet replayed in this process."""
        ...

    def finish(self, call_id: str, reply: JsonValue, cost_usd: float | None) -> None:
        """Record the reply of a started call; a cost of None is unknown, not free."""
        ...

    def fail(self, call_id: str, error: str) -> None:
        """Record that a started call failed."""
        ...
