"""`seasoned skills backtest` and `condition`: how past runs that met a skill's condition ended."""

from dataclasses import dataclass
from pathlib import Path

from cyclopts import Parameter
from rich.text import Text

from seasoned.cli.output import emit_json, emit_table, note, out, safe, say, write_text
from seasoned.cli.place import Place, opened, require_book
from seasoned.cli.progress import learning
from seasoned.cli.which import Which
from seasoned.core.skill import Skill
from seasoned.core.text import plural
from seasoned.errors import UsageError, boundary
from seasoned.evaluate.backtest.condition import Checked
from seasoned.evaluate.backtest.counting import Backtest, Group
from seasoned.ingest.redaction.policy import Policy
from seasoned.learn.learner import Progress
from seasoned.llm.budget import Budget
from seasoned.llm.providers import resolve
from seasoned.pipeline.backtesting import BacktestOptions, DraftOptions, backtest, draft_condition

BUDGET = "10calls"
RUNS_SHOWN = 3


def backtest_(
    skill: str,
    *,
    condition: Path,
    which: Which | None = None,
    json: bool = False,
    place: Place | None = None,
) -> None:
    """Look back: how often did past runs meet a skill's condition, follow or break it, and how did they end?

    What goes with success need not bring it about: nobody handed the skill out at random. `seasoned eval uplift`
    measures that.

    Args:
        skill: The skill's id, or its beginning.
        condition: Python file that defines triggered(run) and followed(run); it is run in the sandbox.
        which: Only these runs.
        json: Print one JSON document.
        place: Where to look.
    """
    with boundary(UsageError, "the condition cannot be read", where=str(condition)):
        code = condition.read_text(encoding="utf-8")
    with opened(place) as here:
        require_book(here)
        found = here.store.books.read(here.book).find(skill)
        chosen = (which or Which()).chosen()
        with learning("looking back", "runs") as tell:
            n_all, told = here.store.traces.count(chosen), list[Checked]()

            def on_checked(each: Checked) -> None:
                told.append(each)
                tell(Progress(done=len(told), total=n_all, unit="runs"))

            options = BacktestOptions(sandbox=here.settings.sandbox, which=chosen, on_checked=on_checked)
            result = backtest(here.store, code, options)
    if json:
        emit_json({"skill": found.id, **result.model_dump(mode="json")})
    else:
        _print(found, result)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class DraftFlags:
    """Who words the condition."""

    model: str | None = None
    """provider:model; without it SEASONED_MODEL."""
    base_url: str | None = None
    """Address of an OpenAI-compatible server, up to and including /v1."""
    budget: str = BUDGET
    """A hard stop."""
    output: Path | None = None
    """File to write the condition to; without it it is printed."""


def condition(skill: str, *, flags: DraftFlags | None = None, place: Place | None = None) -> None:
    """Let a model word a skill's condition as code, to read, and to look back with.

    Args:
        skill: The skill's id, or its beginning.
        flags: The language model.
        place: Where to look.
    """
    flags = flags or DraftFlags()
    with opened(place) as here:
        require_book(here)
        found = here.store.books.read(here.book).find(skill)
        model_id = flags.model or here.settings.model
        if model_id is None:
            raise UsageError("no model was named", hint="give --model provider:model, or set SEASONED_MODEL")
        options = DraftOptions(
            model=resolve(model_id, base_url=flags.base_url or here.settings.base_url),
            budget=Budget.parse(flags.budget),
            sandbox=here.settings.sandbox,
            policy=Policy.parse(here.settings.redact),
        )
        code = draft_condition(here.store, found, options)
    if flags.output is None:
        out.print(safe(code.rstrip()), soft_wrap=True)
    else:
        with boundary(UsageError, "the condition cannot be written", where=str(flags.output)):
            write_text(flags.output, code)
        note(f"Read {flags.output}, then: seasoned skills backtest {found.id} --condition {flags.output}")


def _print(skill: Skill, found: Backtest) -> None:
    say(safe(skill.text, "bold"))
    n_triggered = found.followed.n_runs + found.broken.n_runs
    note(f"{n_triggered:,} of {plural(found.n_runs, 'run')} met the condition, of {found.n_tasks_triggered:,} tasks.")
    if found.n_failed_to_check:
        note(f"The condition failed on {plural(found.n_failed_to_check, 'run')}: {found.errors[0]}", "yellow")
    groups = (("followed", found.followed), ("broken", found.broken), ("condition not met", found.not_triggered))
    emit_table(
        ("runs that", "#runs", "#tasks", "#judged", "#passed", "#rate over tasks", "such as"),
        [_row(name, group) for name, group in groups],
        empty="",
    )
    out.print(safe(_within(found)), soft_wrap=True)
    note("Association, not tested: what goes with success need not bring it about. `seasoned eval uplift` measures it.")


def _row(name: str, group: Group) -> tuple[str | Text, ...]:
    rate = "-" if group.rate is None else f"{group.rate.value:.0%} [{group.rate.low:.0%}, {group.rate.high:.0%}]"
    return (
        name,
        f"{group.n_runs:,}",
        f"{group.n_tasks:,}",
        f"{group.n_judged:,}",
        f"{group.n_passed:,}",
        rate,
        " ".join(group.trace_ids[:RUNS_SHOWN]) or "-",
    )


def _within(found: Backtest) -> str:
    if found.within is None:
        return "Within tasks: no task has triggered runs that followed and that broke it, and that ended differently."
    within = found.within
    odds = (
        "" if within.odds_ratio is None else f", odds of success {within.odds_ratio:.2g} times those where it was not"
    )
    tasks = plural(within.n_tasks, "task")
    return f"Within {tasks} that tell: following it goes with {within.goes_with}{odds}, p = {within.p:.3f}."
