"""A trial on its way into the store: redacted, as a trace with its exposures, and a record beside it.

Knows nothing of agents. Raises `StoreError`.
"""

from collections import Counter
from dataclasses import dataclass

from pydantic import JsonValue

from seasoned.core.ids import content_id
from seasoned.core.outcome import Outcome
from seasoned.core.parsed import Parsed
from seasoned.core.prompt import Exposure
from seasoned.core.trace import Source, Trace
from seasoned.core.trial import Difference, TrialRecord, Ungraded
from seasoned.evaluate.attempt import FORMAT, Attempt, Attempted, GradedTask
from seasoned.ingest.redaction.policy import Policy
from seasoned.ingest.redaction.redact import redact, redact_json
from seasoned.ingest.redaction.run import redact_run
from seasoned.store.store import Store


def run_key_of(run_id: str, task_key: str, trial: int) -> str:
    """What sets one trial apart from every other."""
    return content_id("trial", [run_id, task_key, trial])


@dataclass(frozen=True)
class Given:
    """What a trial was given, as its trace tells it."""

    suite: str
    agent: str
    prompt_id: str
    attempt: Attempt
    exposures: tuple[Exposure, ...]

    def told(self, attempted: Attempted) -> Attempted:
        """The same trial, its trace as the store is to have it but for redaction and outcome."""
        trace, attempt = attempted.trace, self.attempt
        left = ("id", "task", "steps", "source", "agent", "outcome", "exposures", "prompt_id")
        rest = {name: getattr(trace, name) for name in Trace.model_fields if name not in left}
        source = Source(format=FORMAT, path=self.suite, where=f"trial {attempt.trial + 1}", run_key=attempt.run_key)
        whole = Trace.of(
            task=attempt.task,
            steps=trace.steps,
            source=source,
            agent=self.agent,
            exposures=self.exposures,
            prompt_id=self.prompt_id or None,
            **rest,
        )
        return attempted.model_copy(update={"trace": whole})


class Kept:
    """Writes the trials of one run; everything that is written is redacted."""

    def __init__(self, store: Store, run_id: str, policy: Policy) -> None:
        """Write into this store."""
        self._store, self._run_id, self._policy, self._salt = store, run_id, policy, store.salt

    def text(self, text: str) -> str:
        """The text as it may be kept."""
        return text if self._policy.is_off else redact(text, self._salt, self._policy).text

    def ungraded(self, attempted: Attempted) -> Ungraded:
        """What is kept of a trial for a grader that did not answer."""
        state: JsonValue = attempted.state
        if not self._policy.is_off:
            state = redact_json(state, self._salt, Counter[str](), self._policy)
        own = None if attempted.outcome is None else self.outcome(attempted.outcome)
        return Ungraded(answer=self.text(attempted.answer), state=state, outcome=own)

    def differences(self, found: tuple[Difference, ...]) -> tuple[Difference, ...]:
        """The differences as they may be kept."""
        return tuple(each.model_copy(update={"where": self.text(each.where)}) for each in found)

    def outcome(self, said: Outcome) -> Outcome:
        """A verdict as it may be kept."""
        return said.model_copy(update={"feedback": self.text(said.feedback)})

    def trial(
        self, record: TrialRecord, trace: Trace, task: GradedTask, besides: tuple[Outcome, ...] = ()
    ) -> TrialRecord:
        """Keep a trial with its trace and what further graders said, and seal the reference beside it."""
        run, _ = redact_run(Parsed(trace=trace, reference=task.reference), self._salt, self._policy)
        return self._store.trials.keep_with_trace(self._run_id, record, run, map(self.outcome, besides))

    def unreached(self, record: TrialRecord) -> TrialRecord:
        """Keep that nothing came of a trial."""
        self._store.trials.keep(self._run_id, record)
        return record

    def verdict(self, record: TrialRecord, outcome: Outcome | None, besides: tuple[Outcome, ...] = ()) -> TrialRecord:
        """Keep the verdict on a trial that is in the store, and what further graders said."""
        if record.trace_id is not None:
            if outcome is not None:
                self._store.outcomes.attach(record.trace_id, self.outcome(outcome))
            self._store.outcomes.keep_beside(record.trace_id, map(self.outcome, besides))
        self._store.trials.keep(self._run_id, record)
        return record
