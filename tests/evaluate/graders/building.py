"""Tasks and trials as graders see them."""

import asyncio
from typing import Any

from pydantic import JsonValue

from seasoned.core.trace import Step, Task
from seasoned.errors import ConfigError
from seasoned.evaluate.attempt import Attempted, Grade, GradedTask, Grader
from tests.learn.building import run, says, user


def task(reference: JsonValue = None, key: str = "t1") -> GradedTask:
    return GradedTask(task=Task(key=key, text="Say it."), reference=reference)


def answered(answer: str = "", *steps: Step, **rest: Any) -> Attempted:
    """A trial that ended with this answer."""
    return Attempted(trace=run(*(steps or (user("Say it."), says(answer)))), answer=answer, **rest)


def grade(grader: Grader, of: GradedTask, trial: Attempted) -> Grade:
    return asyncio.run(grader.grade(of, trial))


def passes(grader: Grader, reference: JsonValue, answer: str) -> bool:
    """Whether an answer passes; there has to be a verdict."""
    outcome = grade(grader, task(reference), answered(answer)).outcome
    assert outcome is not None
    assert outcome.success is not None
    return outcome.success


def refusal(grader: Grader, reference: JsonValue) -> str:
    """How a grader refuses a task."""
    try:
        grade(grader, task(reference), answered("x"))
    except ConfigError as error:
        return str(error)
    raise AssertionError("the task was graded")
