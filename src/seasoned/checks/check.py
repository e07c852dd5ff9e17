"""What one check came to. Knows nothing of what is checked; raises nothing."""

from typing import Literal

from seasoned.core.value import Text, Value
from seasoned.errors import SeasonedError

State = Literal["ok", "warning", "failed"]


class Check(Value):
    """One thing that was looked at."""

    name: str
    state: State = "ok"
    """`warning`: works, but less well than it could, or is not needed as things are set. `failed`: must be mended."""
    said: Text
    hint: Text | None = None
    """What to do next; only where not ok."""


def refused(name: str, error: SeasonedError, *, state: State = "failed") -> Check:
    """A check that ended in one of our errors."""
    where = f" ({error.where})" if error.where else ""
    why = f": {error.why}" if error.why else ""
    return Check(name=name, state=state, said=f"{error.what}{where}{why}", hint=error.hint)
