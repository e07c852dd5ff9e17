"""`seasoned prompt canary`: how the canaries of labels do, and what is to be done about it."""

import sys
from dataclasses import dataclass

from cyclopts import Parameter
from pydantic import JsonValue

from seasoned.cli.output import emit_json, emit_table, note
from seasoned.cli.place import Open, Place, opened, require_book
from seasoned.curate.review.person import this_person
from seasoned.errors import PromptError, UsageError
from seasoned.pipeline.canary import CanaryStanding, Tally, check, standing, told
from seasoned.pipeline.promoting import promote


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class CanaryOptions:
    """What is to be done with canaries."""

    label: str = ""
    """Only that of this label."""
    check: bool = False
    """End those that are shown to harm; exits with 1 then."""
    finish: bool = False
    """Promote the canary of --label, which has to be shown to help."""
    end: str = ""
    """End the canary of --label without any verdict, for this reason."""


def canary(*, options: CanaryOptions | None = None, json: bool = False, place: Place | None = None) -> None:
    """Show how canaries do: runs, rates, e-values, the interval of the effect, and the verdict.

    All of that may be looked at as often as one likes. An e-value of 20 decides.

    Args:
        options: Which, and what is to be done.
        json: Print one JSON document.
        place: Where to look.
    """
    options = options or CanaryOptions()
    if (options.finish or options.end) and not options.label:
        raise UsageError("say which label", hint="--label production")
    with opened(place) as here:
        require_book(here)
        if options.end:
            here.store.canaries.end(here.book, options.label, by=this_person().name, reason=options.end)
            note(f"The canary of {options.label} is ended; all of its runs get the label's own prompt.")
            return
        if options.finish:
            _finish(here, options.label)
            return
        labels = [c.label for c in here.store.canaries.everywhere() if c.book == here.book]
        chosen = [label for label in labels if options.label in ("", label)]
        look = check if options.check else standing
        found = [each for label in chosen if (each := look(here.store, here.book, label)) is not None]
    if json:
        emit_json({"canaries": [_document(each) for each in found]})
    else:
        _print(found, is_checked=options.check)
    if options.check and any(each.verdict == "harms" for each in found):
        sys.exit(1)


def _finish(here: Open, label: str) -> None:
    found = standing(here.store, here.book, label)
    if found is None or found.canary.prompt_id is None:
        raise UsageError(f"the label {label!r} has no canary", hint="`seasoned prompt promote --canary 10%` begins one")
    if found.verdict != "helps":
        raise PromptError(
            "the canary is not shown to help",
            where=found.canary.prompt_id,
            why=told(found),
            hint="wait for more runs, or `seasoned prompt promote` it with a comparison that it passes",
        )
    prompt = here.store.prompts.get(found.canary.prompt_id)
    came_to = promote(here.store, here.book, label, prompt, by=this_person().name, reason=f"as a canary: {told(found)}")
    note(f"{label} of {here.book} points at {came_to.move.prompt_id}.")


def _document(each: CanaryStanding) -> dict[str, JsonValue]:
    rates: dict[str, JsonValue] = {"baseline_rate": each.baseline.rate, "tried_rate": each.tried.rate}
    return {**each.model_dump(mode="json"), **rates}


def _print(found: list[CanaryStanding], *, is_checked: bool) -> None:
    emit_table(
        ("label", "canary", "#share", "#passed", "#without it", "#e harms", "#e helps", "#effect", "verdict"),
        [
            (
                each.canary.label,
                each.canary.prompt_id or "",
                f"{each.canary.share:.0%}",
                _tally(each.tried),
                _tally(each.baseline),
                f"{each.e_harms:.3g}",
                f"{each.e_helps:.3g}",
                _effect(each),
                each.verdict,
            )
            for each in found
        ],
        empty="No label has a canary. `seasoned prompt promote PROMPT --label production --canary 10%` begins one.",
    )
    for each in found:
        label = each.canary.label
        if each.verdict == "helps":
            note(f"{label}: shown to help. `seasoned prompt canary --label {label} --finish` promotes it.")
        if each.verdict == "harms":
            ended = "it was ended, and all runs get the label's prompt" if is_checked else "--check ends it"
            note(f"{label}: shown to harm; {ended}.", "red")


def _tally(tally: Tally) -> str:
    rate = "" if tally.rate is None else f" ({tally.rate:.1%})"
    return f"{tally.n_passed} of {tally.n_judged}{rate}"


def _effect(each: CanaryStanding) -> str:
    if each.effect is None:
        return "-"
    return f"{100 * each.effect:+.1f} [{100 * each.effect_low:+.1f}, {100 * each.effect_high:+.1f}]"
