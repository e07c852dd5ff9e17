"""Bits of the standard library that the sandbox's interpreter lacks, given back as host functions.

They run on the host with values from a sandbox, so each is bounded in the size of what it takes. Each takes and
returns JSON; a wrong argument raises `TypeError` or `ValueError` for the code's author.
"""

import heapq
import statistics
import textwrap
from collections.abc import Callable, Mapping

from pydantic import JsonValue

MAX_ITEMS = 50_000
MAX_TEXT_CHARS = 20_000
MAX_WIDTH = 1_000


def _numbers(data: JsonValue) -> list[float]:
    if not isinstance(data, list) or len(data) > MAX_ITEMS:
        raise TypeError(f"a list of at most {MAX_ITEMS:,} numbers is needed")
    numbers = [float(x) for x in data if isinstance(x, int | float)]
    if len(numbers) != len(data):
        raise TypeError("the list holds something that is no number")
    return numbers


def _statistic(compute: Callable[[list[float]], float]) -> Callable[..., JsonValue]:
    def call(data: JsonValue) -> JsonValue:
        try:
            return compute(_numbers(data))
        except statistics.StatisticsError as error:
            raise ValueError(str(error)) from None

    return call


def _extreme(pick: Callable[[int, list[float]], list[float]]) -> Callable[..., JsonValue]:
    def call(n: JsonValue, data: JsonValue) -> JsonValue:
        if not isinstance(n, int):
            raise TypeError("the first argument is how many")
        return list[JsonValue](pick(n, _numbers(data)))

    return call


def _text(text: JsonValue, width: JsonValue) -> tuple[str, int]:
    if not isinstance(text, str) or len(text) > MAX_TEXT_CHARS:
        raise TypeError(f"a text of at most {MAX_TEXT_CHARS:,} characters is needed")
    if not isinstance(width, int) or not 1 <= width <= MAX_WIDTH:
        raise ValueError(f"width must be between 1 and {MAX_WIDTH:,}")
    return text, width


def _shorten(text: JsonValue, width: JsonValue, placeholder: JsonValue = " [...]") -> JsonValue:
    plain, columns = _text(text, width)
    return textwrap.shorten(plain, columns, placeholder=placeholder if isinstance(placeholder, str) else " [...]")


def _wrap(text: JsonValue, width: JsonValue = 70) -> JsonValue:
    return list[JsonValue](textwrap.wrap(*_text(text, width)))


def _fill(text: JsonValue, width: JsonValue = 70) -> JsonValue:
    return textwrap.fill(*_text(text, width))


def _dedent(text: JsonValue) -> JsonValue:
    return textwrap.dedent(_text(text, 70)[0])


MODULES: Mapping[str, Mapping[str, Callable[..., JsonValue]]] = {
    "statistics": {
        "mean": _statistic(statistics.fmean),
        "fmean": _statistic(statistics.fmean),
        "median": _statistic(statistics.median),
        "stdev": _statistic(statistics.stdev),
        "pstdev": _statistic(statistics.pstdev),
    },
    "textwrap": {"shorten": _shorten, "wrap": _wrap, "fill": _fill, "dedent": _dedent},
    "heapq": {"nlargest": _extreme(heapq.nlargest), "nsmallest": _extreme(heapq.nsmallest)},
}
"""Functions by module and name."""
