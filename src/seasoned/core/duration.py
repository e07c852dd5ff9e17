"""A length of time as a person writes it: `30m`, `12h`, `7d`, `2w`. Pure; raises nothing."""

import re
from datetime import timedelta

_DURATION = re.compile(r"(\d{1,6})([mhdw])", re.ASCII)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def duration(text: str) -> timedelta | None:
    """The length of time that a text means; None where it means none."""
    found = _DURATION.fullmatch(text.strip())
    return None if found is None else timedelta(**{_UNITS[found[2]]: int(found[1])})
