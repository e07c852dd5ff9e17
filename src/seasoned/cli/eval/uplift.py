"""`seasoned eval uplift`: what each skill does to the success of runs, from runs that had it, or not, by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import JsonValue
from rich.text import Text

from seasoned.cli.output import emit_json, emit_table, note
from seasoned.cli.place import Place, opened, require_book
from seasoned.cli.which import moment
from seasoned.core.skillbook import Skillbook
from seasoned.core.text import plural, shortened
from seasoned.evaluate.statistics.intervals import Interval

if TYPE_CHECKING:
    # NumPy comes with them, which takes long and which a help page does not need.
    from seasoned.evaluate.credit.effects import EffectVerdict, Group, SkillEffect
    from seasoned.evaluate.statistics.regression import Effect
    from seasoned.pipeline.crediting import Measured, Uplift

_SHOWN_CHARS = 100
_STYLES: dict[EffectVerdict, str] = {"harms": "red", "helps": "green", "no estimate": "dim"}


def uplift_(
    *, since: str | None = None, measure_: bool = False, json: bool = False, place: Place | None = None
) -> None:
    """Tell what each approved skill does to the success of runs, the worst first.

    Live runs keep each skill of their prompt by chance (`seasoned skills keep`), so the runs that had it and those that
    lacked it differ in nothing else. Look as often as you like: of the skills said to help or harm, the expected share
    that does not is at most 5 %, whenever you stop. The planned effect is sharper, but holds for one look whose time
    was fixed beforehand.

    Args:
        since: Only runs begun at this time or later: 2026-11-20, or 12h, 7d ago.
        measure_: Write what was found down as the skills' measured counters, in place of all earlier ones, and propose
            the removal of skills that harm; a reviewer decides, and nothing is dropped.
        json: Print one JSON document.
        place: Where to look.
    """
    from seasoned.pipeline.crediting import measure, uplift

    with opened(place) as here:
        require_book(here)
        begun, otherwise = moment("--since", since), here.settings.keep_probability
        if measure_:
            measured = measure(here.store, here.book, since=begun, otherwise=otherwise)
            found = measured.uplift
        else:
            measured = None
            found = uplift(here.store, here.book, since=begun, otherwise=otherwise)
        book = here.store.books.read(here.book)
    if json:
        emit_json(_document(found, measured))
        return
    _print_uplift(found, book)
    if measured is not None:
        _print_measured(measured)


def _document(found: Uplift, measured: Measured | None) -> dict[str, JsonValue]:
    document = found.model_dump(mode="json")
    if measured is None:
        return document
    return {**document, "measured": measured.model_dump(mode="json", exclude={"uplift"})}


def _print_uplift(found: Uplift, book: Skillbook) -> None:
    columns = ("skill", "verdict", "#with", "#without", "#effect", "#planned", "#p", "#for +5", "#for +10", "text")
    texts = {i: skill.text for i, skill in book.skills.items()}
    rows = [_row(each, texts.get(each.skill_id, "")) for each in found.skills]
    empty = f"No approved skill in {found.book!r}. `seasoned review` decides on proposals."
    emit_table(columns, rows, empty=empty)
    unjudged = f"; {found.n_unjudged:,} more have no verdict and say nothing" if found.n_unjudged else ""
    note(f"{plural(found.n_runs, 'judged run')} of skills as they read now{unjudged}.", "dim")
    if any(each.verdict != "no estimate" for each in found.skills):
        note(
            "effect: points of the success rate, with an interval that holds at any look. planned, p: for one look",
            "dim",
        )
        note("whose time was fixed beforehand. for +5, +10: runs still to come to find an effect of that size.", "dim")


def _row(each: SkillEffect, text: str) -> tuple[str | Text, ...]:
    shown = shortened(text, _SHOWN_CHARS)
    return (
        each.skill_id,
        Text(each.verdict, _STYLES.get(each.verdict, "")),
        _group(each.kept),
        _group(each.left_out),
        _points(each.effect),
        _points(each.planned),
        "" if each.planned_p is None else f"{each.planned_p:.3f}",
        _needed(each, each.further.small),
        _needed(each, each.further.large),
        f"({each.why}) {shown}" if each.why else shown,
    )


def _group(group: Group) -> str:
    return f"{group.n:,}" if group.rate is None else f"{100 * group.rate:.0f} % of {group.n:,}"


def _points(effect: Interval | Effect | None) -> str:
    if effect is None:
        return ""
    value = effect.value if isinstance(effect, Interval) else effect.estimate
    return f"{100 * value:+.1f} [{100 * effect.low:+.1f}, {100 * effect.high:+.1f}]"


def _needed(each: SkillEffect, n: int | None) -> str:
    return "" if n is None or each.verdict in ("helps", "harms") else f"{n:,}"


def _print_measured(measured: Measured) -> None:
    again = "; nothing new was seen since it was measured last" if measured.was_done else ""
    note(f"{measured.run_id}: counters of {plural(len(measured.counts), 'skill')} set{again}.")
    for each in measured.proposed:
        note(f"  proposed for removal: {each.skill_id}: {each.reason}", "yellow")
    if measured.proposed:
        note("`seasoned review` decides.")
