"""Cases that tests show to agents."""

from seasoned.core.exemplar import Case, Exemplar, ExemplarStatus, exemplar_id
from seasoned.core.exemplar import case_of as stored_case
from seasoned.core.trace import Trace
from tests.compile.building import NOON, PERSON
from tests.learn.building import calls, returns, run, says, user

DESK = run(
    user("Where is my parcel?"),
    says("I will look."),
    calls("get_order", order="W1"),
    returns("shipped on Monday"),
    says("It is on its way."),
    task="where is it",
    verdict=True,
)


def case_of(
    trace: Trace = DESK,
    *,
    start: int = 0,
    end: int | None = None,
    problem: str | None = None,
    feedback: str = "",
    status: ExemplarStatus = "approved",
    score: float | None = 1.0,
) -> Case:
    """The steps of a trace from `start` to `end` as a case that a person approved."""
    end = len(trace.steps) if end is None else end
    steps = trace.steps[start:end]
    exemplar = Exemplar(
        id=exemplar_id(trace.id, start, end),
        trace_id=trace.id,
        kind="run" if (start, end) == (0, len(trace.steps)) else "slice",
        start=start,
        end=end,
        task_key=trace.task.key,
        problem=trace.steps[0].text if problem is None else problem,
        tools=tuple(dict.fromkeys(step.name for step in steps if step.kind == "tool_call" and step.name)),
        score=score,
        feedback=feedback,
        n_chars=sum(len(step.text) for step in steps),
        status=status,
        author=PERSON,
        at=NOON,
    )
    return stored_case(exemplar, trace)


def parcels(n: int) -> tuple[Case, ...]:
    """Cases of so many tasks, each about another parcel."""
    return tuple(
        case_of(run(user(f"Where is parcel number {i}?"), says(f"Parcel {i} is in the depot."), task=f"parcel {i}"))
        for i in range(n)
    )
