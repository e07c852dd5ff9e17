"""Whether a text states a fact, given as the spellings that count. Pure; raises nothing."""

import re
from collections.abc import Iterable


def states(text: str, spellings: Iterable[str]) -> bool:
    """Whether one of the spellings stands in the text, as whole words and whole numbers.

    Case, commas, spacing and whole-dollar cents do not matter; `12` is not found in `12.5` or `112`.
    """
    plain = _normal(text)
    return any(re.search(rf"(?<![\w.]){re.escape(_normal(each))}(?!\w|\.\d)", plain) for each in spellings)


def _normal(text: str) -> str:
    lowered = re.sub(r"\s+", " ", text.replace(",", "").lower())
    return re.sub(r"(\d)\.00(?!\d)", r"\1", lowered)
