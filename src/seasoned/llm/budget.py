"""What a run may spend: calls, tokens, USD and seconds, each a hard cap.

Reads a budget as a person writes it. Knows nothing of how spending is counted (`llm.account`) or of how prices are
found. Raises `UsageError` for a text that is no budget.
"""

import re

from pydantic import Field

from seasoned.core.value import Value
from seasoned.errors import UsageError

_PART = re.compile(r"(?P<amount>\d+(?P<fraction>\.\d+)?)\s*(?P<unit>[a-z]+)")
_UNITS: dict[str, tuple[str, int]] = {
    "usd": ("max_cost_usd", 1),
    "call": ("max_calls", 1),
    "token": ("max_tokens", 1),
    **dict.fromkeys(("s", "sec", "second"), ("max_duration_s", 1)),
    **dict.fromkeys(("min", "minute"), ("max_duration_s", 60)),
    **dict.fromkeys(("h", "hour"), ("max_duration_s", 3600)),
}
"""Unit, in the singular, to the cap it sets and what one of it is worth there."""
_WHOLE = ("max_calls", "max_tokens")


class Budget(Value):
    """What may be spent; None is no cap."""

    max_calls: int | None = Field(default=None, ge=0)
    max_tokens: int | None = Field(default=None, ge=0)
    """Input and output tokens together."""
    max_cost_usd: float | None = Field(default=None, ge=0)
    max_duration_s: float | None = Field(default=None, ge=0)
    """Seconds from the moment at which the account over this budget is opened."""

    @classmethod
    def parse(cls, text: str) -> "Budget":
        """A budget as a person writes it: `2usd`, `200 calls`, `10min`, or several with commas between.

        Raises:
            UsageError: A part is not an amount and a unit, or two parts set the same cap.
        """
        caps: dict[str, float] = {}
        for part in text.split(","):
            read = _cap(part.strip().lower())
            if read is None or read[0] in caps:
                raise UsageError(
                    f"{text!r} is no budget",
                    why=f"{part.strip()!r} is not an amount of usd, calls, tokens or time that was not given before",
                    hint="write 2usd, 200calls, 500000tokens, 600s, 10min or 2h, or several with commas between",
                )
            caps[read[0]] = read[1]
        return cls.model_validate(caps)


def _cap(part: str) -> tuple[str, float] | None:
    """The cap that one part sets and its amount; None where the part is no such thing."""
    found = _PART.fullmatch(part)
    unit = None if found is None else _UNITS.get(found["unit"]) or _UNITS.get(found["unit"].removesuffix("s"))
    if found is None or unit is None:
        return None
    name, worth = unit
    if name in _WHOLE and found["fraction"]:
        return None
    return name, float(found["amount"]) * worth
