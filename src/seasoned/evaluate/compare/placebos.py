"""A candidate against its placebo: what its skills do, and not their length. Pure; raises nothing.

The gain over the prompt without skills has two parts: what the skills say, and that there is more text. The placebo is
as long and says nothing, so the gain over it is the first part alone.
"""

from collections.abc import Mapping, Sequence

from seasoned.compile.placebo import TOLERANCE
from seasoned.core.prompt import Prompt
from seasoned.core.value import Text, Value
from seasoned.evaluate.compare.arms import Arm
from seasoned.evaluate.compare.paired import Verdict, compare_two
from seasoned.evaluate.statistics.intervals import Interval, Resampling


class GainOverPlacebo(Value):
    """A candidate's success rate less that of its placebo."""

    candidate: Text
    placebo: Text
    difference: Interval
    p: float
    """Of this comparison alone: it is asked beside the others and decides nothing."""
    verdict: Verdict


def is_placebo_of(placebo: Prompt, prompt: Prompt) -> bool:
    """Whether neutral text stands in `placebo` where the skills of `prompt` do: as many items, as long, on one base."""
    if not placebo.is_placebo or prompt.is_placebo:
        return False
    same = (placebo.base, placebo.book, placebo.revision, len(placebo.included))
    is_as_long = abs(placebo.n_tokens - prompt.n_tokens) <= TOLERANCE * prompt.n_tokens
    return is_as_long and same == (prompt.base, prompt.book, prompt.revision, len(prompt.included))


def gains_over_placebo(
    arms: Sequence[Arm], placebos: Mapping[str, str], tasks: Sequence[str], how: Resampling
) -> tuple[GainOverPlacebo, ...]:
    """Each candidate that was compared beside a placebo of it, against that.

    Args:
        arms: All of them.
        placebos: By the name of a placebo's arm, the name of its candidate's.
        tasks: The compared tasks.
        how: How tasks are drawn.
    """
    by_name = {arm.name: arm for arm in arms}
    found: list[GainOverPlacebo] = []
    for placebo, candidate in placebos.items():
        each = compare_two(by_name[placebo], by_name[candidate], tasks, 1.0, how)
        found.append(
            GainOverPlacebo(
                candidate=candidate, placebo=placebo, difference=each.difference, p=each.p, verdict=each.verdict
            )
        )
    return tuple(found)
