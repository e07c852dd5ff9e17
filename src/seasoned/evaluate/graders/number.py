"""The answer gives the expected number, within a tolerance.

A number is written with or without commas between thousands, a sign, an exponent; what stands around it, such as a
currency or a unit, does not matter. Raises `ConfigError` for a task whose reference is no number.
"""

import math
import re
from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from seasoned.core.value import Value
from seasoned.evaluate.attempt import Attempted, Grade, GradedTask
from seasoned.evaluate.graders.configured import Configured
from seasoned.evaluate.graders.expected import answers_of, check, lacking
from seasoned.plugins import configured

NAME = "number"
_NUMBER = re.compile(
    r"(?<![\w.])[-+\u2212]?[$\u20ac\u00a3]?(?:(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d{1,4})?",
    re.ASCII,
)


class NumberConfig(Value):
    """Which number, and how near."""

    field: str = ""
    """Where in the reference the number stands, with dots between names; empty is the reference itself."""
    tolerance: float = Field(default=0.0, ge=0)
    """How far from the expected number one may be and still count."""
    relative: float = Field(default=0.0, ge=0)
    """The same as a share of the expected number; the wider one of the two holds."""
    which: Literal["last", "first", "only"] = "last"
    """Which number of the answer counts; with `only`, an answer that holds different numbers fails."""


class Number(Configured[NumberConfig]):
    """Compares numbers."""

    async def grade(self, task: GradedTask, attempted: Attempted) -> Grade:
        """Passes where the number of the answer is near enough to one that counts."""
        counted = [_number(task, text) for text in answers_of(task, self._config.field, NAME)]
        said = numbers_in(attempted.answer)
        if not said:
            return check(NAME, False, "there is no number in the answer")
        if self._config.which == "only" and len(set(said)) > 1:
            return check(NAME, False, f"there are {len(set(said))} different numbers in the answer, not one")
        number = said[0] if self._config.which == "first" else said[-1]
        return check(NAME, any(self._near(number, each) for each in counted), "the number is not the expected one")

    def _near(self, said: float, expected: float) -> bool:
        return math.isclose(said, expected, rel_tol=1e-12, abs_tol=self._config.tolerance) or (
            abs(said - expected) <= self._config.relative * abs(expected)
        )


def numbers_in(text: str) -> tuple[float, ...]:
    """The finite numbers of a text, in order."""
    plain = (found[0].replace(",", "").replace("\u2212", "-") for found in _NUMBER.finditer(text))
    numbers = (float(each.translate({ord(sign): None for sign in "$\u20ac\u00a3"})) for each in plain)
    return tuple(number for number in numbers if math.isfinite(number))


def _number(task: GradedTask, text: str) -> float:
    numbers = numbers_in(text)
    if len(numbers) != 1:
        raise lacking(task, NAME, "its reference is not one number", "Set `field`, or use another grader")
    return numbers[0]


def make(settings: Mapping[str, str]) -> Number:
    """The grader with these settings."""
    return Number(NAME, configured(NumberConfig, settings, f"grader {NAME!r}"))
