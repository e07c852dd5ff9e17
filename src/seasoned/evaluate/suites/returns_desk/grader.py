"""The desk's reward as a grader: the end state, and what the last answer states.

What it says of a failed trial shows what the agent did, never what was due: a write that is missing is known by its
order only, a wrong argument by the value that the agent gave. Raises `ConfigError` for a task that is no ticket.
"""

from pydantic import JsonValue, TypeAdapter, ValidationError

from seasoned.core.ids import content_id
from seasoned.core.outcome import scored
from seasoned.core.text import shortened
from seasoned.core.trial import Difference, Ended
from seasoned.errors import ConfigError
from seasoned.evaluate.attempt import Attempted, Grade, GradedTask
from seasoned.evaluate.suites.returns_desk.reward import Verdict, judge
from seasoned.evaluate.suites.returns_desk.tasks import Task, load_database
from seasoned.evaluate.suites.returns_desk.tools import Database

NAME = "desk_reward"
_OTHER = Difference(kind="other state", where="the database")
_FINISHED: tuple[Ended, ...] = ("answered", "stopped")
_WRITES = TypeAdapter(dict[str, dict[str, dict[str, JsonValue]]])
_WHERE_CHARS = 200


class DeskReward:
    """1 where the database is as it should be and the answer states what it has to, else 0."""

    name = NAME

    @property
    def identity(self) -> dict[str, JsonValue]:
        """Its version, and the database that the reference's actions are applied to."""
        return {"grader": NAME, "version": 1, "database": content_id("database", load_database())}

    async def grade(self, task: GradedTask, attempted: Attempted) -> Grade:
        """The reward of one trial; one that did not come to its end has none, whatever its state.

        Args:
            task: A ticket.
            attempted: An end state that is None is a desk that nothing was done at.

        Raises:
            ConfigError: The task has not the reference of a ticket.
        """
        expected = _ticket(task)
        state = load_database() if attempted.state is None else _database(attempted.state)
        differences = (_OTHER,) if state is None else _differences(_verdict(expected, state, attempted.answer))
        said = [_said(each) for each in differences]
        if attempted.ended not in _FINISHED:
            said.append(f"the run did not come to its end: {attempted.ended}")
        outcome = scored(0.0 if said else 1.0, "verifier", name=NAME, feedback="; ".join(said))
        return Grade(grader=NAME, outcome=outcome, differences=differences)


def _ticket(task: GradedTask) -> Task:
    fields = {
        "task_id": task.task.key,
        "split": task.split,
        "topic": task.labels.get("topic", ""),
        "ticket": task.task.text,
        "reference": task.reference,
    }
    try:
        return Task.model_validate(fields)
    except ValidationError:
        raise ConfigError(
            "the task is no ticket of the returns desk, so its reward cannot be found", where=task.task.key
        ) from None


def _database(state: JsonValue) -> Database | None:
    """The end state where it is laid out as the desk's; an agent that reports its own may say anything."""
    if not isinstance(state, dict):
        return None
    try:
        return {**state, "writes": _WRITES.validate_python(state.get("writes"), strict=True)}
    except ValidationError:
        return None


def _verdict(ticket: Task, state: Database, answer: str) -> Verdict:
    try:
        return judge(ticket, state, answer)
    except ValueError as error:
        raise ConfigError(
            "the ticket's reference cannot be carried out", where=ticket.task_id, why=str(error)
        ) from None


def _differences(verdict: Verdict) -> tuple[Difference, ...]:
    # Which tool was due is the reference's: of a missing write only the order, which the ticket names, is said.
    found = [Difference(kind="missing write", where=write.split()[-1]) for write in verdict.missing_writes]
    found += [Difference(kind="extra write", where=_shown(write)) for write in verdict.extra_writes]
    found += [Difference(kind="wrong argument", where=_shown(wrong)) for wrong in verdict.wrong_arguments]
    found += [Difference(kind="missing output", where="the answer")] * len(verdict.missing_facts)
    if not found and not verdict.reward:
        found.append(_OTHER)
    return tuple(found)


def _shown(text: str) -> str:
    return shortened(text, _WHERE_CHARS)


def _said(difference: Difference) -> str:
    match difference.kind:
        case "missing output":
            return "the answer lacks a fact that the customer needs"
        case "other state":
            return "the database was changed in another way"
        case kind:
            return f"{kind}: {difference.where}"
