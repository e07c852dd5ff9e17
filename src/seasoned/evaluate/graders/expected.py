"""What graders read in a task's sealed reference, whatever shape it has; and the grade that a check gives.

References come in three shapes that are known: a plain answer (a word, a number, or a list of answers that count), an
object with an answer in one of its fields, and the criteria of a tool-using task, which list the expected actions (as
tau-bench's, tau2-bench's and the returns desk's do). Pure. Raises `ConfigError` where a task lacks what a grader needs;
the message names fields, never values.
"""

import json
from collections.abc import Iterable

from pydantic import JsonValue

from seasoned.core.outcome import scored
from seasoned.core.trial import Difference
from seasoned.core.value import Value
from seasoned.errors import ConfigError
from seasoned.evaluate.attempt import Grade, GradedTask
from seasoned.ingest.narrow import as_list, as_object, as_text

_HOLDERS = ("task", "reference")
"""Where in a sealed answer the expected actions stand, if not at its top."""
_SAID = ("outputs", "communicate_info", "facts")
"""What a reference says that the agent has to tell the user, entry by entry."""


class ExpectedCall(Value):
    """One call of the reference solution."""

    tool: str
    arguments: dict[str, JsonValue]


class Expected(Value):
    """What a right run does and says."""

    calls: tuple[ExpectedCall, ...]
    """In the order of the reference, with those that only look something up."""
    said: tuple[tuple[str, ...], ...] = ()
    """Facts that have to be told, each as the spellings that count."""


def check(grader: str, passed: bool, why: str, differences: Iterable[Difference] = ()) -> Grade:
    """The grade of a check that passes or fails.

    Args:
        grader: The grader's name.
        passed: Whether the trial passes.
        why: What is wrong where it does not, without a word of the reference.
        differences: How the end state differs.
    """
    outcome = scored(float(passed), "verifier", name=grader, feedback="" if passed else why)
    return Grade(grader=grader, outcome=outcome, differences=tuple(differences))


def lacking(task: GradedTask, grader: str, why: str, hint: str | None = None) -> ConfigError:
    """The error for a task that has nothing that this grader could go by."""
    return ConfigError(
        f"the grader {grader!r} cannot grade this task", where=f"task {task.task.key!r}", why=why, hint=hint
    )


def wanted(task: GradedTask, field: str, grader: str) -> JsonValue:
    """The reference, or what stands in one field of it.

    Args:
        task: The task.
        field: Names and numbers from the top of the reference, with dots between; empty is all of it.
        grader: Who asks, for the error.
    """
    found = task.reference
    if found is None:
        raise lacking(task, grader, "it has no reference answer")
    for name in field.split(".") if field else ():
        if isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        elif isinstance(found, dict) and name in found:
            found = found[name]
        else:
            raise lacking(task, grader, f"its reference has no field {field!r}", _fields(task.reference))
    if found is None:
        raise lacking(task, grader, f"the field {field!r} of its reference is empty")
    return found


def answers_of(task: GradedTask, field: str, grader: str) -> tuple[str, ...]:
    """The answers that count, each as text; at least one."""
    found = wanted(task, field, grader)
    answers = [found] if not isinstance(found, list) else found
    if not answers or any(isinstance(answer, (dict, list)) or answer is None for answer in answers):
        what = "an object" if isinstance(found, dict) else "a list of something else than texts and numbers"
        where = f"the field {field!r} of its reference" if field else "its reference"
        raise lacking(task, grader, f"{where} is {what if answers else 'an empty list'}, not an answer", _fields(found))
    return tuple(answer if isinstance(answer, str) else json.dumps(answer) for answer in answers)


def criteria_of(reference: JsonValue) -> dict[str, JsonValue] | None:
    """The part of a sealed answer that lists the expected actions; None where there is none."""
    whole = as_object(reference)
    parts = [whole, *(as_object(whole.get(name)) for name in _HOLDERS)]
    parts += [as_object(part.get("evaluation_criteria")) for part in parts]
    return next((part for part in parts if isinstance(part.get("actions"), list)), None)


def expected_of(reference: JsonValue) -> Expected | None:
    """What a right run does and says; None where the reference lists no expected actions.

    What the user is to do with tools of their own (`requestor` in tau2-bench) is no part of it.
    """
    criteria = criteria_of(reference)
    if criteria is None:
        return None
    actions = [as_object(action) for action in as_list(criteria["actions"])]
    calls = tuple(
        ExpectedCall(tool=as_text(action.get("name")), arguments=_arguments(action))
        for action in actions
        if action.get("requestor") != "user"
    )
    said = [entry for name in _SAID for entry in as_list(criteria.get(name))]
    return Expected(calls=calls, said=tuple(spellings for entry in said if (spellings := spellings_of(entry))))


def spellings_of(entry: JsonValue) -> tuple[str, ...]:
    """One fact as the spellings that count: a list of them, or a single one; empty where it is neither."""
    each = entry if isinstance(entry, list) else [entry]
    texts = (
        text if isinstance(text, str) else json.dumps(text) for text in each if isinstance(text, (str, int, float))
    )
    return tuple(text for text in texts if text.strip())


def _arguments(action: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return as_object(action.get("arguments")) or as_object(action.get("kwargs"))


def _fields(value: JsonValue) -> str | None:
    names = list(as_object(value))
    return f"Set `field`; it has {', '.join(names[:20])}" if names else None
