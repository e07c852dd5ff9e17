"""No verdict: the runs wait for a person, who labels them with `seasoned traces label`. Raises nothing."""

from collections.abc import Mapping

from seasoned.core.value import Value
from seasoned.evaluate.attempt import Attempted, Grade, GradedTask
from seasoned.evaluate.graders.configured import Configured
from seasoned.plugins import configured

NAME = "human"


class HumanConfig(Value):
    """There is nothing to set."""


class Human(Configured[HumanConfig]):
    """Leaves the verdict to a person."""

    async def grade(self, task: GradedTask, attempted: Attempted) -> Grade:  # noqa: ARG002, the protocol's
        """Says nothing."""
        return Grade(grader=NAME, outcome=None)


def make(settings: Mapping[str, str]) -> Human:
    """The grader; it has no settings."""
    return Human(NAME, configured(HumanConfig, settings, f"grader {NAME!r}"))
