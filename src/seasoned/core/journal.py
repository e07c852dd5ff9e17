"""The protocol of the call journal: every model call is written down before it is sent.

A row is `started` before its call is sent, then `done` or `failed`. A row that a crash left `started` becomes
`unknown`: the call may have been answered and paid. The protocol knows nothing of models or databases;
implementations raise `StoreError`.
"""

from typing import Protocol

from pydantic import JsonValue

from seasoned.core.value import Value


class Started(Value):
    """The call is on record and may be sent."""

    call_id: str
    """Names the row that `finish` or `fail` closes."""


class Replayed(Value):
    """An equal call of this run was finished before; it is not sent again."""

    reply: JsonValue
    """The reply as it was stored."""


class CallJournal(Protocol):
    """Where calls are written down.

    Equal calls within a run are told apart by their number: the second with the same key is answered by the second
    finished call, or starts one.
    """

    def begin(self, run_id: str, key: str, request: JsonValue) -> Started | Replayed:
        """Write `started` durably, or give the stored reply of a finished equal call.

        Args:
            run_id: The run that calls.
            key: The content id of the model's id and the request; equal calls have equal keys.
            request: The request, redacted.

        Returns:
            `Started` with the call's id, or `Replayed` with the reply of a finished equal call of this run that
            this journal has not replayed yet.
        """
        ...

    def finish(self, call_id: str, reply: JsonValue, cost_usd: float | None) -> None:
        """Write `done` with the reply; a `cost_usd` of None means an unknown cost."""
        ...

    def fail(self, call_id: str, error: str) -> None:
        """Write `failed` with the error's text."""
        ...
