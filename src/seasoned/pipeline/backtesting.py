"""What past runs of the store say of a skill's condition, and the condition worded by a model as a durable run.

Raises what the parts raise.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice

from pydantic import JsonValue

from seasoned.config import SandboxName
from seasoned.core.skill import Skill
from seasoned.core.trace import Trace
from seasoned.errors import UsageError
from seasoned.evaluate.backtest.condition import Checked, checked
from seasoned.evaluate.backtest.counting import Backtest, counted
from seasoned.evaluate.backtest.drafting import PROMPT, TRIED_ON, drafted
from seasoned.ingest.redaction.policy import SECRETS, Policy
from seasoned.llm.budget import Budget
from seasoned.llm.model import Model
from seasoned.pipeline.surroundings import accounting
from seasoned.runs.hold import hold
from seasoned.sandbox.choice import sandbox_pool
from seasoned.store.store import Store
from seasoned.store.traces.trace_filter import TraceFilter
from seasoned.threads import refuse_in_event_loop


@dataclass(frozen=True, kw_only=True)
class BacktestOptions:
    """How runs are asked, and who wants to know about it."""

    sandbox: SandboxName = "monty"
    which: TraceFilter = field(default_factory=TraceFilter)
    """Only these runs."""
    on_checked: Callable[[Checked], None] = field(default=lambda _: None)
    """Told of each run."""


def backtest(store: Store, code: str, options: BacktestOptions | None = None) -> Backtest:
    """Ask a condition about the runs of the store, but for those of sub-agents.

    Args:
        store: Holds the runs.
        code: The condition, see `evaluate.backtest.condition`.
        options: The rest; None leaves every default.

    Raises:
        UsageError: The code is no condition, no run fits, or an event loop is running.
        SandboxError: No sandbox can be had.
    """
    refuse_in_event_loop("a backtest", "a thread: asyncio.to_thread(backtest, ...)")
    options = options or BacktestOptions()
    found = asyncio.run(_checked(_whole_runs(store, options.which), code, options))
    if not found:
        raise UsageError("there are no runs to look back on", hint="`seasoned traces import PATH` brings some")
    return counted(found)


async def _checked(runs: Iterable[Trace], code: str, options: BacktestOptions) -> list[Checked]:
    found: list[Checked] = []
    async with sandbox_pool(options.sandbox, max_processes=1) as pool:
        async for each in checked(runs, code, pool):
            options.on_checked(each)
            found.append(each)
    return found


def _whole_runs(store: Store, which: TraceFilter) -> Iterable[Trace]:
    return (run for run in store.traces.iterate(which) if run.parent_id is None)


@dataclass(frozen=True, kw_only=True)
class DraftOptions:
    """Who words a condition."""

    model: Model
    budget: Budget
    sandbox: SandboxName = "monty"
    policy: Policy = SECRETS


def draft_condition(store: Store, skill: Skill, options: DraftOptions) -> str:
    """A condition for a skill, worded by a model and tried on runs of the store; asked for again it costs nothing.

    Raises:
        UsageError: There is no run to try it on, an event loop is running, or a living process does this now.
        ProviderError: The model does not answer, or not with code that runs.
        BudgetExceeded: The budget does not reach.
    """
    refuse_in_event_loop("drafting a condition", "a thread: asyncio.to_thread(draft_condition, ...)")
    runs = tuple(islice(_whole_runs(store, TraceFilter()), TRIED_ON))
    if not runs:
        raise UsageError("there are no runs to try a condition on", hint="`seasoned traces import PATH` brings some")
    return asyncio.run(_drafted(store, skill, runs, options))


async def _drafted(store: Store, skill: Skill, runs: tuple[Trace, ...], options: DraftOptions) -> str:
    identity: dict[str, JsonValue] = {
        "model": options.model.model_id,
        "prompt": f"{PROMPT.id} {PROMPT.version}",
        "sandbox": options.sandbox,
        "skill": [skill.id, skill.text, skill.reason],
        "traces": [run.id for run in runs],
    }
    with hold(store, "condition", identity) as held:
        if held.is_done:
            return str(held.summary["code"])
        with accounting(store, held.run, options.budget, options.policy) as shared:
            async with sandbox_pool(options.sandbox, max_processes=1) as pool:
                code = await drafted(skill, runs, shared.of(options.model), pool)
        held.summary = {"code": code}
    return code
