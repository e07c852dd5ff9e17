"""The answer states every required fact, each in one of the spellings that count.

The facts are a list in the reference; each entry is one spelling, or a list of them. Raises `ConfigError` for a task
without facts.
"""

from collections.abc import Mapping

from seasoned.core.trial import Difference
from seasoned.core.value import Value
from seasoned.evaluate.attempt import Attempted, Grade, GradedTask
from seasoned.evaluate.graders.configured import Configured
from seasoned.evaluate.graders.expected import check, lacking, spellings_of, wanted
from seasoned.evaluate.graders.facts import states
from seasoned.plugins import configured

NAME = "contains"


class ContainsConfig(Value):
    """Where the facts are."""

    field: str = ""
    """Where in the reference they stand, with dots between names; empty is `facts` in an object, or all of it."""


class Contains(Configured[ContainsConfig]):
    """Looks for facts."""

    async def grade(self, task: GradedTask, attempted: Attempted) -> Grade:
        """Passes where the answer states all facts."""
        facts = self._facts(task)
        missing = [n for n, fact in enumerate(facts, start=1) if not states(attempted.answer, fact)]
        differences = (Difference(kind="missing output", where=f"fact {n} of {len(facts)}") for n in missing)
        return check(NAME, not missing, f"the answer lacks {len(missing)} of {len(facts)} facts", differences)

    def _facts(self, task: GradedTask) -> tuple[tuple[str, ...], ...]:
        field = self._config.field
        if not field and isinstance(task.reference, dict):
            field = "facts"
        found = wanted(task, field, NAME)
        facts = tuple(spellings_of(entry) for entry in (found if isinstance(found, list) else [found]))
        if not facts or not all(facts):
            raise lacking(task, NAME, "its facts are not a list of texts, or of lists of spellings")
        return facts


def make(settings: Mapping[str, str]) -> Contains:
    """The grader with these settings."""
    return Contains(NAME, configured(ContainsConfig, settings, f"grader {NAME!r}"))
