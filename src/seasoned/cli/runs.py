"""`seasoned runs`: what our jobs did, what they spent, and the story of each."""

from pydantic import JsonValue
from rich.text import Text

from seasoned.cli.output import emit_json, emit_table, note, out, safe, usd
from seasoned.cli.place import WholeStore, opened
from seasoned.cli.story import print_calls, print_story
from seasoned.core.run import Run, Spending
from seasoned.core.text import shortened
from seasoned.errors import UsageError

ABOUT_CHARS = 40
"""Of one word of what a run is about."""
_SAID_ALREADY = frozenset({"run_id", "was_done", "is_complete", "n_calls", "cost_usd", "suite", "agent", "prompt_id"})
"""Results that the head of a story holds, or what the run was to do."""


def list_runs(*, json: bool = False, place: WholeStore | None = None) -> None:
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
        (
            r.id,
            r.kind,
            _state(r),
            f"{r.started_at:%Y-%m-%d %H:%M}",
            str(spent[r.id].n_calls),
            usd(_cost(r, spent[r.id])),
            safe(_about(r)),
        )
        for r in runs
    ]
    emit_table(
        ("id", "kind", "state", "started", "#calls", "#cost", "of"),
        rows,
        empty="No runs yet. `seasoned learn PATH --model M` makes one.",
    )


def show(run: str, /, *, episode: int | None = None, json: bool = False, place: WholeStore | None = None) -> None:
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
        # Learners that put single questions have no turns: their story is what was asked and answered.
        calls = () if turns else here.store.runs.calls(found.id)
    if episode is not None and not turns:
        raise UsageError(f"{found.id} has no turn of an episode {episode}", hint="without --episode all are told")
    if json:
        whole = {**found.model_dump(mode="json"), "spending": spending.model_dump()}
        told = {"turns": turns, "calls": calls}
        emit_json({**whole, **{name: [each.model_dump(mode="json") for each in all_] for name, all_ in told.items()}})
        return
    out.print(Text(found.id, "bold") + safe(f"  {found.kind}, {_state(found)}"))
    unknown = f", {spending.n_unknown} unknown after a crash" if spending.n_unknown else ""
    out.print(safe(f"{spending.n_calls} calls, {spending.n_failed} failed{unknown}, {usd(_cost(found, spending))}"))
    _print_work(found)
    print_story(out, turns)
    print_calls(out, calls)
    if _state(found) in ("incomplete", "interrupted"):
        note("Not all of the work was done; the same command goes on from here.", "yellow")


def _print_work(run: Run) -> None:
    """What the run was to do and what came of it, a line each; `--json` has all of it."""
    for name, value in run.config.items():
        if value in ("", None):
            continue
        out.print(Text(f"{name}: ", "dim") + safe(_brief(value)))
    results = {name: value for name, value in (run.summary or {}).items() if name not in _SAID_ALREADY}
    counts = [f"{_plain(name)} {value}" for name, value in results.items() if type(value) is int and value]
    if counts:
        out.print(Text("came to: ", "dim") + safe(", ".join(counts)))
    for name, value in results.items():
        if isinstance(value, dict) and (many := {key: n for key, n in value.items() if type(n) is int}):
            counted = ", ".join(f"{_plain(key)} {n}" for key, n in many.items())
            out.print(Text(f"{_plain(name)}: ", "dim") + safe(counted))
        if isinstance(value, list):
            for each in value:
                out.print(Text(f"{_plain(name)}: ", "dim") + safe(_one(each)))
        elif isinstance(value, str):
            out.print(Text(f"{_plain(name)}: ", "dim") + safe(value))


def _about(run: Run) -> str:
    """What tells runs of one kind apart: an evaluation's suite, agent and prompt, else the learner and its model."""
    words = [run.config.get(name) for name in ("suite", "split", "agent", "prompt_id", "learner", "model")]
    shown = [shortened(_brief(each), ABOUT_CHARS).replace("\n", " ") for each in words if each not in ("", None)]
    return ", ".join(shown)


def _plain(name: str) -> str:
    return name.removeprefix("n_").replace("_", " ")


def _one(value: JsonValue) -> str:
    """One entry of a result: a text, or a dropped finding with its reason."""
    return ": ".join(str(part) for part in value.values()) if isinstance(value, dict) else str(value)


def _brief(value: JsonValue) -> str:
    """A setting on one line: of many how many, of a part with settings of its own its name."""
    if isinstance(value, list):
        names = [str(each["name"]) for each in value if isinstance(each, dict) and "name" in each]
        return ", ".join(names) if names and len(names) == len(value) else str(len(value))
    if isinstance(value, dict):
        return str(value["name"]) if "name" in value else ", ".join(value)
    return str(value)


def _cost(run: Run, spending: Spending) -> float | None:
    """What its calls cost; of an agent whose calls we do not see what it said itself."""
    told = (run.summary or {}).get("cost_usd")
    return told if spending.cost_usd is None and isinstance(told, float) else spending.cost_usd


def _state(run: Run) -> str:
    return "interrupted" if run.state == "running" and not run.is_alive else run.state
