"""How far judges agree with people, or with verifiers, on the runs of which both said how they ended.

A run's label is a person's word where there is one, else a verifier's; of equal ones that stand before those that were
kept beside, and the latest. A judge is known by its name. Pure; raises nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from seasoned.core.outcome import Outcome
from seasoned.core.value import Text, Value
from seasoned.evaluate.statistics.agreement import Agreement, Pair, agreement
from seasoned.store.traces.outcomes import RANK, History, Statement


class JudgeAgreement(Value):
    """One judge beside the labels."""

    judge: Text
    """Its name; empty where its verdicts have none."""
    n_judged: int
    """Runs that it judged."""
    n_human: int
    """Of the runs with a label too, those whose label is a person's."""
    n_verifier: int
    found: Agreement | None
    """The judge first, the label second; None where no run has both."""
    disagreements: tuple[str, ...] = ()
    """Ids of the runs on which they differ, in order."""


def judge_agreements(histories: Iterable[History]) -> tuple[JudgeAgreement, ...]:
    """How each judge agrees with the labels, by name.

    Args:
        histories: What was said about runs.
    """
    by_judge = defaultdict[str, list[tuple[History, bool]]](list)
    for history in histories:
        for name, verdict in _judged(history):
            by_judge[name].append((history, verdict))
    return tuple(_of_judge(name, by_judge[name]) for name in sorted(by_judge))


def _judged(history: History) -> Iterator[tuple[str, bool]]:
    """Each judge's latest verdict on a run."""
    latest: dict[str, bool] = {}
    for said in _in_order(history.said):
        if said.outcome.source == "judge" and said.outcome.success is not None:
            latest[said.outcome.name] = said.outcome.success
    yield from latest.items()


def _of_judge(name: str, judged: list[tuple[History, bool]]) -> JudgeAgreement:
    pairs: list[Pair] = []
    sources: list[str] = []
    differing: list[str] = []
    for history, verdict in judged:
        label = _label(history)
        if label is None or label.success is None:
            continue
        pairs.append(Pair(first=verdict, second=label.success, group=history.task_key))
        sources.append(label.source)
        if verdict != label.success:
            differing.append(history.trace_id)
    return JudgeAgreement(
        judge=name,
        n_judged=len(judged),
        n_human=sources.count("human"),
        n_verifier=sources.count("verifier"),
        found=agreement(pairs) if pairs else None,
        disagreements=tuple(differing),
    )


def _label(history: History) -> Outcome | None:
    labels = [
        said
        for said in _in_order(history.said)
        if said.outcome.source in ("human", "verifier") and said.outcome.success is not None
    ]
    ranked = [(RANK[said.outcome.source], said.stands, i) for i, said in enumerate(labels)]
    return labels[max(ranked)[2]].outcome if ranked else None


def _in_order(said: Iterable[Statement]) -> list[Statement]:
    earliest = datetime.min.replace(tzinfo=UTC)
    return sorted(said, key=lambda each: each.at or earliest)
