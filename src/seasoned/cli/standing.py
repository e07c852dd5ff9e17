"""How a skill has done, in words: counts by who says so, and the rate with its interval."""

from rich.text import Text

from seasoned.cli.output import out, safe
from seasoned.core.counters import Count, Counters, Rate
from seasoned.curate.rates import Standing


def rate_cell(done: Standing) -> str:
    """What was counted, in a list, after the rate where it rests on any of it; empty where nothing was counted."""
    counts = [f"{name} {_short(count)}" for name, count in _by_source(done.counters) if count.n]
    if not counts:
        return ""
    return "; ".join([in_words(done.rate)] * bool(done.rate.n) + [", ".join(counts)])


def print_standing(done: Standing) -> None:
    """The counts of a skill by who says so, and its rate, where anything was counted."""
    for name, count in _by_source(done.counters):
        if count.n:
            parts = f"{count.helpful} helpful, {count.harmful} harmful, {count.neutral} neutral"
            out.print(Text(f"{name}: ", "dim") + safe(f"{parts}, {count.not_applicable} not applicable"))
    if done.rate.n:
        out.print(Text("rate: ", "dim") + safe(f"{in_words(done.rate)} ({done.rate.source}, n = {done.rate.n})"))


def in_words(rate: Rate) -> str:
    """A rate with its interval: `0.71 [0.36, 0.96]`."""
    return f"{rate.mean:.2f} [{rate.low:.2f}, {rate.high:.2f}]"


def _by_source(counters: Counters) -> tuple[tuple[str, Count], ...]:
    return ("measured", counters.measured), ("voted", counters.voted), ("judged", counters.judged)


def _short(count: Count) -> str:
    """Helpful, harmful and neutral, and where it did not apply: `3+ 1- 2= 4 n/a`."""
    others = f" {count.not_applicable} n/a" if count.not_applicable else ""
    return f"{count.helpful}+ {count.harmful}- {count.neutral}={others}"
