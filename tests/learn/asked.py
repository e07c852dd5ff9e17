"""Learners that ask questions, and what was asked of a scripted model."""

import asyncio
import json
from collections.abc import Sequence

from pydantic import JsonValue

from seasoned.core.finding import verify
from seasoned.core.skillbook import Skillbook
from seasoned.core.trace import Trace
from seasoned.learn.learner import LearnContext, Learner, LearnReport, Progress
from seasoned.llm.account import Account, BudgetedModel
from seasoned.llm.budget import Budget
from seasoned.llm.model import Model, Request


def reported(
    learner: Learner,
    traces: Sequence[Trace],
    model: Model,
    *,
    budget: Budget | None = None,
    handed_out: Sequence[str] = (),
    told: list[Progress] | None = None,
) -> LearnReport:
    """What the learner says of these runs; every quote of a finding is where it says."""
    account = Account(budget or Budget())
    context = LearnContext(
        model=BudgetedModel(model, account),
        account=account,
        book=Skillbook(name="desk"),
        handed_out=tuple(handed_out),
        on_progress=(told if told is not None else []).append,
    )
    report = asyncio.run(learner.learn(traces, context))
    by_id = {trace.id: trace for trace in traces}
    for finding in report.findings:
        for evidence in finding.evidence:
            verify(evidence, by_id[evidence.trace_id])
    return report


def quote(run: int, step: int, text: str) -> dict[str, JsonValue]:
    return {"run": run, "step": step, "quote": text}


def answer(**fields: JsonValue) -> str:
    return json.dumps(fields)


def system_of(request: Request) -> str:
    return request.messages[0].content


def last_of(request: Request) -> str:
    return request.messages[-1].content
