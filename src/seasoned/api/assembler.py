"""Traces in the inbox that rest -> runs in the store.

A trace is due when it has rested for a while after its root ended, or for longer where no root came. Spans that come
later make it due again: what is made then takes the earlier version's place (`traces.supersede`). A trace that is one
model call alone joins the one that it continues, as spans in files do (`spans.chains`). Everything can be
done again after a crash without doing it twice, as ids of traces are hashes of their content. Raises `StoreError`.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from seasoned.api.believed import Believer, Unbelieved
from seasoned.api.limits import Limits
from seasoned.core.outcome import Outcome
from seasoned.evaluate.compare.prompts_in_runs import PromptsInRuns
from seasoned.ingest.attempt import attempt
from seasoned.ingest.format import Parsed
from seasoned.ingest.record import Problem
from seasoned.ingest.redaction.policy import SECRETS, Policy
from seasoned.ingest.redaction.run import redact_run
from seasoned.ingest.run import Place
from seasoned.ingest.spans.assemble import runs_of
from seasoned.ingest.spans.chains import beginnings, lone_call
from seasoned.ingest.spans.span import Span
from seasoned.pipeline.canary import prompts_of_labels
from seasoned.store.keeping import DEFAULT_PROBABILITY
from seasoned.store.store import Store
from seasoned.store.traces.inbox import Due
from seasoned.store.traces.supersede import supersede

FORMAT = "otlp"
"""Stands in `source.format` of what was received live."""
_log = logging.getLogger(__name__)


class Assembler:
    """Makes runs of one store's spans."""

    def __init__(
        self,
        store: Store,
        limits: Limits,
        policy: Policy = SECRETS,
        keep_probability: float = DEFAULT_PROBABILITY,
    ) -> None:
        """Ask the store for its salt once."""
        self._store, self._limits, self._policy = store, limits, policy
        self._salt = store.salt
        self._believer = Believer(store, keep_probability)

    def sweep(self, now: datetime) -> int:
        """Make the runs of every trace that is due, and let go of spans that are old; returns how many were due."""
        limits = self._limits
        due = self._store.inbox.due(now, grace_s=limits.grace_s, idle_s=limits.idle_s)
        taken = [(item, attempt(lambda item=item: _spans(item), "")) for item in map(self._store.inbox.take, due)]
        for item, spans in sorted(taken, key=_start):
            if isinstance(spans, Problem):
                self._store.inbox.settle(item, item.runs, spans.why)
            else:
                self._take(item, spans)
        self._store.inbox.let_go(now - timedelta(days=limits.keep_days))
        return len(due)

    def tell(self, run_key: str) -> Sequence[str]:
        """Attach the feedback on a run to its traces; returns their ids, none while there is none."""
        run_key = self._store.inbox.origin(run_key)
        runs = self._store.traces.with_run_key(run_key)
        for at, outcome in self._store.inbox.heard(run_key):
            for trace_id in runs:
                self._store.outcomes.attach(trace_id, outcome, at=at)
        return runs

    def hear(self, run_key: str, outcome: Outcome, now: datetime) -> Sequence[str]:
        """Keep feedback, and attach it where the run is there already; returns the ids of its traces."""
        self._store.inbox.hear(run_key, outcome, now)
        return self.tell(run_key)

    def _take(self, due: Due, spans: list[Span]) -> None:
        """Make the trace's runs, or join it to the one that it continues."""
        if due.origin is not None:
            self._store.inbox.pass_on(due)
            return
        spoken = attempt(lambda: lone_call(spans), "")
        digests = () if spoken is None or isinstance(spoken, Problem) else beginnings(spoken)
        if digests and not due.runs and self._store.inbox.join(due, digests):
            return
        if digests:
            self._store.inbox.say(due.trace_id, digests[-1])
        self._settle(due, spans)

    def _settle(self, due: Due, spans: list[Span]) -> None:
        made = attempt(lambda: self._runs(due.trace_id, spans), f"trace {due.trace_id}")
        items = [made] if isinstance(made, Problem) else made
        runs = [item for item in items if isinstance(item, Parsed)]
        problems = [item.why for item in items if isinstance(item, Problem)]
        runs, doubts = self._believed(due.trace_id, spans, runs)
        added = self._store.traces.add(runs)
        ids = [run.trace.id for run in runs if run.trace.id not in added.erased]
        for run in runs:
            if run.trace.id not in added.new and run.trace.prompt_id is not None:
                self._store.traces.hand(run.trace.id, run.trace.prompt_id, run.trace.exposures)
        kept = supersede(self._store, due.runs, ids) if ids else due.runs
        self.tell(due.trace_id)
        self._store.inbox.settle(due, [*ids, *kept], "; ".join(doubts if ids else problems + doubts) or None)
        _log.info("trace %s: %d spans, %d runs", due.trace_id, len(due.bodies), len(ids))

    def _runs(self, trace_id: str, spans: list[Span]) -> list[Parsed | Problem]:
        found = runs_of(spans, Place(format=FORMAT, path="", where=f"trace {trace_id}"))
        return [item if isinstance(item, Problem) else redact_run(item, self._salt, self._policy)[0] for item in found]

    def _believed(self, trace_id: str, spans: list[Span], runs: list[Parsed]) -> tuple[list[Parsed], list[str]]:
        """The runs with what they were handed, as far as that is believed, and why the rest of it is not."""
        doubts: list[str] = []
        if len(runs) == 1:
            try:
                trace = self._believer.handed(runs[0].trace, trace_id, spans)
                runs = [replace(runs[0], trace=trace)]
            except Unbelieved as doubt:
                _log.warning("what trace %s says that it was handed is not believed: %s", trace_id, doubt)
                doubts.append(str(doubt))
        handed = prompts_of_labels(self._store)
        return [_with_prompt(run, handed) for run in runs], doubts


def _with_prompt(run: Parsed, handed: PromptsInRuns) -> Parsed:
    """The run with the prompt of a label that it was told, which is how the runs of a canary are known."""
    if run.trace.prompt_id is not None or (found := handed.of(run.trace)) is None:
        return run
    return replace(run, trace=run.trace.model_copy(update={"prompt_id": found}))


def _spans(due: Due) -> list[Span]:
    return [Span.model_validate_json(body) for body in due.bodies]


def _start(item: tuple[Due, list[Span] | Problem]) -> float:
    """When the first of its spans began: a call that continues another one must come after it."""
    spans = [] if isinstance(item[1], Problem) else item[1]
    return min((span.started_at.timestamp() for span in spans if span.started_at), default=0.0)
