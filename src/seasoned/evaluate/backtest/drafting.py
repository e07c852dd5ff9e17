"""A model words a skill's condition as code, which a person reads and the sandbox runs.

One question, put once more where the code does not run. The model sees the skill and the names of tools, no run. Raises
what the model and the sandbox raise, and `ProviderError` for two answers that do not hold.
"""

from collections.abc import Sequence

from seasoned.core.skill import Skill
from seasoned.core.text import shortened
from seasoned.core.trace import Trace
from seasoned.errors import ProviderError, UsageError
from seasoned.evaluate.backtest.condition import checked
from seasoned.learn.quoting import block
from seasoned.learn.recursive.replies import code_of
from seasoned.llm.model import Message, Model, Request
from seasoned.llm.prompt_file import load
from seasoned.sandbox.sandbox import SandboxPool

PROMPT = load(__package__ or "", "condition")
MAX_TOKENS = 1_024
"""Completion tokens of one answer."""
TRIED_ON = 10
"""Runs that the code is tried on before it is handed out."""
TOOL_CHARS = 80
ERROR_CHARS = 500


def request_of(skill: Skill, tools: Sequence[str], dialect: str) -> Request:
    """What is asked; it depends on the arguments alone, so that asking again replays.

    Args:
        skill: Whose condition it is.
        tools: Names of tools that were called.
        dialect: What code the sandbox takes.
    """
    named = ", ".join(shortened(name, TOOL_CHARS) for name in tools) or "none"
    text = f"The rule:\n{block('data', skill.text)}\nIts reason:\n{block('data', skill.reason)}\n"
    text += f"Tools that agents called:\n{block('data', named)}"
    messages = (
        Message(role="system", content=PROMPT.render(dialect=dialect)),
        Message(role="user", content=text),
    )
    return Request(messages=messages, temperature=0.0, max_tokens=MAX_TOKENS)


async def drafted(skill: Skill, runs: Sequence[Trace], model: Model, pool: SandboxPool) -> str:
    """The code of a condition that runs.

    Args:
        skill: Whose condition it is.
        runs: What the code is tried on, the first `TRIED_ON` of them; the names of their tools are told.
        model: Whom to ask: once, and once more about code that does not run.
        pool: Open.

    Raises:
        ProviderError: Neither answer holds code that runs.
    """
    tools = sorted({step.name for run in runs for step in run.steps if step.kind == "tool_call" and step.name})
    request, why = request_of(skill, tools, pool.dialect), ""
    for _ in range(2):
        reply = await model.complete(request)
        code, why = code_of(reply)
        if code is not None and not (why := await _wrong_with(code, runs[:TRIED_ON], pool)):
            return code.strip() + "\n"
        request = request.sent_back(reply.content, f"This does not hold: {why} Answer with the whole code again.")
    raise ProviderError(
        "the model worded no condition that runs",
        where=model.model_id,
        why=shortened(why, ERROR_CHARS),
        hint="write it by hand: two functions, triggered(run) and followed(run)",
    )


async def _wrong_with(code: str, runs: Sequence[Trace], pool: SandboxPool) -> str:
    """What a run of the code shows to be wrong with it; empty where nothing is."""
    try:
        found = [each async for each in checked(runs, code, pool)]
    except UsageError as error:
        return shortened(error.why or error.what, ERROR_CHARS)
    failed = [each.error for each in found if each.error]
    return f"it fails on {len(failed)} of {len(found)} runs, first with {failed[0]}." if failed else ""
