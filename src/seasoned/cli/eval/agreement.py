"""`seasoned eval agreement`: how far judges agree with people and verifiers on the same runs."""

import sys

from pydantic import JsonValue
from rich.text import Text

from seasoned.cli.output import emit_json, emit_table, note
from seasoned.cli.place import WholeStore, opened
from seasoned.errors import UsageError
from seasoned.evaluate.graders.agreeing import JudgeAgreement, judge_agreements


def agreement_(*, judge: str | None = None, json: bool = False, place: WholeStore | None = None) -> None:
    """Say how far judges agree with labels, beyond chance, on the stored runs that have both.

    A label is a person's word (`seasoned traces label`), else a verifier's. Exits with 1 where no run has both.

    Args:
        judge: Only the judge of this name.
        json: Print one JSON document.
        place: Where to look.
    """
    with opened(place) as here:
        found = judge_agreements(here.store.outcomes.with_source("judge"))
    chosen = [each for each in found if judge is None or each.judge == judge]
    if judge is not None and not chosen:
        names = ", ".join(repr(each.judge) for each in found)
        raise UsageError(f"no run was judged by {judge!r}", hint=f"The judges are {names}" if names else None)
    if json:
        entries: list[JsonValue] = [each.model_dump(mode="json") for each in chosen]
        emit_json({"judges": entries})
    else:
        _print(chosen)
    if all(each.found is None for each in chosen):
        sys.exit(1)


def _print(chosen: list[JudgeAgreement]) -> None:
    emit_table(
        ("judge", "#judged", "#labelled", "agree", "kappa", "PABAK", "both pass/judge only/label only/both fail"),
        [_row(each) for each in chosen],
        empty="No run of the store was judged by a model. `seasoned eval grade` does that; see its --help.",
    )
    for each in chosen:
        name = each.judge or "the judge without a name"
        if each.found is None:
            note(f"{name}: no run that it judged has a label; `seasoned traces label` gives some", "yellow")
        elif each.found.note:
            note(f"{name}: {each.found.note}", "yellow")
        if each.disagreements:
            shown = ", ".join(trace_id[:18] for trace_id in each.disagreements[:5])
            note(f"{name} differs from the label in {len(each.disagreements):,} runs, such as {shown}")


def _row(each: JudgeAgreement) -> list[str | Text]:
    found = each.found
    labelled = f"{each.n_human:,} by people, {each.n_verifier:,} by verifiers"
    if found is None:
        return [each.judge, f"{each.n_judged:,}", "0", "", "", "", ""]
    kappa = found.kappa
    return [
        each.judge,
        f"{each.n_judged:,}",
        labelled,
        f"{found.agreement:.2f}",
        "not defined" if kappa is None else f"{kappa.value:.2f} [{kappa.low:.2f}, {kappa.high:.2f}]",
        f"{found.pabak:.2f}",
        f"{found.both_pass}/{found.only_first_passes}/{found.only_second_passes}/{found.both_fail}",
    ]
