"""The controls of an evaluation: the prompt before, the same length that says nothing, and their comparison.

Each control is an arm that works the same tasks with the same agent and seeds. Raises `UsageError` for a control that
cannot be had, and what compiling and comparing raise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from seasoned.cli.eval.arms import arms_as_named
from seasoned.cli.eval.compare import CompareOptions, compared
from seasoned.cli.eval.report_files import ReportFiles
from seasoned.cli.eval.who import prompt_named
from seasoned.cli.imports import ReadOptions
from seasoned.cli.output import note, usd
from seasoned.cli.place import Open
from seasoned.compile.compiler import placebo_of
from seasoned.core.prompt import Prompt
from seasoned.core.text import plural
from seasoned.errors import PromptError, UsageError
from seasoned.evaluate.attempt import Suite
from seasoned.evaluate.compare.comparing import DEFAULT_MARGIN, Report
from seasoned.pipeline.evaluation.options import Evaluated, EvaluateOptions

BARE = "none"
"""In the place of a prompt: the agent is told nothing of ours."""
Role = Literal["against", "evaluation", "placebo"]
"""The baseline, what is evaluated, and its placebo: in the order in which they are worked."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class ControlOptions:
    """What else works the same tasks, to compare with."""

    against: str | None = None
    """A prompt to compare --prompt with: it works the same tasks with the same agent and seeds. As --prompt; or none
    for the agent without any."""
    placebo: bool = False
    """With --against: neutral text as long as the skills of --prompt works the tasks too, to tell what length does."""
    margin: Annotated[float | None, Parameter(validator=Number(gt=0, lte=1))] = None
    """With --against: how much worse --prompt may be and still pass, as a share; without it 0.05."""


def arms_of(
    here: Open, suite: Suite, evaluation: EvaluateOptions, controls: ControlOptions
) -> dict[Role, EvaluateOptions]:
    """What is evaluated: the evaluation alone, or between its controls.

    Raises:
        UsageError: A control cannot be had, or nothing would follow from the comparison.
    """
    if controls.against is None:
        if controls.placebo or controls.margin is not None:
            raise UsageError(
                f"{'--placebo' if controls.placebo else '--margin'} is of a comparison",
                why="no --against says what --prompt is compared with",
                hint=f"--against production, or --against {BARE} for the agent without a prompt",
            )
        return {"evaluation": evaluation}
    against = _told(evaluation, "" if controls.against == BARE else prompt_named(here, suite, controls.against))
    _refuse_no_comparison(evaluation, against)
    arms: dict[Role, EvaluateOptions] = {"against": against, "evaluation": evaluation}
    if controls.placebo:
        arms["placebo"] = _told(evaluation, _placebo(here, evaluation.prompt))
    return arms


def _told(options: EvaluateOptions, prompt: Prompt | str) -> EvaluateOptions:
    """The same evaluation of an agent that is told something else."""
    return replace(options, prompt=prompt, book=prompt.book if isinstance(prompt, Prompt) else "")


def _refuse_no_comparison(evaluation: EvaluateOptions, against: EvaluateOptions) -> None:
    if not evaluation.prompt_id:
        raise UsageError("nothing is compared with --against", why="--prompt names no prompt", hint="give --prompt")
    if evaluation.prompt_id == against.prompt_id:
        raise UsageError(
            "--prompt and --against are the same prompt",
            where=evaluation.prompt_id,
            why="the trials of both would be the same ones",
            hint=f"name another one, or --against {BARE} for the agent without a prompt",
        )
    if evaluation.keeping:
        raise UsageError(
            "--measure-skills cannot be compared with --against",
            why="it leaves skills out of trials by chance, so no trial tells what the whole prompt does",
            hint="leave one of them out",
        )
    if len(evaluation.chosen) < 2:
        raise UsageError(
            "one task cannot be compared on", why="from fewer than two nothing follows about others", hint="take more"
        )


def _placebo(here: Open, prompt: Prompt | str) -> Prompt:
    if not isinstance(prompt, Prompt):
        raise UsageError(
            "a placebo is of a compiled prompt",
            why="--prompt names a plain text, of which nobody can say what in it is a skill",
            hint="`seasoned prompt compile` makes one, and `seasoned prompt list` shows those there are",
        )
    now = here.store.books.read(prompt.book)
    book = now if now.revision <= prompt.revision else here.store.books.at(prompt.book, prompt.revision)
    try:
        return placebo_of(prompt, book)
    except PromptError as refused:
        raise UsageError(refused.what, where=refused.where, why=refused.why, hint=refused.hint) from refused


def names_of(controls: ControlOptions, prompt: str | None) -> dict[Role, str]:
    """What reports call the arms: their prompts as they were typed, of a path its end; nothing where that is unclear.

    Args:
        controls: With the prompt to compare with.
        prompt: The one that is evaluated.
    """
    words: dict[Role, str] = {"against": controls.against or "", "evaluation": prompt or "", "placebo": "placebo"}
    names: dict[Role, str] = {role: Path(word).name.replace("=", " ") for role, word in words.items()}
    names["against"] = "no prompt" if controls.against == BARE else names["against"]
    return names if len(set(names.values())) == len(names) and all(names.values()) else {}


def compare_arms(
    here: Open,
    came: Mapping[Role, Evaluated],
    names: Mapping[Role, str],
    controls: ControlOptions,
    files: ReportFiles,
) -> tuple[Report, tuple[str, ...]]:
    """The comparison of complete evaluations, as `seasoned eval compare` makes it of their runs under these names.

    Returns:
        The report, and what is to be said of its being kept.
    """
    options = CompareOptions(margin=controls.margin or DEFAULT_MARGIN)
    words = [f"{names[role]}={each.run_id}" if names else each.run_id for role, each in came.items()]
    gathered = arms_as_named(words, ReadOptions(), here.settings, here)
    report, said = compared(gathered, options.config(), here)
    files.write_comparison(report, gathered.arms())
    return report, said


def print_arms(came: Mapping[Role, Evaluated], floored: Evaluated | None) -> None:
    """A line for each evaluation, and for the agent that does nothing, to standard error."""
    named: dict[str, Evaluated] = {**came} if floored is None else {**came, "doing nothing": floored}
    for name, each in named.items():
        spent = "" if each.cost_usd is None else f", {usd(each.cost_usd)}"
        before = "; it was done before" if each.was_done else ""
        passed = f"{each.n_passed:,} of {plural(each.n_trials, 'trial')} passed{spent}{before}"
        note(f"{name}: {each.run_id}, {each.prompt_id or 'no prompt'}: {passed}", "dim")


def print_notes(report: Report, said: tuple[str, ...]) -> None:
    """What is to be said of a comparison, to standard error."""
    needed = [each.equal_cost.n_trials_needed for each in report.comparisons if each.equal_cost is not None]
    if n_trials := max(needed, default=0):
        note(f"Best of n at equal cost takes more trials of each task: --trials {n_trials}")
    for each in said:
        note(each)
