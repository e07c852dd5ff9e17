"""The `seasoned` command. Commands are loaded when they run, so that help stays quick.

Exit codes: 0 done, 1 a negative verdict, 2 a command used wrongly, 3 something outside that failed; 130 interrupted.
"""

import io
import os
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, cast

from cyclopts import App, Group, Parameter

from seasoned.errors import SeasonedError

if TYPE_CHECKING:
    from cyclopts.help import HelpPanel
    from rich.console import Console, ConsoleOptions, RenderableType

EXIT_INTERRUPTED = 130


def _shown_default(value: object) -> str | None:
    """What help says of a default; that a switch is off, or that nothing is said, goes without saying."""
    if isinstance(value, tuple):
        value = ", ".join(map(str, cast("tuple[object, ...]", value)))
    return None if value is None or value is False or value == "" else str(value)


class _Help:
    """Help as cyclopts shows it, but that a description is one paragraph wherever the source breaks its lines."""

    def __call__(self, console: "Console", options: "ConsoleOptions", panel: "HelpPanel") -> None:
        # Loaded with the first page of help, as the commands are.
        from cyclopts.help import DefaultFormatter, InlineText
        from rich.text import Text

        for entry in panel.entries:
            said = entry.description
            if isinstance(said, InlineText) and isinstance(said.primary_renderable, Text):
                said.primary_renderable = Text(" ".join(said.primary_renderable.plain.split()))
        DefaultFormatter()(console, options, panel)

    def render_usage(self, console: "Console", options: "ConsoleOptions", usage: "RenderableType") -> None:
        from cyclopts.help import DefaultFormatter

        DefaultFormatter().render_usage(console, options, usage)

    def render_description(self, console: "Console", options: "ConsoleOptions", description: "RenderableType") -> None:
        from cyclopts.help import DefaultFormatter

        DefaultFormatter().render_description(console, options, description)


app = App(
    name="seasoned",
    help="The learning layer for AI agents: traces in, checked skills and a better prompt out.",
    version=lambda: version("seasoned"),
    help_format="plaintext",
    help_formatter=_Help(),
    suppress_keyboard_interrupt=False,
    # A switch that is off by default needs no second switch to turn it off.
    default_parameter=Parameter(negative=(), show_default=_shown_default),
    help_epilogue="Settings: flags, then SEASONED_* variables, then ./seasoned.toml, then your own seasoned.toml.",
)
app.command("seasoned.cli.demo:demo", name="demo", help="Run the whole loop on bundled real traces: offline, no key.")
app.command("seasoned.cli.learn:learn", name="learn", help="Learn from traces: patterns, and with a model skills.")
app.command("seasoned.cli.learners:learners", name="learners", help="List the learners, their settings and sources.")
app.command("seasoned.cli.review:review", name="review", help="Decide on proposed skills, the most valuable first.")
app.command("seasoned.api.serve:serve", name="serve", help="Receive agents' traces and feedback, hand out prompts.")
app.command("seasoned.cli.doctor:doctor", name="doctor", help="Check that all is there and works; --model asks one.")
app.command("seasoned.cli.audit:audit", name="audit", help="List what people and policies did.")

traces = App(name="traces", help="Import and look at traces.")
traces.command("seasoned.cli.traces:import_", name="import", help="Read trace files into the store.")
traces.command("seasoned.cli.traces:detect", name="detect", help="Say which format files are in, and why.")
traces.command("seasoned.cli.traces:list_traces", name="list", help="List the traces of the store, filtered.")
traces.command("seasoned.cli.traces:search", name="search", help="Find runs by the words in them.")
traces.command("seasoned.cli.show:show", name="show", help="Show one run step by step.")
traces.command("seasoned.cli.stats:stats", name="stats", help="Count runs, verdicts, steps, tools and cost.")
traces.command("seasoned.cli.label:label", name="label", help="Say how runs ended, by hand or from a CSV file.")
traces.command("seasoned.cli.traces:delete", name="delete", help="Delete runs on request, with all of their text.")
app.command(traces)

LOOK, WRITE, DECIDE, RATE, HISTORY, EXCHANGE = (
    Group(name, sort_key=place)
    for place, name in enumerate(("Look", "Write", "Decide", "How skills do", "History and branches", "In and out"))
)
skills = App(name="skills", help="Look at skills, decide on them, and keep their history.")
skills.command("seasoned.cli.skills:list_skills", name="list", group=LOOK, help="List the skills of a skillbook.")
skills.command("seasoned.cli.skills:show", name="show", group=LOOK, help="Show one skill with its evidence in context.")
skills.command("seasoned.cli.writing:add", name="add", group=WRITE, help="Add a skill by hand.")
skills.command("seasoned.cli.writing:edit", name="edit", group=WRITE, help="Reword a skill, or say where it applies.")
skills.command(
    "seasoned.cli.deciding:approve", name="approve", group=DECIDE, help="Let proposals into compiled prompts."
)
skills.command("seasoned.cli.deciding:reject", name="reject", group=DECIDE, help="Turn proposals down, with a reason.")
skills.command(
    "seasoned.cli.deciding:retire", name="retire", group=DECIDE, help="Take approved skills out of compiled prompts."
)
skills.command(
    "seasoned.cli.deciding:remove", name="remove", group=WRITE, help="Propose that skills go, for a reviewer to decide."
)
skills.command("seasoned.cli.deciding:restore", name="restore", group=DECIDE, help="Take the last verdict back.")
skills.command("seasoned.cli.deciding:undo", name="undo", group=DECIDE, help="Take back what you did last.")
skills.command("seasoned.cli.deciding:assign", name="assign", group=DECIDE, help="Say who is to decide on skills.")
skills.command(
    "seasoned.cli.exchange:export", name="export", group=EXCHANGE, help="Write a skillbook out, in a choice of formats."
)
skills.command(
    "seasoned.cli.exchange:import_", name="import", group=EXCHANGE, help="Bring skills in from a file or a folder."
)
skills.command(
    "seasoned.cli.rating:vote", name="vote", group=RATE, help="Say how a skill did, in one run or on the whole."
)
skills.command(
    "seasoned.cli.rating:judge", name="judge", group=RATE, help="Ask a model how skills did in runs that had them."
)
skills.command(
    "seasoned.cli.keeping:keep", name="keep", group=RATE, help="Say in which share of runs skills are kept, or list it."
)
skills.command(
    "seasoned.cli.backtest:backtest_",
    name="backtest",
    group=RATE,
    help="Look back: how past runs that met a skill's condition ended.",
)
skills.command(
    "seasoned.cli.backtest:condition",
    name="condition",
    group=RATE,
    help="Let a model word a skill's condition as code.",
)
skills.command(
    "seasoned.cli.rating:stale", name="stale", group=RATE, help="Find skills that no longer help or apply, and why."
)
skills.command(
    "seasoned.cli.history:log", name="log", group=HISTORY, help="List what happened to a skillbook or a skill."
)
skills.command("seasoned.cli.history:diff", name="diff", group=HISTORY, help="Show what differs between two revisions.")
skills.command(
    "seasoned.cli.history:blame_", name="blame", group=HISTORY, help="Show where each part of a skill is from."
)
skills.command(
    "seasoned.cli.history:rollback", name="rollback", group=HISTORY, help="Make a book or a skill what it was."
)
skills.command("seasoned.cli.history:tag", name="tag", group=HISTORY, help="Give a revision a name.")
skills.command("seasoned.cli.history:tags", name="tags", group=HISTORY, help="List the tags of a skillbook.")
skills.command(
    "seasoned.cli.branching:branch",
    name="branch",
    group=HISTORY,
    help="Begin a skillbook that shares this one's history.",
)
skills.command(
    "seasoned.cli.branching:branches", name="branches", group=HISTORY, help="List the skillbooks and their branches."
)
skills.command(
    "seasoned.cli.branching:merge", name="merge", group=HISTORY, help="Bring what a branch did into a skillbook."
)
skills.command(
    "seasoned.cli.transferring:transfer",
    name="transfer",
    group=EXCHANGE,
    help="Word another skillbook's skills for this one's work.",
)
app.command(skills)

FILL = """Propose the runs that went well, by policy.

What is proposed waits for `seasoned exemplars approve`. Filling again from the same runs adds nothing."""
exemplars = App(name="exemplars", help="Keep good runs as examples, and decide which agents may be shown.")
exemplars.command("seasoned.cli.exemplars:fill", name="fill", help=FILL)
exemplars.command("seasoned.cli.exemplars:add", name="add", help="Propose a run, or some steps of one, by hand.")
exemplars.command(
    "seasoned.cli.exemplars:list_exemplars", name="list", help="List the exemplars of a skillbook's bank."
)
exemplars.command("seasoned.cli.exemplars:show", name="show", help="Show one exemplar with its steps.")
exemplars.command("seasoned.cli.showing:for_", name="for", help="Print the examples to show an agent for one task.")
exemplars.command("seasoned.cli.exemplar_verdicts:approve", name="approve", help="Let exemplars be shown to agents.")
exemplars.command("seasoned.cli.exemplar_verdicts:reject", name="reject", help="Turn proposals down, with a reason.")
exemplars.command("seasoned.cli.exemplar_verdicts:retire", name="retire", help="Show approved exemplars no more.")
exemplars.command("seasoned.cli.exemplar_verdicts:restore", name="restore", help="Take the last verdict back.")
exemplars.command("seasoned.cli.embedding:embed", name="embed", help="Make the vectors that find exemplars by meaning.")
app.command(exemplars)

policy = App(name="policy", help="Rules of review: who must approve what.")
policy.command("seasoned.cli.policy:show", name="show", help="Print the skillbook's rules as TOML.")
policy.command("seasoned.cli.policy:set_", name="set", help="Give the skillbook the rules of a TOML file.")
policy.command("seasoned.cli.policy:check", name="check", help="Say what the rules of a TOML file would do.")
policy.command("seasoned.cli.policy:apply", name="apply", help="Approve what the rules let the policy approve.")
app.command(policy)

prompt = App(name="prompt", help="Compile approved skills into a prompt.")
prompt.command("seasoned.cli.prompt:compile_", name="compile", help="Compile the approved skills within a budget.")
prompt.command("seasoned.cli.prompt:list_prompts", name="list", help="List the compiled prompts.")
prompt.command("seasoned.cli.prompt:show", name="show", help="Show a compiled prompt and what each skill costs.")
prompt.command("seasoned.cli.prompt:diff", name="diff", help="Show what changed between two prompts.")
prompt.command("seasoned.cli.labels:promote", name="promote", help="Let a label point at a prompt.")
prompt.command("seasoned.cli.labels:rollback", name="rollback", help="Let a label point where it did before.")
prompt.command("seasoned.cli.labels:labels", name="labels", help="List the labels, or every move of them.")
prompt.command("seasoned.cli.labels:label", name="label", help="Take a label away.")
prompt.command("seasoned.cli.canary:canary", name="canary", help="Show how canaries do, end one, promote one.")
prompt.command("seasoned.cli.pulling:pull", name="pull", help="Fetch the prompt that a label points at.")
app.command(prompt)

reflections = App(name="reflections", help="Plans for the next attempts at single tasks.")
reflections.command("seasoned.cli.reflections:list_reflections", name="list", help="List the reflections.")
reflections.command("seasoned.cli.reflections:show", name="show", help="Show one reflection and where it is from.")
reflections.command(
    "seasoned.cli.reflections:for_", name="for", help="Print what to hand an agent on its next attempt."
)
app.command(reflections)

COMPARE = """Compare recorded runs, paired by task.

Exit code 0: every other arm is shown to be no worse than the baseline by --margin, and every anchor holds.
Exit code 1: one is worse, or that is not shown."""
RUN_ = """Let an agent work the tasks of a suite, and grade every trial.

Asked for again, an interrupted evaluation goes on where it was. Exit code 0: all trials are done. Exit code 1: a limit,
a provider or a grader cut some of them off."""
evaluation = App(name="eval", help="Measure whether agents got better.")
evaluation.command("seasoned.cli.eval.compare:compare_", name="compare", help=COMPARE)
evaluation.command(
    "seasoned.cli.eval.comparisons:list_", name="comparisons", help="List comparisons of prompts on record."
)
anchors = App(name="anchors", help="Tasks on which a prompt must not do worse than the one before it.")
anchors.command("seasoned.cli.eval.anchors:add", name="add", help="Make tasks anchors.")
anchors.command("seasoned.cli.eval.anchors:remove", name="remove", help="Let tasks be anchors no more.")
anchors.command("seasoned.cli.eval.anchors:list_", name="list", help="List the tasks that must not regress.")
evaluation.command(anchors)
evaluation.command(
    "seasoned.cli.eval.agreement:agreement_",
    name="agreement",
    help="Say how far a judge agrees with people and verifiers.",
)
evaluation.command(
    "seasoned.cli.eval.grade:grade", name="grade", help="Let a model or another grader say how stored runs ended."
)
evaluation.command(
    "seasoned.cli.eval.uplift:uplift_",
    name="uplift",
    help="Tell what each skill does, from runs that had it by chance.",
)
TRACES = """Measure recorded runs by themselves: no agent is run, no model asked, nothing stored.

Exit code 1: nobody has said of any run how it ended."""
evaluation.command("seasoned.cli.eval.traces:traces", name="traces", help=TRACES)
evaluation.command(
    "seasoned.cli.eval.suites:suites", name="suites", help="List the suites, or say what one of them has."
)
evaluation.command("seasoned.cli.eval.run:run", name="run", help=RUN_)
app.command(evaluation)

runs = App(name="runs", help="What our jobs did and what they spent.")
runs.command("seasoned.cli.runs:list_runs", name="list", help="List the runs.")
runs.command("seasoned.cli.runs:show", name="show", help="Tell the story of a run.")
app.command(runs)

db = App(name="db", help="Look after the store: check, back up, restore, move.")
db.command("seasoned.cli.db:status", name="status", help="Say where the store is, its version and its size.")
db.command("seasoned.cli.db:check", name="check", help="Check that everything in the store is as it should be.")
db.command("seasoned.cli.db:upgrade", name="upgrade", help="Bring the store to this release's schema.")
db.command("seasoned.cli.db:backup", name="backup", help="Write the whole store into one file.")
db.command("seasoned.cli.db:restore", name="restore", help="Bring a backup back into a new store.")
db.command("seasoned.cli.db:move", name="move", help="Copy the store into another database, SQLite or PostgreSQL.")
app.command(db)


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit.

    Args:
        arguments: Words after `seasoned`; None takes them from the process.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a character gets its code instead of an error.
            stream.reconfigure(errors="backslashreplace")
    try:
        app(arguments)
    except SeasonedError as error:
        from seasoned.cli.output import show_error

        show_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted; what was finished is stored, and the same command goes on from there\n")
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output has left, as `head` does; writing on at exit would raise again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


if __name__ == "__main__":
    main()
