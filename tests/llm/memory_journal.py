"""A call journal in memory, for tests; `reopened` is what a new process finds."""

from collections import Counter
from dataclasses import dataclass, field, replace

from pydantic import JsonValue

from seasoned.core.journal import Replayed, Started


@dataclass(frozen=True)
class Row:
    run_id: str
    key: str
    request: JsonValue
    state: str = "started"
    reply: JsonValue = None
    cost_usd: float | None = None
    error: str | None = None


@dataclass
class MemoryJournal:
    rows: list[Row] = field(default_factory=list[Row])
    n_begun: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])

    def begin(self, run_id: str, key: str, request: JsonValue) -> Started | Replayed:
        whole_key = run_id, key
        done = [row for row in self.rows if (row.run_id, row.key, row.state) == (*whole_key, "done")]
        n_begun = self.n_begun[whole_key]
        self.n_begun[whole_key] += 1
        if n_begun < len(done):
            return Replayed(reply=done[n_begun].reply)
        self.rows.append(Row(run_id, key, request))
        return Started(call_id=str(len(self.rows) - 1))

    def finish(self, call_id: str, reply: JsonValue, cost_usd: float | None) -> None:
        self.rows[int(call_id)] = replace(self.rows[int(call_id)], state="done", reply=reply, cost_usd=cost_usd)

    def fail(self, call_id: str, error: str) -> None:
        self.rows[int(call_id)] = replace(self.rows[int(call_id)], state="failed", error=error)

    def reopened(self) -> "MemoryJournal":
        return MemoryJournal(rows=list(self.rows))
