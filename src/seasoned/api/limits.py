"""Bounds on what the server takes and how long it waits, as values. Knows nothing else. Raises nothing."""

from datetime import timedelta

from pydantic import Field

from seasoned.core.value import Value


class Limits(Value):
    """Bounds of one server."""

    body_bytes: int = Field(default=32 << 20, ge=1)
    """The longest body, with compression undone."""
    held_bytes: int = Field(default=128 << 20, ge=1)
    """All bodies that are held at once; a request beyond that is told to come back."""
    n_requests: int = Field(default=32, ge=1)
    """Requests at work at once; one more is told to come back."""
    retry_after_s: int = Field(default=1, ge=1)
    grace_s: float = Field(default=2.0, ge=0)
    """How long a trace rests after its root has ended before it becomes a run."""
    idle_s: float = Field(default=60.0, ge=0)
    """How long a trace without an ended root rests."""
    sweep_s: float = Field(default=0.5, gt=0)
    """How often traces that are due are looked for."""
    measure_every: timedelta | None = None
    """How long after one measurement of what skills do the next one is due; None: never."""
    measure_look_s: float = Field(default=60.0, gt=0)
    """How often it is looked whether one is due."""
    keep_days: float = Field(default=30.0, ge=0)
    """Spans are kept so long after their trace last changed, for late ones to join them."""
