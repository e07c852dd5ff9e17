"""A learner that finds one thing, and conversations for it to look at."""

from collections.abc import Sequence

from pydantic import JsonValue

from seasoned.core.finding import Draft, Finding
from seasoned.core.trace import Trace
from seasoned.learn.learner import LearnContext, LearnReport
from tests.make import make_evidence

SAID = "Done, it is refunded."
SKILL = "When a refund is asked for, look the order up first."


class OneFinding:
    """Says of the first run what its last step shows."""

    def __init__(self) -> None:
        self.seen: list[Trace] = []
        self.handed_out: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return "one"

    @property
    def identity(self) -> dict[str, JsonValue]:
        return {"version": 1}

    async def learn(self, traces: Sequence[Trace], context: LearnContext) -> LearnReport:
        self.seen, self.handed_out = list(traces), context.handed_out
        last = len(traces[0].steps) - 1
        found = Finding(
            claim="It refunds unseen.",
            confidence=0.9,
            evidence=(make_evidence(traces[0], traces[0].steps[last].text, last),),
            draft=Draft(text=SKILL, section="refunds"),
            learner=self.name,
            has_verdicts=traces[0].verdict is not None,
        )
        return LearnReport(findings=(found,))


def conversation(asked: str = "Please refund B-17.", said: str = SAID) -> list[dict[str, JsonValue]]:
    return [{"role": "user", "content": asked}, {"role": "assistant", "content": said}]
