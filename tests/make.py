"""Small values that tests build on."""

from seasoned.core.finding import Evidence, located
from seasoned.core.operation import Author, Operation, skill_id
from seasoned.core.outcome import scored
from seasoned.core.trace import Source, Step, StepKind, Task, Trace

PERSON = Author(kind="person", name="ada")
LEARNER = Author(kind="learner", name="recursive", run_id="run-1", model_id="test:scripted")


def make_trace(
    *steps: tuple[StepKind, str], task: str = "refund", score: float | None = None, run_key: str = ""
) -> Trace:
    """A trace of the given steps, with a verifier's score if there is one."""
    return Trace.of(
        task=Task(key=task, text=f"Please handle: {task}"),
        steps=tuple(Step(kind=kind, text=text) for kind, text in steps),
        source=Source(format="test", run_key=run_key),
        outcome=None if score is None else scored(score, "verifier"),
    )


def make_evidence(trace: Trace, quote: str, step: int = 0) -> Evidence:
    """Evidence for a quote in one step."""
    return located(trace, step, quote)


def add(text: str, evidence: tuple[Evidence, ...] = (), author: Author = PERSON, section: str = "general") -> Operation:
    """An ADD of a skill with this wording."""
    return Operation(
        kind="ADD", skill_id=skill_id(text), text=text, author=author, evidence=evidence, section=section, reason="why"
    )


def verdict(kind: str, text: str, author: Author = PERSON, reason: str = "") -> Operation:
    """A verdict on the skill that was born with this wording."""
    return Operation.model_validate({"kind": kind, "skill_id": skill_id(text), "author": author, "reason": reason})
