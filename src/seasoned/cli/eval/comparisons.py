"""`seasoned eval comparisons`: the comparisons of prompts on record, which the gate before a label goes by."""

from rich.text import Text

from seasoned.cli.output import emit_json, emit_table
from seasoned.cli.place import Place, opened
from seasoned.core.comparison import KeptComparison


def list_(*, json: bool = False, place: Place | None = None) -> None:
    """List the comparisons of prompts on record, oldest first.

    Args:
        json: Print one JSON document.
        place: Where to look; with --book, only those of that skillbook's prompts.
    """
    with opened(place) as here:
        found = here.store.comparisons.all(here.book if place is not None and place.book else None)
    if json:
        emit_json({"comparisons": [each.model_dump(mode="json") for each in found]})
        return
    emit_table(
        ("when", "candidate", "baseline", "#points", "#95 %", "#tasks", "by", "verdict"),
        [_row(each) for each in found],
        empty="No comparison of prompts yet. `seasoned eval compare` of evaluation runs or --by prompt keeps one.",
    )


def _row(each: KeptComparison) -> tuple[str | Text, ...]:
    passes = Text("passes", "green") if each.passes else Text("does not pass", "yellow")
    return (
        f"{each.at:%Y-%m-%d %H:%M}",
        each.candidate_id,
        each.baseline_id or "no prompt",
        f"{100 * each.difference:+.1f}",
        f"[{100 * each.low:+.1f}, {100 * each.high:+.1f}]",
        str(each.n_tasks),
        each.by,
        passes + Text(f", {each.verdict}"),
    )
