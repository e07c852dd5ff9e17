"""What learning shows: how far it is, the patterns, and what a run came to. On standard error. Raises nothing."""

import re
from collections.abc import Sequence
from dataclasses import replace

from rich.text import Text

from seasoned.cli.output import err, note, safe, say, say_each, table_of, usd
from seasoned.cli.place import Open
from seasoned.cli.progress import learning
from seasoned.core.text import plural
from seasoned.core.trace import Trace
from seasoned.learn.patterns.find import PatternReport
from seasoned.pipeline.given import Learned, LearnOptions
from seasoned.pipeline.learning import learn_from

PATTERNS_SHOWN = 10
_OF_EPISODE = re.compile(r"episode-\w+ \([^)]*\): (?P<what>.*)", re.DOTALL)
"""A note of one episode, and what it says."""


def learn_with_progress(here: Open, traces: Sequence[Trace], how: LearnOptions) -> Learned:
    """Run a learner as a durable run, showing how far it has come."""
    with learning() as tell:
        return learn_from(here.store, traces, replace(how, on_progress=tell))


def print_patterns(report: PatternReport) -> None:
    """The patterns with their counts, most useful first, on standard error."""
    head = f"{plural(report.n_traces, 'run')} of {plural(report.n_tasks, 'task')}, {report.n_with_verdict} with verdict"
    say(safe(f"Patterns ({report.label}): {head}", "bold"))
    shown = report.patterns[:PATTERNS_SHOWN]
    rows = [
        (p.name, str(p.n_runs), str(p.n_failed), str(p.n_passed), str(p.strata), "" if p.q is None else f"{p.q:.2g}")
        for p in shown
    ]
    if rows:
        err.print(table_of(("pattern", "#runs", "#failed", "#passed", "#tasks that can tell", "#q"), rows))
    if len(report.patterns) > len(shown):
        say(safe(f"and {len(report.patterns) - len(shown)} more; --json has all, with evidence", "dim"))
    for remark in report.notes:
        say(safe(f"note: {remark}", "dim"))


def print_learned(learned: Learned) -> None:
    """What a learning run came to, on standard error."""
    _print_remarks(learned)
    spent = f"{plural(learned.n_calls, 'call')}, {usd(learned.cost_usd)}"
    episodes = f"{plural(learned.n_episodes, 'episode')}, " if learned.n_episodes else ""
    say(safe(f"{learned.run_id}: {_counts(learned)}; {episodes}{spent}", "bold"))
    if not learned.is_complete:
        unread = f" ({plural(learned.n_episodes_unread, 'episode')} unread)" if learned.n_episodes_unread else ""
        note(f"Not all of the work was done{unread}; the same command goes on from here.", "yellow")
    if learned.n_proposed:
        note("`seasoned review` decides on the proposals.")
    if learned.n_reflections:
        note("`seasoned reflections for TASK-KEY` prints what to hand the agent on its next attempt.")
    note(f"`seasoned runs show {learned.run_id}` tells what the model did.")


def _print_remarks(learned: Learned) -> None:
    """All that is to be said one by one."""
    if learned.was_done:
        note(f"These traces were learned from before with the same settings ({learned.run_id}); nothing was sent.")
    say_each("dropped", [f"{each.claim}: {each.reason}" for each in learned.dropped])
    for claim in learned.noted:
        say(Text("  found, without a skill for it  ", "cyan") + safe(claim))
    say_each("note", _together(learned.notes))
    if learned.n_without_verdict:
        say(safe(f"  {plural(learned.n_without_verdict, 'finding')} from runs without a verdict", "yellow"))


def _counts(learned: Learned) -> str:
    """What came of it, in numbers; what is none goes without saying."""
    counts = f"{plural(learned.n_proposed, 'skill')} proposed, {learned.n_agreed} got more evidence"
    more = (
        (learned.n_edited, "worded better"),
        (learned.n_merged, "merged into another"),
        (learned.n_to_remove, "proposed for removal"),
        (learned.n_conflicting, "in conflict with another skill"),
        (learned.n_approved, "approved by the rules of review"),
        (learned.n_reflections, "reflections for the next attempts"),
    )
    return counts + "".join(f", {n} {what}" for n, what in more if n)


def _together(notes: Sequence[str]) -> list[str]:
    """Notes of single episodes that say the same as one note."""
    parts = [(match["what"] if (match := _OF_EPISODE.fullmatch(each)) else each, each) for each in notes]
    said: dict[str, list[str]] = {}
    for what, whole in parts:
        said.setdefault(what, []).append(whole)
    return [wholes[0] if len(wholes) == 1 else f"{len(wholes)} episodes: {what}" for what, wholes in said.items()]
