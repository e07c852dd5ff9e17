"""What an evaluation refuses before anything is run. Raises `UsageError`, and `ConfigError` for a broken set-up."""

from collections import Counter
from dataclasses import dataclass, field

from seasoned.core.text import shortened, visible
from seasoned.core.trial import TrialRecord
from seasoned.errors import ConfigError, UsageError
from seasoned.evaluate.attempt import BringsAgent, GradedTask, Grader, RefusesWorlds, Suite
from seasoned.evaluate.compare.runs import KIND
from seasoned.evaluate.graders.registry import GradersOfTasks
from seasoned.ingest.redaction.redact import redact
from seasoned.pipeline.evaluation.options import EvaluateOptions, whole
from seasoned.store.store import Store

FIRST = 5
"""So many first trials that are all broken are no measurement."""
BROKEN = frozenset({"crashed", "unreadable"})
NAMED = 5
"""Tasks that an error names."""
NAME_CHARS = 80
_PLACEHOLDER = "<SECRET:"


def refuse_what_cannot_be_run(options: EvaluateOptions) -> None:
    """Stop where the options say nothing that can be run."""
    least = (("trials", options.trials, 1), ("concurrency", options.concurrency, 1), ("retries", options.n_retries, 0))
    for name, given, at_least in least:
        if given < at_least:
            raise UsageError(f"{given} {name} cannot be", hint=f"give {at_least} or more")
    if not options.timeout_s > 0:
        raise UsageError(f"a trial cannot be given {options.timeout_s} seconds", hint="give more than 0")
    if options.hand_out is not whole and not options.keeping:
        raise UsageError(
            "what a trial is handed is not said in words",
            why="`hand_out` was given without `keeping`, so other evaluations could not be told from this one",
        )
    if options.seed < 0:
        raise UsageError(f"{options.seed} is no seed", hint="give 0 or more")
    if not options.chosen:
        raise UsageError("there is no task to evaluate on", where=options.suite.name)
    if isinstance(options.agent, RefusesWorlds):
        options.agent.refuse(options.suite.world(options.chosen[0]))
    graders = GradersOfTasks(options.suite, options.graders)
    for task in options.chosen:
        graders_of(task, options.suite, graders)
    keys = Counter(task.task.key for task in options.chosen)
    if twice := [key for key, n in keys.items() if n > 1]:
        raise UsageError(
            f"tasks of one suite share a key: {_listed(twice)}",
            where=options.suite.name,
            why="a task is known by its key, and trials are counted by it",
            hint="give each task a key of its own",
        )


def refuse_changed_tasks(store: Store, options: EvaluateOptions) -> None:
    """Stop where a task reads otherwise than in an earlier evaluation of a suite of this name in this store."""
    asked = {_clean(store, options, task.task.key): task.task.text for task in options.chosen}
    now, earlier_run = options.config()["suite_hash"], ""
    earlier: dict[str, tuple[str, str]] = {}
    """By key: the trace of a trial, and its run."""
    for run in store.runs.all():
        config = run.config
        if run.kind != KIND or config.get("suite") != options.suite.name or config.get("suite_hash") == now:
            continue
        for record in store.trials.of(run.id):
            if record.trace_id is not None and record.task_key in asked:
                earlier[record.task_key] = record.trace_id, run.id
    run_of = dict(earlier.values())
    changed: list[str] = []
    for trace in store.traces.of(list(run_of)):
        was, text = trace.task.text, asked.get(trace.task.key, "")
        # Of a text that was redacted by another policy nobody can say whether it is the same.
        if was not in (text, _clean(store, options, text)) and _PLACEHOLDER not in was:
            changed.append(trace.task.key)
            earlier_run = run_of[trace.id]
    if changed:
        raise UsageError(
            f"tasks read otherwise than in an earlier evaluation: {_listed(sorted(changed))}",
            where=f"{options.suite.name}, {earlier_run}",
            why="runs are paired by the key of their task: under one key two texts would be compared",
            hint="give the changed tasks new keys; --changed-tasks goes on all the same",
        )


def graders_of(task: GradedTask, suite: Suite, graders: GradersOfTasks) -> tuple[Grader, ...]:
    """Who grades a task; nobody where the suite's own agent brings the verdict along.

    Raises:
        UsageError: Nothing says how the task is graded.
    """
    try:
        return graders.of(task)
    except UsageError:
        if isinstance(suite, BringsAgent) and not task.graders:
            return ()
        raise


def _clean(store: Store, options: EvaluateOptions, text: str) -> str:
    return text if options.policy.is_off else redact(text, store.salt, options.policy).text


def _listed(keys: list[str]) -> str:
    more = f" and {len(keys) - NAMED} more" if len(keys) > NAMED else ""
    return ", ".join(repr(shortened(visible(key), NAME_CHARS)) for key in keys[:NAMED]) + more


@dataclass
class FirstTrials:
    """Holds the first trials back until one of them shows that the agent works at all."""

    n_needed: int
    """So many broken ones, with no other beside them, stop the evaluation."""
    is_proven: bool = False
    _n_broken: int = field(default=0, init=False)

    def look_at(self, record: TrialRecord) -> bool:
        """Whether this trial, and those before it, may be kept.

        Raises:
            ConfigError: All of the first trials are broken.
        """
        if self.is_proven or record.ended not in BROKEN:
            self.is_proven = True
            return True
        self._n_broken += 1
        if self._n_broken >= self.n_needed:
            many = "the only trial" if self.n_needed == 1 else f"each of the first {self.n_needed} trials"
            raise ConfigError(
                f"{many} {'crashed' if record.ended == 'crashed' else 'gave an answer that cannot be read'}",
                where=f"task {shortened(visible(record.task_key), NAME_CHARS)}, the last one",
                why=shortened(visible(record.error), 500) or "the agent did not say why",
                hint="a broken set-up is no measurement, so nothing was kept: run the agent once by hand",
            )
        return False
