"""The steps of a run by what they are: its own steps, its tool calls and their results, the words of a person.

Steps that hold what we injected are left out everywhere. Knows nothing of verdicts. Raises nothing.
"""

import re

from seasoned.core.trace import Step, Trace

Indexed = tuple[int, Step]

MAX_SAID_CHARS = 2_000
"""A longer message is pasted text as likely as a person's own words, and nothing is read from it."""

_NOT_A_PERSON = re.compile(
    r"\s*(?:[<{\[$#>|`]|observation\b|output:|tool (?:result|output|call)|error:|traceback|caveat:|exit ?code"
    r"|this is not the first time you try|your (?:last|previous) (?:output|response|reply|command|action|answer)\b)",
    re.IGNORECASE,
)
"""How harnesses begin what they send in the role of the user: tags, JSON, shell prompts, observations, complaints."""


def own_steps(trace: Trace) -> list[Indexed]:
    """The steps that the run itself produced, with their indexes."""
    return [(index, step) for index, step in enumerate(trace.steps) if not step.injected]


def tool_calls(trace: Trace) -> list[Indexed]:
    """The run's own tool calls, with their indexes."""
    return [(index, step) for index, step in own_steps(trace) if step.kind == "tool_call"]


def tool_name(trace: Trace, step: Step) -> str:
    """The tool of a call or of a result, from the paired step where the step itself does not say; else empty."""
    if step.name:
        return step.name
    return (trace.steps[step.pair].name or "") if step.pair is not None else ""


def is_tool_error(step: Step) -> bool:
    """Whether a step says that a tool call failed."""
    return (step.kind == "tool_result" and step.is_error) or (step.kind == "error" and step.pair is not None)


def with_call(trace: Trace, result: int) -> tuple[int, ...]:
    """The index of a result after that of its call, where it has one."""
    call = trace.steps[result].pair
    return (result,) if call is None else (call, result)


def person_messages(trace: Trace) -> list[Indexed]:
    """What a person said, as far as one can tell, with the indexes; apostrophes as they are.

    A harness speaks in the role of the user too: with tags, JSON, observations, or under the name of an agent.
    """
    agents = {step.name for step in trace.steps if step.name and step.kind in ("assistant", "tool_call")}
    return [
        (index, step)
        for index, step in own_steps(trace)
        if step.kind == "user"
        and step.name not in agents
        and len(step.text) <= MAX_SAID_CHARS
        and step.text.strip()
        and not _NOT_A_PERSON.match(step.text)
    ]
