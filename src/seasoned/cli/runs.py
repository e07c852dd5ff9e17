"""`seasoned runs`: what our jobs did, what they spent, and the story of each."""

from pydantic import JsonValue
from rich.text import Text

from seasoned.cli.output import emit_json, emit_table, out, safe, usd
from seasoned.cli.place import Place, opened
from seasoned.cli.story import print_story
from seasoned.core.run import Run


def list_runs(*, json: bool = False, place: Place | None = None) -> None:
    """List the runs of the store, oldest first.

    Args:
        json: Print one JSON document.
        place: Where to look.
    """
    with opened(place) as here:
        runs = here.store.runs.all()
        spent = {run.id: here.store.runs.spending(run.id) for run in runs}
    if json:
        emit_json({"runs": [{**r.model_dump(mode="json"), "spending": spent[r.id].model_dump()} for r in runs]})
        return
    rows = [
        (r.id, r.kind, _state(r), f"{r.started_at:%Y-%m-%d %H:%M}", str(spent[r.id].n_calls), usd(spent[r.id].cost_usd))
        for r in runs
    ]
    emit_table(
        ("id", "kind", "state", "started", "#calls", "#cost"),
        rows,
        empty="No runs yet. `seasoned learn PATH --model M` makes one.",
    )


def show(run: str, /, *, episode: int | None = None, json: bool = False, place: Place | None = None) -> None:
    """Tell the story of a run: what the model wrote and asked, what came back, what held, what it cost.

    Args:
        run: The run's id, or enough of its beginning.
        episode: Only this one, counted from 1.
        json: Print one JSON document.
        place: Where to look.
    """
    with opened(place) as here:
        found = here.store.runs.get(run)
        spending = here.store.runs.spending(found.id)
        turns = tuple(t for t in here.store.runs.turns(found.id) if episode in (None, t.episode + 1))
    if json:
        whole = {**found.model_dump(mode="json"), "spending": spending.model_dump()}
        emit_json({**whole, "turns": [t.model_dump(mode="json") for t in turns]})
        return
    out.print(Text(found.id, "bold") + safe(f"  {found.kind}, {_state(found)}"))
    unknown = f", {spending.n_unknown} unknown after a crash" if spending.n_unknown else ""
    out.print(safe(f"{spending.n_calls} calls, {spending.n_failed} failed{unknown}, {usd(spending.cost_usd)}"))
    for name, value in {**found.config, **(found.summary or {})}.items():
        out.print(Text(f"{name}: ", "dim") + safe(_brief(value)))
    print_story(out, turns)


def _brief(value: JsonValue) -> str:
    """A setting or a result on one line; `--json` has all of it."""
    if isinstance(value, list):
        return str(len(value))
    if isinstance(value, dict):
        return ", ".join(f"{name} {_brief(part)}" for name, part in value.items())
    return str(value)


def _state(run: Run) -> str:
    return "interrupted" if run.state == "running" and not run.is_alive else run.state
