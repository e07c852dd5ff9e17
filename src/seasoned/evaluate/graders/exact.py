"""The answer is the reference answer, or one of several that count.

By default only space around the two does not matter. The settings take more of the difference away, in the order of
SQuAD's own evaluation, which `squad` stands for: case, punctuation, articles (English), spacing.

Source: the normalisation, Rajpurkar et al. 2016, SQuAD, arXiv:1606.05250. Raises `ConfigError` for a task without a
reference answer.
"""

import re
import unicodedata
from collections.abc import Mapping

from seasoned.core.value import Value
from seasoned.evaluate.attempt import Attempted, Grade, GradedTask
from seasoned.evaluate.graders.configured import Configured
from seasoned.evaluate.graders.expected import answers_of, check
from seasoned.plugins import configured

NAME = "exact"
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")


class ExactConfig(Value):
    """What does not matter."""

    field: str = ""
    """Where in the reference the answer stands, with dots between names; empty is the reference itself."""
    ignore_case: bool = False
    ignore_punctuation: bool = False
    ignore_articles: bool = False
    ignore_space: bool = False
    """How much of it there is, and of what kind."""
    squad: bool = False
    """All four."""


class Exact(Configured[ExactConfig]):
    """Compares answers."""

    async def grade(self, task: GradedTask, attempted: Attempted) -> Grade:
        """Passes where the answer is one that counts."""
        said = self._normal(attempted.answer)
        counted = {self._normal(answer) for answer in answers_of(task, self._config.field, NAME)}
        return check(NAME, said in counted, "the answer is not the expected one")

    def _normal(self, text: str) -> str:
        config = self._config
        text = unicodedata.normalize("NFC", text).strip()
        if config.ignore_case or config.squad:
            text = text.casefold()
        if config.ignore_punctuation or config.squad:
            text = _unless_empty("".join(c for c in text if not unicodedata.category(c).startswith("P")), text)
        if config.ignore_articles or config.squad:
            text = _unless_empty(_ARTICLES.sub(" ", text), text)
        return " ".join(text.split()) if config.ignore_space or config.squad else text.strip()


def _unless_empty(less: str, text: str) -> str:
    """The answer `A` is an answer, though it is an article, and so is `?`: an empty answer is not the same."""
    return less if less.strip() else text


def make(settings: Mapping[str, str]) -> Exact:
    """The grader with these settings."""
    return Exact(NAME, configured(ExactConfig, settings, f"grader {NAME!r}"))
