"""No verdict: the runs wait for a person, who labels them with `seasoned traces label`. Raises nothing."""

from collections.abc import Mapping

from pydantic import JsonValue

from seasoned.core.value import Value
from seasoned.evaluate.attempt import Attempted, Grade, GradedTask
from seasoned.plugins import configured

NAME = "human"


class HumanConfig(Value):
    """There is nothing to set."""


class Human:
    """Leaves the verdict to a person."""

    @property
    def name(self) -> str:
        """It."""
        return NAME

    @property
    def identity(self) -> dict[str, JsonValue]:
        """Its name alone."""
        return {"grader": NAME}

    async def grade(self, task: GradedTask, attempted: Attempted) -> Grade:  # noqa: ARG002, the protocol's
        """Says nothing."""
        return Grade(grader=NAME, outcome=None)


def make(settings: Mapping[str, str]) -> Human:
    """The grader; it has no settings."""
    configured(HumanConfig, settings, f"grader {NAME!r}")
    return Human()
