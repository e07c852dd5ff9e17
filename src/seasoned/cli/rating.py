"""`seasoned skills vote`, `judge` and `stale`: how skills did, by people and by a model, and which no longer help."""

import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number
from pydantic import JsonValue

from seasoned.cli.output import emit_json, emit_table, note, safe, say, say_each, say_first, usd
from seasoned.cli.place import Open, Place, opened, require_book
from seasoned.cli.plan import note_nothing_sent, price_of
from seasoned.cli.progress import learning
from seasoned.core.counters import RatingVerdict
from seasoned.core.skillbook import Skillbook
from seasoned.core.text import plural, shortened
from seasoned.curate.removing import propose_removals, stale_skills
from seasoned.curate.review.sitting import Review
from seasoned.curate.stale import StaleRules
from seasoned.errors import UsageError
from seasoned.ingest.redaction.policy import Policy
from seasoned.llm.budget import Budget
from seasoned.llm.model import Model
from seasoned.llm.providers import DEFAULT_CONFIG, resolve
from seasoned.pipeline.judging import Judged, JudgeOptions, judge_from, judge_plan


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Said:
    """What a vote says; one of them."""

    helpful: bool = False
    """The run went better for the skill."""
    harmful: bool = False
    """The run went worse for the skill."""
    neutral: bool = False
    """The skill applied and made no difference."""

    def verdict(self) -> RatingVerdict:
        """The one thing said; raises `UsageError` for none or several."""
        words: dict[RatingVerdict, bool] = {
            "helpful": self.helpful,
            "harmful": self.harmful,
            "neutral": self.neutral,
        }
        verdicts: list[RatingVerdict] = [word for word, is_said in words.items() if is_said]
        if len(verdicts) != 1:
            raise UsageError("a vote says one thing", hint="give one of --helpful, --harmful and --neutral")
        return verdicts[0]


def vote(
    skill: str,
    /,
    *,
    said: Said | None = None,
    trace: str | None = None,
    reason: str = "",
    place: Place | None = None,
) -> None:
    """Say how a skill did; said again by the same person about the same run, the new word counts.

    Args:
        skill: The skill's id, or enough of its beginning.
        said: What is said of it.
        trace: The run that this is about: its id or its beginning, or its run key; else the skill on the whole.
        reason: Why.
        place: Where to look.
    """
    verdict = (said or Said()).verdict()
    with opened(place) as here:
        review = Review(here.store, here.book)
        found = review.book().find(skill)
        trace_id = "" if trace is None else here.store.traces.find(trace)
        review.vote(found.id, verdict, trace_id=trace_id, reason=reason)
    note(f"voted {verdict} on {found.id}" + (f" in {trace_id}" if trace_id else ""))


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class JudgeFlags:
    """Which language model judges, and what it may spend."""

    model: str | None = None
    """provider:model, such as openai:gpt-5-mini or replay:FILE; without it SEASONED_MODEL."""
    base_url: str | None = None
    """Address of an OpenAI-compatible server, up to and including /v1."""
    budget: str | None = None
    """A hard stop: 2usd, 200calls, 500000tokens, 10min, or several as 2usd,10min; else SEASONED_BUDGET, 200calls."""
    timeout_s: Annotated[float, Parameter(validator=Number(gt=0))] = DEFAULT_CONFIG.timeout_s
    """Seconds that one model call may take before it is tried again; slow local models need more."""
    limit: Annotated[int | None, Parameter(validator=Number(gte=1))] = None
    """Ask about at most so many runs this time; the same command goes on with the others."""


def judge(
    *, flags: JudgeFlags | None = None, dry_run: bool = False, json: bool = False, place: Place | None = None
) -> None:
    """Ask a model how the skills did in the runs that were handed them; what it says rests on quotes that are checked.

    What was judged is not asked about again, and interrupted work goes on when the same command is given again.

    Args:
        flags: The language model.
        dry_run: Say what would be asked and what it would cost; send and store nothing.
        json: Print one JSON document.
        place: Where to work.
    """
    flags = flags or JudgeFlags()
    with opened(place) as here:
        require_book(here)
        model, budget = _model(here, flags), Budget.parse(flags.budget or here.settings.budget)
        if dry_run:
            _plan(here, flags, model, budget, json=json)
            return
        if model is None:
            raise UsageError("no model was named", hint="give --model provider:model, or set SEASONED_MODEL")
        policy = Policy.parse(here.settings.redact)
        options = JudgeOptions(book=here.book, model=model, budget=budget, limit=flags.limit, policy=policy)
        with learning("judging", "runs") as tell:
            judged = judge_from(here.store, replace(options, on_progress=tell))
    if json:
        emit_json(judged)
    else:
        _print_judged(judged)
    if not judged.is_complete:
        sys.exit(1)


def stale(
    *,
    propose: bool = False,
    rated: Annotated[int, Parameter(validator=Number(gte=1))] = StaleRules().n_rated,
    runs: Annotated[int, Parameter(validator=Number(gte=1))] = StaleRules().n_runs,
    json: bool = False,
    place: Place | None = None,
) -> None:
    """List approved skills that have gone stale and why; with --propose their removal waits for review.

    A skill that a reviewer kept is not listed again for a reason of the same kind.

    Args:
        propose: Propose that they are removed; a reviewer decides, and nothing is dropped.
        rated: A skill is stale that applied in none of so many rated runs, the latest.
        runs: A skill is stale of which a tool is neither offered nor called in so many runs, the latest.
        json: Print one JSON document.
        place: Where to look.
    """
    rules, today = StaleRules(n_rated=rated, n_runs=runs), datetime.now(UTC).date()
    with opened(place) as here:
        require_book(here)
        book = here.store.books.read(here.book)
        if propose:
            found = propose_removals(here.store, here.book, rules, today)
        else:
            found = stale_skills(here.store, book, rules, today)
    if json:
        skills: dict[str, JsonValue] = {
            i: [{**each.model_dump(mode="json"), "reason": each.reason} for each in reasons]
            for i, reasons in found.items()
        }
        emit_json({"book": here.book, "proposed": propose, "stale": skills})
        return
    rows = [(i, "; ".join(r.reason for r in reasons), shortened(_text(book, i), 120)) for i, reasons in found.items()]
    emit_table(("id", "why", "text"), rows, empty="No approved skill is stale.")
    if found and propose:
        note(f"The removal of {plural(len(found), 'skill')} is proposed; `seasoned review` decides.")
    elif found:
        note("Nothing was changed; --propose puts their removal before a reviewer.")


def _text(book: Skillbook, skill_id: str) -> str:
    return book.skills[skill_id].text if skill_id in book.skills else ""


def _model(here: Open, flags: JudgeFlags) -> Model | None:
    model_id = flags.model or here.settings.model
    if model_id is None:
        return None
    config = DEFAULT_CONFIG.model_copy(update={"timeout_s": flags.timeout_s})
    return resolve(model_id, base_url=flags.base_url or here.settings.base_url, config=config)


def _plan(here: Open, flags: JudgeFlags, model: Model | None, budget: Budget, *, json: bool) -> None:
    model_id = "" if model is None else model.model_id
    plan = judge_plan(here.store, here.book, model_id, limit=flags.limit)
    cost_usd = price_of(model_id, plan.input_tokens, plan.output_tokens)
    if json:
        emit_json({**plan.model_dump(mode="json"), "cost_usd": cost_usd})
        return
    name = model_id or "a model (none was named)"
    tokens = f"{plan.input_tokens:,} tokens in and {plan.output_tokens:,} out"
    note(f"{plural(plan.n_traces, 'run')} were handed skills; {plan.n_open:,} hold some that are not judged yet.")
    note(f"Would ask {name} for {plural(plan.n_skills, 'verdict')} in {plural(plan.n_calls, 'call')},")
    note(f"  about {tokens}, {usd(cost_usd)}; what does not hold is asked once more.")
    note_nothing_sent(budget)


def _print_judged(judged: Judged) -> None:
    if judged.was_done:
        note(f"These runs were judged before by the same model ({judged.run_id}); nothing was sent.")
    say_first("dropped", [f"{each.skill_id} in {each.trace_id}: {each.reason}" for each in judged.dropped])
    say_each("note", judged.notes)
    said = judged.verdicts
    counts = f"{said.helpful} helpful, {said.harmful} harmful, {said.neutral} neutral"
    spent = f"{plural(judged.n_calls, 'call')}, {usd(judged.cost_usd)}"
    asked = f"{judged.n_asked:,} of {plural(judged.n_traces, 'run')} asked about"
    line = f"{judged.run_id}: {counts}, {said.not_applicable} not applicable; {asked}, {spent}"
    say(safe(line, "bold"))
    if judged.n_left:
        note(f"{plural(judged.n_left, 'run')} left; the same command goes on from here.", "yellow")
    if said.n:
        note("`seasoned skills list --sort rate` shows what that comes to.")
