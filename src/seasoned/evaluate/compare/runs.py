"""The trials of an evaluation run as an arm, read from the store.

All trials of the run and no other ones: a trial that never came about, because a provider or a server did not answer,
is counted and never scored, and one whose trace nobody could grade is counted as any run without a verdict is. Raises
`UsageError` for a run that is no evaluation, and `StoreError`.
"""

from collections.abc import Iterator

from seasoned.core.run import Run
from seasoned.core.trace import Trace
from seasoned.core.trial import TrialRecord
from seasoned.errors import UsageError
from seasoned.evaluate.compare.arms import Arm, ArmReader
from seasoned.store.store import Store

KIND = "evaluate"
"""`Run.kind` of an evaluation."""


def evaluation_run(store: Store, word: str) -> Run:
    """The evaluation run whose id begins so.

    Raises:
        UsageError: No run, or more than one, begins so, or it is of another kind, or has no trial yet.
    """
    run = store.runs.get(word)
    if run.kind != KIND:
        raise UsageError(
            "this run is no evaluation", where=run.id, why=f"it is one of kind {run.kind!r}", hint="`seasoned eval run`"
        )
    if not store.trials.of(run.id):
        raise UsageError("this evaluation has no trial yet", where=run.id, hint="`seasoned eval run` goes on with it")
    return run


def trials_of_run(store: Store, run: Run) -> Iterator[tuple[TrialRecord, Trace | None]]:
    """Each trial of an evaluation run with its trace; None for one that never came about."""
    records = store.trials.of(run.id)
    traces = store.traces.of([record.trace_id for record in records if record.trace_id is not None])
    for record in records:
        yield record, None if record.trace_id is None else next(traces, None)


def prompt_of_run(run: Run) -> str | None:
    """The prompt that the run's agent was handed, by its id; empty for none; None where the run does not say."""
    found = run.config.get("prompt_id", "")
    return found if isinstance(found, str) else "" if found is None else None


def n_due_in(run: Run) -> int:
    """Trials that an evaluation is to have; 0 where the run does not say."""
    n_tasks, n_trials = run.config.get("n_tasks"), run.config.get("trials")
    return n_tasks * n_trials if isinstance(n_tasks, int) and isinstance(n_trials, int) else 0


def arm_of_run(store: Store, run: Run, name: str = "") -> Arm:
    """The arm of an evaluation run.

    Args:
        store: Where its trials are.
        run: The evaluation, complete or not.
        name: What the arm is called; empty: the beginning of the run's id, and of its prompt's.
    """
    reader = ArmReader(name or name_of_run(run), has_fixed_texts=True)
    for record, trace in trials_of_run(store, run):
        if trace is None:
            reader.miss(record.task_key)
        else:
            reader.add(trace)
    return reader.arm()


def name_of_run(run: Run) -> str:
    """What an evaluation run is called where nobody named it."""
    prompt = prompt_of_run(run)
    return f"{_short(run.id)} {_short(prompt) if prompt else 'no prompt'}"


def _short(identity: str) -> str:
    kind, _, digits = identity.rpartition("-")
    return f"{kind}-{digits[:6]}" if kind else digits[:6]
