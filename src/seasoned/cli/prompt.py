"""`seasoned prompt`: compile approved skills into a prompt, look at it, compare two."""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number
from pydantic import JsonValue
from rich.text import Text

from seasoned.cli.compiling import CompileOptions, cases_of, config_of, contradiction_error, index_of
from seasoned.cli.output import emit_json, emit_table, emit_text, note, out, safe, say, write_text
from seasoned.cli.place import Place, book_at, opened, require_book
from seasoned.cli.which_prompt import label_names, latest_prompt, named_prompt
from seasoned.compile.compiler import compile_prompt
from seasoned.compile.diff import diff_prompts
from seasoned.compile.tokens import ESTIMATE
from seasoned.core.prompt import Prompt, SkippedSkill
from seasoned.core.text import plural
from seasoned.curate.rates import rates_of
from seasoned.errors import UsageError, boundary
from seasoned.pipeline.compiling import keep
from seasoned.store.books.tags import HEAD

MAX_SKIPPED = 20
"""So many skills that were left out are shown one by one."""
MAX_SKIPPED_OF_MANY = 3
"""For each reason, where there are more."""

DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def compile_(
    *,
    base: Annotated[Path | None, Parameter(allow_leading_hyphen=True)] = None,
    budget: Annotated[int | None, Parameter(validator=Number(gte=1))] = None,
    at: str = HEAD,
    output: Path | None = None,
    json: bool = False,
    options: CompileOptions | None = None,
    place: Place | None = None,
) -> None:
    """Compile the approved skills onto a base prompt and keep the result; the prompt goes to standard output.

    Args:
        base: File with the prompt that the skills are appended to; "-" reads standard input; without it there is none.
        budget: Upper bound on the whole prompt, in tokens; without it SEASONED_BUDGET_TOKENS, then 4000.
        at: The skillbook as it was at a revision: a number, `head~3`, a tag, a day or time.
        output: File to write the prompt to instead of standard output.
        json: Print one JSON document: the prompt, each skill's cost, and what was left out and why.
        options: What the prompt is for, which skills come into question and how it looks.
        place: Where to look.
    """
    options = options or CompileOptions()
    with opened(place) as here:
        require_book(here)
        book = book_at(here, at)
        rates = {i: rate.mean for i, rate in rates_of(here.store, book).items() if rate.n}
        config, index = config_of(options, rates, cases_of(options, here)), index_of(options, book, here.settings)
        most = budget or here.settings.budget_tokens
        prompt = compile_prompt(book, _read(base), budget_tokens=most, config=config, index=index)
        if options.strict and prompt.conflicts:
            raise contradiction_error(prompt)
        if output is not None:
            with boundary(UsageError, "the prompt cannot be written", where=str(output)):
                write_text(output, prompt.text)
        prompt = keep(here.store, prompt)
    if json:
        emit_json({"id": prompt.id, **prompt.model_dump(mode="json")})
    elif output is None:
        emit_text(prompt.text)
    report(prompt)


def list_prompts(*, json: bool = False, place: Place | None = None) -> None:
    """List the compiled prompts, oldest first.

    Args:
        json: Print one JSON document.
        place: Where to look.
    """
    with opened(place) as here:
        prompts = here.store.prompts.all()
        labels = label_names(here)
    if json:
        documents: list[JsonValue] = [
            {"id": p.id, "labels": [*labels.get(p.id, ())], **p.model_dump(mode="json")} for p in prompts
        ]
        emit_json({"prompts": documents})
        return
    rows = [
        (
            p.id,
            p.book,
            str(p.revision),
            str(len(p.included)),
            f"{p.n_tokens} of {p.budget_tokens}",
            ", ".join(labels.get(p.id, [])),
        )
        for p in prompts
    ]
    emit_table(
        ("id", "skillbook", "#revision", "#skills", "#tokens", "labels"),
        rows,
        empty="No prompts yet. `seasoned prompt compile` makes one.",
    )


def show(prompt: str, /, *, json: bool = False, place: Place | None = None) -> None:
    """Show one compiled prompt and what each skill in it costs.

    Args:
        prompt: The prompt's id, or enough of its beginning, or a label of the skillbook.
        json: Print one JSON document.
        place: Where to look.
    """
    with opened(place) as here:
        found = named_prompt(here, prompt)
    if json:
        emit_json({"id": found.id, **found.model_dump(mode="json")})
        return
    out.print(safe(found.text))
    report(found)


def diff(old: str = "", new: str = "", /, *, place: Place | None = None) -> None:
    """Show what changed between two prompts, by skill and as text.

    Args:
        old: The older prompt's id or label; without it the base prompt of the newer one, without any skill.
        new: The newer prompt's id or label; without it the latest.
        place: Where to look.
    """
    with opened(place) as here:
        after = named_prompt(here, new) if new else latest_prompt(here)
        before = named_prompt(here, old) if old else bare(after)
    print_diff(before, after)


def bare(prompt: Prompt) -> Prompt:
    """The same prompt without any skill or example."""
    text = prompt.text_without_skills
    changes = {"text": text, "block": (len(text), len(text)), "included": (), "skipped": (), "conflicts": ()}
    changes |= {"examples": (), "skipped_examples": (), "examples_block": None}
    counted = {"n_tokens": ESTIMATE.count(text), "tokenizer": ESTIMATE.name, "is_placebo": False}
    return prompt.model_copy(update=changes | counted)


def print_diff(before: Prompt, after: Prompt) -> None:
    """The difference of two prompts in colours."""
    text = diff_prompts(before, after)
    if not text:
        note("The two prompts are the same.")
    for line in text.splitlines():
        out.print(safe(line, DIFF_STYLES.get(line[:1], "")), soft_wrap=not out.is_terminal)


def report(prompt: Prompt) -> None:
    """What each skill costs, what contradicts what, and what was left out and why, on standard error."""
    tokens = f"{prompt.n_tokens} of {prompt.budget_tokens} tokens ({prompt.tokenizer})"
    what = "neutral item" if prompt.is_placebo else "skill"
    held = [plural(len(prompt.included), what), *([plural(len(prompt.examples), "example")] if prompt.examples else [])]
    say(safe(f"{prompt.id}: {', '.join(held)}, {tokens}, revision {prompt.revision}", "bold"))
    for cost in prompt.included:
        say(safe(f"  line {cost.line:>4}  {cost.n_tokens:>5} tokens  {cost.skill_id}"))
    for example in prompt.examples:
        say(safe(f"  line {example.line:>4}  {example.n_tokens:>5} tokens  {example.exemplar_id}"))
    _report_skipped(prompt.skipped)
    for left_out in prompt.skipped_examples:
        say(Text("  left out  ", "dim") + safe(f"{left_out.exemplar_id}: {left_out.reason}, {left_out.detail}"))
    for pair in prompt.conflicts:
        words = f"{pair.skill_id} and {pair.other_id}" + (f": {pair.reason}" if pair.reason else "")
        say(Text("  contradict each other  ", "yellow") + safe(words))
    if prompt.is_placebo:
        note("A placebo: neutral text of the same length. It is there to be measured against and is never promoted.")
    if not prompt.included and prompt.examples:
        note("No approved skill: the prompt holds examples alone. `seasoned review` approves skills.")
    elif not prompt.included:
        note("No approved skill: the prompt is the base prompt. `seasoned review` approves skills.")


def _report_skipped(skipped: Sequence[SkippedSkill]) -> None:
    """All that was left out, or of many the first of each reason and how many there are."""
    counts = Counter(each.reason for each in skipped)
    shown: Counter[str] = Counter()
    for each in skipped:
        shown[each.reason] += 1
        if len(skipped) <= MAX_SKIPPED or shown[each.reason] <= MAX_SKIPPED_OF_MANY:
            say(Text("  left out  ", "dim") + safe(f"{each.skill_id}: {each.reason}, {each.detail}"))
    if len(skipped) > MAX_SKIPPED:
        note(f"  {len(skipped):,} left out: " + ", ".join(f"{n:,} {reason}" for reason, n in counts.items()))
        note("  --json lists all of them.")


def _read(base: Path | None) -> str:
    if base is None:
        return ""
    with boundary(UsageError, "the base prompt cannot be read", where=str(base)):
        return sys.stdin.read() if str(base) == "-" else base.read_text(encoding="utf-8")
