"""Filling the bank by policy: of the runs that went well the shortest, none of them twice.

Pure: reads traces, gives exemplars, and says of everything else why it was left out. Knows nothing of the store.
Raises nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from seasoned.core.exemplar import Case, Exemplar, exemplar_id
from seasoned.core.operation import Author
from seasoned.core.trace import Trace
from seasoned.core.value import Value
from seasoned.learn.exemplars.cutting import Place, n_chars_of, obstacle, places, tools_of
from seasoned.learn.exemplars.policy import BankPolicy, Part
from seasoned.learn.injected import NOTHING, HandedOut
from seasoned.retrieve.masking import masked

AUTHOR = Author(kind="policy", name="bank policy")
IN_BANK = "it is in the bank already"
NO_PART = "no part of this kind is in it"
SHORTER = "the task has a shorter one, or one in the bank"
SAME = "one with the same problem calls the same tools"
IDLE = "the agent called no tool in it, as it does elsewhere"
ALIKE = "one with the same problem but for names and numbers calls the same tools"


class Filled(Value):
    """What filling came to."""

    exemplars: tuple[Exemplar, ...]
    """What is kept, the order of the runs kept."""
    n_considered: int
    """Runs that did not succeed, and parts of those that did."""
    left_out: Mapping[str, int]
    """How many were left out, by reason, the most frequent first."""

    @property
    def n_kept(self) -> int:
        """Together with what was left out, all that was considered."""
        return len(self.exemplars)


class _Candidate(NamedTuple):
    exemplar: Exemplar
    part: Part
    n_steps: int
    number: int
    """In the order in which they were found."""

    @property
    def length(self) -> tuple[int, int, str]:
        return self.n_steps, self.exemplar.n_chars, self.exemplar.id


class _Taken:
    """What the bank has, by what may not be there twice."""

    def __init__(self, per_task: int) -> None:
        self._per_task = per_task
        self._of_task = Counter[tuple[object, ...]]()
        self._problems = set[tuple[object, ...]]()
        self._alike = set[tuple[object, ...]]()

    def obstacle(self, part: Part, exemplar: Exemplar) -> str | None:
        group, problem, alike = _keys(part, exemplar)
        if self._of_task[group] >= self._per_task:
            return SHORTER
        # Of one task several are asked for, all with its problem.
        is_other_way = self._per_task > 1 and self._of_task[group] > 0
        if problem in self._problems and not is_other_way:
            return SAME
        return ALIKE if alike in self._alike and not is_other_way else None

    def take(self, part: Part, exemplar: Exemplar) -> None:
        group, problem, alike = _keys(part, exemplar)
        self._of_task[group] += 1
        self._problems.add(problem)
        self._alike.add(alike)


def fill(
    traces: Iterable[Trace],
    policy: BankPolicy,
    at: datetime,
    *,
    known: Sequence[Case] = (),
    ours: HandedOut = NOTHING,
    note: str = "",
) -> Filled:
    """What of these runs belongs in the bank.

    Args:
        traces: The runs, each read once.
        policy: What is asked for.
        at: When.
        known: The bank as it is. What is proposed or approved keeps its place; what was rejected or retired does not
            come back, and leaves its place to another run.
        ours: What agents were handed.
        note: Said of each exemplar beside the policy's words.
    """
    left_out = Counter[str]()
    found: list[_Candidate] = []
    calling = set[str]()
    in_bank = {case.exemplar.id for case in known}
    for trace in traces:
        calling.update({trace.agent} if any(step.kind == "tool_call" for step in trace.steps) else ())
        refusal = policy.refusal(trace.outcome)
        cut = [] if refusal else _cut(trace, policy)
        left_out[refusal or NO_PART] += not cut
        for place in cut:
            exemplar = _exemplar(trace, place, policy, at, note)
            why = IN_BANK if exemplar.id in in_bank else _too_long(exemplar, policy)
            if why := why or obstacle(trace, place, ours, policy.redaction):
                left_out[why] += 1
            else:
                found.append(_Candidate(exemplar, place.part, place.end - place.start, len(found)))
    busy = found if policy.even_idle else _busy(found, calling, left_out)
    kept = _without_repeats(busy, policy, known, left_out)
    counted = dict((+left_out).most_common())
    return Filled(exemplars=tuple(kept), n_considered=len(kept) + left_out.total(), left_out=counted)


def exemplar_at(trace: Trace, place: Place, author: Author, at: datetime) -> Exemplar:
    """The exemplar that stands at a place of a run, proposed."""
    outcome = trace.outcome
    return Exemplar(
        id=exemplar_id(trace.id, place.start, place.end),
        trace_id=trace.id,
        kind="run" if place.part == "run" else "slice",
        start=place.start,
        end=place.end,
        task_key=trace.task.key,
        problem=place.problem,
        agent=trace.agent,
        tools=tools_of(trace, place),
        score=None if outcome is None else outcome.score,
        source=None if outcome is None else outcome.source,
        feedback="" if outcome is None else outcome.feedback,
        n_chars=n_chars_of(trace, place),
        author=author,
        at=at,
    )


def _exemplar(trace: Trace, place: Place, policy: BankPolicy, at: datetime, note: str) -> Exemplar:
    said = "; ".join(part for part in (policy.in_words, note) if part)
    status = "proposed" if policy.is_reviewed else "approved"
    return exemplar_at(trace, place, AUTHOR, at).model_copy(update={"status": status, "note": said})


def _cut(trace: Trace, policy: BankPolicy) -> list[Place]:
    """The parts of a run that are asked for; what is a run and a sub-task at once is a run."""
    by_range = {(place.start, place.end): place for place in reversed([*places(trace, policy.parts)])}
    return list(reversed(by_range.values()))


def _too_long(exemplar: Exemplar, policy: BankPolicy) -> str | None:
    n_chars = len(exemplar.problem) + exemplar.n_chars
    return None if n_chars <= policy.max_chars else f"it is longer than {policy.max_chars:,} characters"


def _busy(found: Sequence[_Candidate], calling: Collection[str], left_out: Counter[str]) -> list[_Candidate]:
    """Those in which something was done, as far as their agents do things at all."""
    busy = [each for each in found if each.exemplar.tools or each.exemplar.agent not in calling]
    left_out[IDLE] += len(found) - len(busy)
    return busy


def _without_repeats(
    found: Sequence[_Candidate], policy: BankPolicy, known: Sequence[Case], left_out: Counter[str]
) -> list[Exemplar]:
    taken = _Taken(policy.per_task)
    for case in known:
        if case.exemplar.status in ("proposed", "approved"):
            taken.take(_part(case), case.exemplar)
    kept: list[_Candidate] = []
    for candidate in sorted(found, key=lambda each: each.length):
        if (why := taken.obstacle(candidate.part, candidate.exemplar)) is not None:
            left_out[why] += 1
            continue
        taken.take(candidate.part, candidate.exemplar)
        kept.append(candidate)
    return [candidate.exemplar for candidate in sorted(kept, key=lambda each: each.number)]


def _part(case: Case) -> Part:
    """What kind of part a case is: a sub-task ends with an answer, a call with its result."""
    if case.exemplar.kind == "run":
        return "run"
    return "call" if case.steps and case.steps[-1].kind == "tool_result" else "subtask"


def _keys(part: Part, exemplar: Exemplar) -> tuple[tuple[object, ...], tuple[object, ...], tuple[object, ...]]:
    """By what the bank counts per task, finds the same problem, and finds one that is alike."""
    tools = exemplar.tools
    of_task = (part, exemplar.task_key, () if part == "run" else tools)
    problem = " ".join(exemplar.problem.split()).casefold()
    return of_task, (part, problem, tools), (part, masked(exemplar.problem).casefold(), tools)
