"""What the stored traces add up to, counted in SQL without loading a body. Raises what reading the store raises.

A sum over runs says how many of them it knows: logs differ in what they carry.
"""

from collections.abc import Sequence
from typing import Any

from pydantic import computed_field
from sqlalchemy import Column, ColumnElement, Connection, func, select

from seasoned.core.value import Value
from seasoned.store import schema
from seasoned.store.database import Database
from seasoned.store.traces.trace_filter import TraceFilter, clauses


class Group(Value):
    """Runs that have something in common."""

    name: str
    """Empty where the log does not say."""
    n_runs: int
    n_passed: int
    n_failed: int

    @computed_field
    @property
    def n_judged(self) -> int:
        """Runs with a verdict."""
        return self.n_passed + self.n_failed

    @computed_field
    @property
    def success_rate(self) -> float | None:
        """Share of passed runs among those with a verdict; None where there is none."""
        return self.n_passed / self.n_judged if self.n_judged else None


class ToolCount(Value):
    """How often one tool was called."""

    name: str
    n_calls: int
    n_failed: int
    """Calls whose result says that the tool failed."""
    n_runs: int


class KindCount(Value):
    """How many steps of one kind there are."""

    kind: str
    n: int


class KnownSum(Value):
    """A sum over the runs whose log says the number."""

    total: float | None
    """None where no run says it."""
    n_known: int
    """Runs that do."""


class TraceStatistics(Value):
    """What a set of traces adds up to."""

    all: Group
    n_tasks: int
    n_steps: int
    n_with_errors: int
    """Runs with an error step or a failed tool result."""
    n_errors: int
    formats: tuple[Group, ...]
    """Groups are in order of size."""
    agents: tuple[Group, ...]
    models: tuple[Group, ...]
    steps: tuple[KindCount, ...]
    tools: tuple[ToolCount, ...]
    input_tokens: KnownSum
    output_tokens: KnownSum
    cost_usd: KnownSum


def statistics(database: Database, chosen: TraceFilter | None = None) -> TraceStatistics:
    """Count the traces that the filter chooses, all at one moment."""
    trace = schema.trace.c
    with database.reading() as connection:
        where = clauses(connection, chosen)
        sums = (
            func.count(trace.task_key.distinct()).label("n_tasks"),
            func.coalesce(func.sum(trace.n_steps), 0).label("n_steps"),
            func.coalesce(func.sum(trace.n_errors), 0).label("n_errors"),
            func.count(trace.seq).filter(trace.n_errors > 0).label("n_with_errors"),
        )
        row = connection.execute(select(*_group_columns(), *sums).where(*where)).mappings().one()
        return TraceStatistics(
            all=Group(name="all", **{name: row[name] for name in ("n_runs", "n_passed", "n_failed")}),
            **{each.name: row[each.name] for each in sums},
            formats=_groups(connection, trace.format, where),
            agents=_groups(connection, trace.agent, where),
            models=_groups(connection, trace.model, where),
            steps=_steps(connection, where),
            tools=_tools(connection, where),
            input_tokens=_known(connection, trace.input_tokens, where),
            output_tokens=_known(connection, trace.output_tokens, where),
            cost_usd=_known(connection, trace.cost_usd, where),
        )


Where = Sequence[ColumnElement[bool]]


def _group_columns() -> list[ColumnElement[int]]:
    trace = schema.trace.c
    return [
        func.count(trace.seq).label("n_runs"),
        func.count(trace.seq).filter(trace.verdict.is_(True)).label("n_passed"),
        func.count(trace.seq).filter(trace.verdict.is_(False)).label("n_failed"),
    ]


def _groups(connection: Connection, by: Column[Any], where: Where) -> tuple[Group, ...]:
    counts = _group_columns()
    query = select(by.label("name"), *counts).where(*where).group_by(by).order_by(counts[0].desc(), by)
    return tuple(Group(**row) for row in connection.execute(query).mappings())


def _steps(connection: Connection, where: Where) -> tuple[KindCount, ...]:
    step, n = schema.trace_step.c, func.sum(schema.trace_step.c.n).label("n")
    query = select(step.kind, n).join(schema.trace, schema.trace.c.seq == step.trace_seq).where(*where)
    rows = connection.execute(query.group_by(step.kind).order_by(n.desc(), step.kind)).mappings()
    return tuple(KindCount(**row) for row in rows)


def _tools(connection: Connection, where: Where) -> tuple[ToolCount, ...]:
    step = schema.trace_step.c
    n_calls = func.sum(step.n).label("n_calls")
    columns = (step.name, n_calls, func.sum(step.n_failed).label("n_failed"), func.count().label("n_runs"))
    query = select(*columns).join(schema.trace, schema.trace.c.seq == step.trace_seq)
    query = query.where(step.kind == "tool_call", *where).group_by(step.name).order_by(n_calls.desc(), step.name)
    return tuple(ToolCount(**row) for row in connection.execute(query).mappings())


def _known(connection: Connection, column: Column[Any], where: Where) -> KnownSum:
    total, n_known = connection.execute(select(func.sum(column), func.count(column)).where(*where)).one()
    return KnownSum(total=total, n_known=n_known)
