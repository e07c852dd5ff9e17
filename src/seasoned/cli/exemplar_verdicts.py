"""`seasoned exemplars approve` and the other verdicts on exemplars, on one or many."""

from collections.abc import Sequence

from seasoned.cli.exemplars import require_bank
from seasoned.cli.output import emit_json, note
from seasoned.cli.place import Open, Place, opened
from seasoned.core.exemplar import Exemplar, ExemplarStatus
from seasoned.curate.review.person import this_person
from seasoned.errors import OperationError, UsageError
from seasoned.store.exemplars import BEFORE


def approve(
    *exemplars: str, all_proposed: bool = False, reason: str = "", json: bool = False, place: Place | None = None
) -> None:
    """Approve proposals: agents may be shown them. Several are approved at once, all or none.

    Args:
        exemplars: Ids, or enough of their beginnings.
        all_proposed: Instead of naming them: all that wait.
        reason: Why.
        json: Print one JSON document.
        place: Where to look.
    """
    _judge("approved", exemplars, place, reason=reason.strip(), all_proposed=all_proposed, json=json)


def reject(
    *exemplars: str, all_proposed: bool = False, reason: str = "", json: bool = False, place: Place | None = None
) -> None:
    """Reject proposals; filling does not propose them again.

    Args:
        exemplars: Ids, or enough of their beginnings.
        all_proposed: Instead of naming them: all that wait.
        reason: Why; it stays with the exemplar.
        json: Print one JSON document.
        place: Where to look.
    """
    _judge("rejected", exemplars, place, reason=_reasoned(reason), all_proposed=all_proposed, json=json)


def retire(*exemplars: str, reason: str = "", json: bool = False, place: Place | None = None) -> None:
    """Retire approved exemplars: no agent is shown them any more.

    Args:
        exemplars: Ids, or enough of their beginnings.
        reason: Why; it stays with the exemplar.
        json: Print one JSON document.
        place: Where to look.
    """
    _judge("retired", exemplars, place, reason=_reasoned(reason), all_proposed=False, json=json)


def restore(*exemplars: str, reason: str = "", json: bool = False, place: Place | None = None) -> None:
    """Take the last verdict on exemplars back: a retired one is approved again, others wait for a verdict.

    Args:
        exemplars: Ids, or enough of their beginnings.
        reason: Why.
        json: Print one JSON document.
        place: Where to look.
    """
    with opened(place) as here:
        found = _found(here, exemplars, all_proposed=False)
        by_status: dict[ExemplarStatus, list[str]] = {}
        for exemplar in found:
            if exemplar.status not in BEFORE:
                raise OperationError(
                    "there is no verdict to take back", where=exemplar.id, why=f"it is {exemplar.status}"
                )
            by_status.setdefault(BEFORE[exemplar.status], []).append(exemplar.id)
        judged = [
            exemplar
            for status, ids in by_status.items()
            for exemplar in here.store.exemplars.judge(here.book, ids, status, this_person(), reason.strip())
        ]
    _tell(judged, json=json, word="restored")


def _judge(
    status: ExemplarStatus,
    typed: Sequence[str],
    place: Place | None,
    *,
    reason: str,
    all_proposed: bool,
    json: bool,
) -> None:
    with opened(place) as here:
        ids = [exemplar.id for exemplar in _found(here, typed, all_proposed=all_proposed)]
        judged = here.store.exemplars.judge(here.book, ids, status, this_person(), reason)
    _tell(judged, json=json, word=status)


def _found(here: Open, typed: Sequence[str], *, all_proposed: bool) -> list[Exemplar]:
    """All that are named, before anything is decided: a wrong id decides nothing."""
    require_bank(here)
    if bool(typed) == all_proposed:
        raise UsageError(
            "say which exemplars",
            why="both ids and --all-proposed were given" if typed else "none was named",
            hint="give one or more ids; `seasoned exemplars list` shows them",
        )
    if not all_proposed:
        found = (here.store.exemplars.get(here.book, each) for each in typed)
        return list({exemplar.id: exemplar for exemplar in found}.values())
    waiting = here.store.exemplars.of(here.book, status="proposed")
    if not waiting:
        raise UsageError("no exemplar waits for a verdict", hint="`seasoned exemplars fill` proposes some")
    return list(waiting)


def _reasoned(reason: str) -> str:
    if not reason.strip():
        raise UsageError("a reason is needed", hint="say why in --reason; it stays with the exemplar")
    return reason.strip()


def _tell(judged: Sequence[Exemplar], *, json: bool, word: str) -> None:
    if json:
        emit_json({"exemplars": [exemplar.model_dump(mode="json") for exemplar in judged]})
        return
    for exemplar in judged:
        now = f", {exemplar.status} again" if word == "restored" else ""
        note(f"{word} {exemplar.id}{now}")
    if any(exemplar.status == "approved" for exemplar in judged):
        note('`seasoned exemplars for "what the agent is asked"` shows what an agent would be shown', "dim")
