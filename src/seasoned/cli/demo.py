"""`seasoned demo`: the whole loop on bundled recordings, offline and without a key."""

from importlib.resources import as_file, files
from pathlib import Path

from rich.rule import Rule
from rich.text import Text

from seasoned.cli.eval.arms import arms_as_named
from seasoned.cli.eval.compare import compared
from seasoned.cli.eval.report import print_verdict
from seasoned.cli.imports import ReadOptions, import_with_progress, print_import
from seasoned.cli.learned import learn_with_progress, print_learned, print_patterns
from seasoned.cli.output import err, note, out, safe, say
from seasoned.cli.place import Open, Place, opened
from seasoned.cli.progress import learning
from seasoned.cli.prompt import bare, print_diff, report
from seasoned.cli.review import sit
from seasoned.compile.compiler import compile_prompt
from seasoned.core.prompt import Prompt
from seasoned.core.trace import Trace
from seasoned.curate.review.sitting import Review
from seasoned.errors import UsageError
from seasoned.evaluate.agents.model import ModelAgent, ModelAgentConfig
from seasoned.evaluate.compare.comparing import CompareConfig
from seasoned.evaluate.suites import returns_desk
from seasoned.evaluate.suites.registry import chosen, suite_named
from seasoned.ingest.redaction.policy import SECRETS
from seasoned.learn.patterns.find import find_patterns
from seasoned.learn.recursive.config import RecursiveConfig
from seasoned.learn.recursive.learner import RecursiveLearner
from seasoned.llm.budget import Budget
from seasoned.llm.model import Model
from seasoned.llm.recording import ReplayModel
from seasoned.pipeline.evaluating import evaluate_sync
from seasoned.pipeline.evaluation.options import Evaluated, EvaluateOptions
from seasoned.pipeline.given import LearnOptions

DEMO_STORE = Path("seasoned-demo") / "store.db"
RUNS = "runs.jsonl.gz"
REPLIES = "reflector.jsonl.gz"
TICKETS = "desk.jsonl.gz"
EPISODES_AT_ONCE = 3
"""The plan is spread over so many; few episodes with many runs each make a short recording."""


def demo(*, yes: bool = False, place: Place | None = None) -> None:
    """Run the whole loop on bundled real traces: import, patterns, reflector, review, prompt, proof. Offline, no key.

    Args:
        yes: Approve every proposal that carries no warning, instead of asking for each.
        place: Where to leave the result; without --store it is ./seasoned-demo/store.db.
    """
    place = place or Place()
    if place.store is None:
        place = Place(store=str(DEMO_STORE), book=place.book)
    with opened(place, may_create=True) as here:
        traces = _import(here)
        _head("2. Patterns: what a look without any model shows")
        print_patterns(find_patterns(traces))
        _reflect(here, traces)
        _review(here, yes=yes)
        prompt = _compile(here, traces)
        if prompt.included:
            _prove(here, prompt)
    _farewell(place)


def _import(here: Open) -> list[Trace]:
    _head("1. Import: real runs of a small model at a returns desk, failures and all")
    with as_file(files("seasoned.demo") / RUNS) as path:
        # The recorded replies answer to the texts as this policy leaves them, whatever is set.
        imported = import_with_progress(here, [str(path)], ReadOptions(redact=SECRETS.name))
    print_import(imported)
    traces = list(here.store.traces.of(imported.trace_ids))
    models = ", ".join(sorted({t.model for t in traces}))
    passed = sum(t.verdict is True for t in traces)
    note(f"Recorded with {models}: {passed} of {len(traces)} runs solved their ticket.")
    return traces


def _reflect(here: Open, traces: list[Trace]) -> None:
    _head("3. The recursive reflector: a model reads the runs with code, and cites")
    replies = ReplayModel(files("seasoned.demo") / REPLIES, name="demo")
    note(f"The model's replies are a recording, not a live model: {replies.description}")
    note("Its code runs here and now in the sandbox, and every quote is checked against the runs just imported.")
    learner = RecursiveLearner(RecursiveConfig(concurrency=EPISODES_AT_ONCE))
    how = LearnOptions(book=here.book, learner=learner, model=replies, budget=Budget())
    learned = learn_with_progress(here, traces, how)
    print_learned(learned)


def _review(here: Open, *, yes: bool) -> None:
    _head("4. Review: nothing is used that nobody approved")
    review = Review(here.store, here.book)
    if not yes:
        sit(here)
        return
    waiting = review.queue()
    clean = [each.skill.id for each in waiting if not each.skill.taints]
    if clean:
        review.approve_all(clean, reason="seasoned demo --yes")
    note(f"--yes approved {len(clean)} proposals; {len(waiting) - len(clean)} carry a warning and wait for a person.")


def _compile(here: Open, traces: list[Trace]) -> Prompt:
    _head("5. Compile: the approved skills, appended to the agent's own prompt")
    prompt = compile_prompt(
        here.store.books.read(here.book), _base_prompt(traces), budget_tokens=here.settings.budget_tokens
    )
    here.store.prompts.add(prompt)
    print_diff(bare(prompt), prompt)
    report(prompt)
    return prompt


def _prove(here: Open, prompt: Prompt) -> None:
    _head("6. Proof: the same model with both prompts, on tickets that nothing was learned from")
    replies = ReplayModel(files("seasoned.demo") / TICKETS, name="desk")
    note(f"What the model said is a recording: {replies.description}")
    note("The desk, its tools and the grading are run here and now.")
    before = _evaluated(here, replies, (files(returns_desk) / "base_prompt.md").read_text(encoding="utf-8"))
    after = _evaluated(here, replies, prompt)
    if not (before.is_complete and after.is_complete):
        note("The recording knows the prompt of --yes alone. With a model of yours:", "yellow")
        say(safe(f"  seasoned eval run returns_desk --split test --prompt {prompt.id} --model openai:gpt-5"))
        return
    words = f"base={before.run_id}", f"skills={after.run_id}"
    found, told = compared(arms_as_named(words, ReadOptions(), here.settings, here), CompareConfig(), here)
    print_verdict(found.comparisons[0], found)
    for each in told:
        note(each)


def _evaluated(here: Open, model: Model, prompt: Prompt | str) -> Evaluated:
    """The test tickets worked as they were when the model was recorded."""
    config = ModelAgentConfig(max_steps=5, temperature=0.7, max_tokens=160, calls="text")
    suite = suite_named("returns_desk")
    with learning("evaluating", "trials") as tell:
        options = EvaluateOptions(
            suite=suite,
            tasks=chosen(suite, "test"),
            split="test",
            agent=ModelAgent(model, config),
            prompt=prompt,
            trials=2,
            n_retries=0,
            on_progress=tell,
        )
        return evaluate_sync(here.store, options)


def _base_prompt(traces: list[Trace]) -> str:
    """The prompt that the recorded agent had: the first system step of any run."""
    for trace in traces:
        for step in trace.steps:
            if step.kind == "system":
                return step.text
    raise UsageError("the recorded runs have no system prompt", hint="reinstall seasoned; its demo data is damaged")


def _farewell(place: Place) -> None:
    err.print()
    note(f"All of it is in {place.store}. Look closer, with the same store:", "bold")
    for command in ("skills list", "review", "traces list --verdict fail", "runs list", "eval comparisons"):
        say(Text("  seasoned ", "dim") + safe(f"{command} --store {place.store}"))
    note("On your own traces: seasoned learn PATH --model openai:gpt-5")


def _head(text: str) -> None:
    err.print()
    err.print(Rule(safe(text, "bold"), align="left"))
    out.file.flush()
