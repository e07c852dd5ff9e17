"""`seasoned runs`: what our jobs did, what they spent, and the story of each."""

from pydantic import JsonValue
from rich.rule import Rule
from rich.text import Text

from seasoned.cli.output import emit_json, emit_table, out, safe, usd
from seasoned.cli.place import Place, opened
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


def show(run: str, /, *, json: bool = False, place: Place | None = None) -> None:
    """Tell the story of a run: what the model wrote, what came back, what it cost.

    Args:
        run: The run's id, or enough of its beginning.
        json: Print one JSON document.
        place: Where to look.
    """
    with opened(place) as here:
        found = here.store.runs.get(run)
        spending = here.store.runs.spending(found.id)
        turns = tuple(here.store.runs.turns(found.id))
    if json:
        whole = {**found.model_dump(mode="json"), "spending": spending.model_dump()}
        emit_json({**whole, "turns": [t.model_dump(mode="json") for t in turns]})
        return
    out.print(Text(found.id, "bold") + safe(f"  {found.kind}, {_state(found)}"))
    unknown = f", {spending.n_unknown} unknown after a crash" if spending.n_unknown else ""
    out.print(safe(f"{spending.n_calls} calls, {spending.n_failed} failed{unknown}, {usd(spending.cost_usd)}"))
    for name, value in {**found.config, **(found.summary or {})}.items():
        out.print(Text(f"{name}: ", "dim") + safe(_brief(value)))
    for turn in turns:
        out.print(Rule(safe(f"episode {turn.episode + 1}, turn {turn.turn + 1}: {turn.title}"), align="left"))
        out.print(safe(turn.reply))
        out.print(safe(turn.output, "dim"))


def _brief(value: JsonValue) -> str:
    """A setting or a result on one line; `--json` has all of it."""
    if isinstance(value, list):
        return str(len(value))
    if isinstance(value, dict):
        return ", ".join(f"{name} {_brief(part)}" for name, part in value.items())
    return str(value)


def _state(run: Run) -> str:
    return "interrupted" if run.state == "running" and not run.is_alive else run.state
