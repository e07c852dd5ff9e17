"""What a large skillbook costs: `uv run python benchmarks/skillbook.py [--quick] [--json]`.

A book of made-up skills, the same every time, about 25 words each in 8 sections, each proposed by a learner with one
piece of evidence and then approved: two events a skill. Every size is measured by a process of its own, on a store on
disk.

    add_per_s           operations a second through `store.books.append`, 500 at a time
    add_one_ms          the median of one operation alone, into a book of that size
    fold_per_s          events folded a second, the first 20,000 of them
    read_ms             the book read from the store
    index_ms            a SkillIndex built, once for a revision
    query_ms            the skills nearest to a task found in it
    compile_all_ms      a prompt of 4,000 tokens; compile_top_ms of the 50 most valuable, compile_relevant_ms of the 50
                        nearest to a task, the query included, given the index
    diff_ms             the difference of two prompts of 4,000 tokens, of which one skill was reworded
    book_diff_ms        the difference of two revisions of the book, of which 1 skill in 100 was reworded
    file_mb, rss_mb     the store's file, and the peak resident memory of the process

What adds is timed by the clock, all else by the processor, the best of several, so that a busy machine counts little.
`growth` is the slope of each figure over the number of skills, both as logarithms: 1 is linear. `prefix_share` says how
much of a new prompt's text, in the median and in the worst case over all positions, is the beginning of the one before
it when one of 100 skills changes, for our renderings and for other orders; `order_tokens` what 100 skills take in each.

`--quick` stops at 1,000 skills. The last line printed is one JSON object; progress goes to standard error.
"""

import argparse
import json
import math
import os
import platform
import random
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from seasoned.compile.compiler import compile_prompt
from seasoned.compile.config import CompileConfig
from seasoned.compile.diff import diff_prompts
from seasoned.compile.render import item, section_heading
from seasoned.compile.renderings import COMPACT, MARKDOWN, XML
from seasoned.compile.tokens import ESTIMATE
from seasoned.compile.value import birth, rank
from seasoned.core.bookdiff import diff_books
from seasoned.core.finding import Evidence
from seasoned.core.operation import Author, Operation, skill_id
from seasoned.core.prompt import Selection
from seasoned.core.skill import Decision, Skill, Wording
from seasoned.core.skillbook import Skillbook, fold
from seasoned.retrieve.skill_index import SkillIndex
from seasoned.store.store import Store

SIZES = (100, 1_000, 10_000, 100_000)
BATCH = 500
N_ONE_BY_ONE = 50
MAX_FOLDED = 20_000
BUDGET_TOKENS = 4_000
N_SELECTED = 50
ROUND = 32
"""Births after which the order `rounds` begins its sections anew."""
SECTIONS = ("refunds", "orders", "flights", "payment", "identity", "tone", "tools", "handoff")
TASK = "When a customer asks for a refund of a damaged item after the window is over, which policy holds?"
BASE = "You are the desk agent of a shop. Look before you answer."
LEARNER = Author(kind="learner", name="recursive")
PERSON = Author(kind="person", name="ada")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
WORDS = re.findall(
    r"\w+",
    "customer refund order window check ask date policy tool call get_order confirm cancel flight baggage price seat "
    "upgrade payment card gift address return exchange item delivered late damaged status note agent user look "
    "carefully before after never always parcel depot number receipt invoice voucher balance region delay airport",
)


def wording(rng: random.Random, number: int) -> str:
    """A made-up skill; the number keeps it from being another one's."""
    trigger, work = " ".join(rng.choices(WORDS, k=7)), " ".join(rng.choices(WORDS, k=16))
    return f"When {trigger} is case {number}, {work}."


def operations(n_skills: int) -> Iterator[Operation]:
    """Each skill proposed, then approved."""
    rng = random.Random(n_skills)  # noqa: S311 - made-up text
    for number in range(n_skills):
        text = wording(rng, number)
        quote = Evidence(trace_id=f"trace-{number % 997:016x}", step=3, start=0, end=40, quote=text[:40])
        added = Operation(
            kind="ADD",
            skill_id=skill_id(text),
            author=LEARNER,
            text=text,
            reason="Runs without it failed.",
            section=rng.choice(SECTIONS),
            evidence=(quote,),
            confidence=round(rng.random(), 2),
        )
        yield added
        yield Operation(kind="APPROVE", skill_id=added.skill_id, author=PERSON)


# One size, in a process of its own ---------------------------------------------------------------------------------


def best_ms(work: Callable[[], object], n_times: int = 5) -> float:
    """The best of several processor times."""
    times: list[float] = []
    for _ in range(n_times):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return round(min(times) * 1000, 2)


def measured(n_skills: int) -> dict[str, float]:
    """All figures of one size."""
    n_times = 3 if n_skills > 10_000 else 5
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "store.db")
        with Store(path) as store:
            add_per_s = added(store, n_skills)
            events = list(store.books.events("bench", up_to=min(2 * n_skills, MAX_FOLDED)))
            fold_per_s = round(len(events) / best_ms(lambda: fold("bench", events), 1) * 1000)
            events.clear()
            read_ms = best_ms(lambda: store.books.read("bench"), n_times)
            add_one_ms = one_by_one(store, n_skills)
            book = store.books.read("bench")
        figures = {
            "n_skills": n_skills,
            "add_per_s": add_per_s,
            "add_one_ms": add_one_ms,
            "fold_per_s": fold_per_s,
            "read_ms": read_ms,
            **compiled(book, n_times),
            "file_mb": round(sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6, 2),
        }
    figures["rss_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    return figures


def added(store: Store, n_skills: int) -> int:
    """Operations applied a second, in batches, on the clock."""
    planned, n_operations, took_s = operations(n_skills), 0, 0.0
    while batch := list(islice(planned, BATCH)):
        began = time.perf_counter()
        store.books.append("bench", batch, scope="bench")
        took_s += time.perf_counter() - began
        n_operations += len(batch)
    return round(n_operations / took_s)


def one_by_one(store: Store, n_skills: int) -> float:
    """The median time of one operation alone."""
    rng = random.Random(-n_skills)  # noqa: S311 - made-up text
    times: list[float] = []
    for number in range(N_ONE_BY_ONE):
        text = wording(rng, n_skills + number)
        add = Operation(kind="ADD", skill_id=skill_id(text), author=PERSON, text=text)
        began = time.perf_counter()
        store.books.append("bench", [add], scope="one")
        times.append(time.perf_counter() - began)
    return round(statistics.median(times) * 1000, 2)


def compiled(book: Skillbook, n_times: int) -> dict[str, float]:
    """What searching and compiling take."""
    index = SkillIndex(book)
    configs = {
        "all": CompileConfig(),
        "top": CompileConfig(selection=Selection(kind="top", n=N_SELECTED)),
        "relevant": CompileConfig(selection=Selection(kind="relevant", n=N_SELECTED, task=TASK)),
    }
    times = {
        f"compile_{name}_ms": best_ms(
            lambda config=config: compile_prompt(book, BASE, budget_tokens=BUDGET_TOKENS, config=config, index=index),
            n_times,
        )
        for name, config in configs.items()
    }
    before = compile_prompt(book, BASE, budget_tokens=BUDGET_TOKENS)
    some = book.skills[before.included[len(before.included) // 2].skill_id]
    reworded = some.model_copy(update={"text": f"{some.text} Then look again."})
    later = book.model_copy(update={"skills": {**book.skills, some.id: reworded}})
    after = compile_prompt(later, BASE, budget_tokens=BUDGET_TOKENS)
    # As two readings of the store are: no value of one is the same object in the other.
    other = _reworded(book.model_copy(deep=True))
    return {
        "index_ms": best_ms(lambda: SkillIndex(book), n_times),
        "query_ms": best_ms(lambda: index.nearest(TASK, N_SELECTED, book.skills), n_times),
        **times,
        "diff_ms": best_ms(lambda: diff_prompts(before, after), n_times),
        "book_diff_ms": best_ms(lambda: diff_books(book, other), n_times),
    }


def _reworded(book: Skillbook) -> Skillbook:
    """The book with another wording of 1 skill in 100."""
    skills = dict(book.skills)
    for skill in list(skills.values())[::100]:
        skills[skill.id] = skill.model_copy(update={"text": f"{skill.text} Say why."})
    return book.model_copy(update={"skills": skills})


def growth(sizes: Sequence[dict[str, float]], name: str) -> float:
    """The slope of a figure over the number of skills, both as logarithms, by least squares."""
    points = [(math.log(size["n_skills"]), math.log(max(size[name], 1e-3))) for size in sizes]
    mean_x, mean_y = (statistics.fmean(axis) for axis in zip(*points, strict=True))
    return round(sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points), 2)


# The order, and what a change leaves of the text before it ---------------------------------------------------------

Order = Callable[[Iterable[Skill]], str]


def by_our(rendering: str) -> Order:
    """The compiler's own text."""
    config = CompileConfig(rendering={"markdown": MARKDOWN, "xml": XML, "compact": COMPACT}[rendering])

    def text(skills: Iterable[Skill]) -> str:
        book = Skillbook(name="bench", skills={skill.id: skill for skill in skills})
        return compile_prompt(book, "", budget_tokens=1_000_000, config=config).text

    return text


def in_rounds(size: int) -> Order:
    """Sections that begin anew after so many births, so that a new skill moves at most the last round."""

    def text(skills: Iterable[Skill]) -> str:
        parts: list[str] = [MARKDOWN.opening]
        rounds: dict[int, list[Skill]] = {}
        for skill in sorted(skills, key=birth):
            rounds.setdefault((skill.born.revision - 1) // size, []).append(skill)
        for each in rounds.values():
            parts += headed(sorted(each, key=lambda skill: (SECTIONS.index(skill.section), birth(skill))))
        return "".join(parts)

    return text


def sorted_by(key: Callable[[Skill], object]) -> Order:
    """Sections by name, as most tools have them, and the skills of each by some key."""

    def text(skills: Iterable[Skill]) -> str:
        ordered = sorted(skills, key=lambda skill: (skill.section, key(skill)))
        return "".join([MARKDOWN.opening, *headed(ordered)])

    return text


def headed(skills: Iterable[Skill]) -> list[str]:
    """The skills with a heading wherever the section changes."""
    parts: list[str] = []
    last = ""
    for skill in skills:
        parts.append((section_heading(skill.section) if skill.section != last else "") + item(skill.text))
        last = skill.section
    return parts


ORDERS: dict[str, Order] = {
    "markdown": by_our("markdown"),
    "xml": by_our("xml"),
    "compact": by_our("compact"),
    f"rounds of {ROUND}": in_rounds(ROUND),
    "a heading at every change": in_rounds(1),
    "by value": sorted_by(lambda skill: rank(skill, {})),
    "alphabetical": sorted_by(lambda skill: skill.text.casefold()),
}
"""The first three are ours."""


def made(number: int, text: str, section: str, confidence: float) -> Skill:
    """An approved skill, without a log behind it."""
    return Skill(
        id=f"skill-{number:016x}",
        text=text,
        section=section,
        status="approved",
        confidence=confidence,
        wordings=(Wording(revision=number + 1, text=text, reason="", author=LEARNER, at=NOON),),
        decisions=(approved(number + 1),),
    )


def approved(revision: int) -> Decision:
    """A person's approval."""
    return Decision(revision=revision, kind="APPROVE", author=PERSON, at=NOON)


def prefix_shares(n_skills: int = 100) -> dict[str, dict[str, dict[str, float]]]:
    """By order and kind of change, how much of a new prompt the one before it begins with: the median and the worst."""
    rng = random.Random(7)  # noqa: S311 - made-up text
    skills = [
        made(number, wording(rng, number), rng.choice(SECTIONS), round(rng.random(), 2)) for number in range(n_skills)
    ]
    extra = made(n_skills, wording(rng, n_skills), SECTIONS[0], 0.5)

    def changes(place: int) -> dict[str, tuple[list[Skill], list[Skill]]]:
        one = skills[place]
        others = [*skills[:place], *skills[place + 1 :]]
        late = one.model_copy(update={"decisions": (approved(n_skills + 2),)})
        reworded = one.model_copy(update={"text": f"When it is so, {one.text[5:]}"})
        added = extra.model_copy(update={"section": one.section, "confidence": one.confidence})
        return {
            "added": (skills, [*skills, added]),
            "reworded": (skills, [*skills[:place], reworded, *skills[place + 1 :]]),
            "retired": (skills, others),
            "approved": (others, [*skills[:place], late, *skills[place + 1 :]]),
        }

    found: dict[str, dict[str, dict[str, float]]] = {}
    for name, order in ORDERS.items():
        shares: dict[str, list[float]] = {}
        for place in range(n_skills):
            for kind, (before, after) in changes(place).items():
                shares.setdefault(kind, []).append(common(order(before), order(after)))
        found[name] = {
            kind: {"median": round(statistics.median(all_of), 3), "worst": round(min(all_of), 3)}
            for kind, all_of in shares.items()
        }
    return found


def common(before: str, after: str) -> float:
    """Bytes that both begin with, as a share of the second."""
    one, other = before.encode(), after.encode()
    return next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    ) / len(other)


def order_tokens() -> dict[str, int]:
    """The estimated tokens of 100 skills in each order."""
    rng = random.Random(7)  # noqa: S311 - made-up text
    skills = [made(number, wording(rng, number), rng.choice(SECTIONS), 0.5) for number in range(100)]
    return {name: ESTIMATE.count(order(skills)) for name, order in ORDERS.items()}


# The whole -----------------------------------------------------------------------------------------------------------


def main() -> None:
    """Measure every size and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="stop at 1,000 skills")
    parser.add_argument("--json", action="store_true", help="only the last line")
    parser.add_argument("--up-to", type=int, default=max(SIZES), help="stop at so many skills")
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.size:
        print(json.dumps(measured(options.size)))
        return
    sizes: list[dict[str, float]] = []
    most = min(options.up_to, 1_000) if options.quick else options.up_to
    for size in (each for each in SIZES if each <= most):
        print(f"{size:,} skills …", file=sys.stderr)
        done = subprocess.run([sys.executable, __file__, "--size", str(size)], check=True, capture_output=True)  # noqa: S603
        sizes.append(json.loads(done.stdout))
    names = [name for name in sizes[0] if name != "n_skills"]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    figures = {
        "machine": machine,
        "sizes": sizes,
        "growth": {name: growth(sizes, name) for name in names},
        "prefix_share": prefix_shares(),
        "order_tokens": order_tokens(),
    }
    if not options.json:
        show(machine, sizes, names)
    print(json.dumps(figures))


def show(machine: str, sizes: Sequence[dict[str, float]], names: Sequence[str]) -> None:
    """The figures for a person."""
    print(machine)
    print(f"{'':22}" + "".join(f"{size['n_skills']:>12,.0f}" for size in sizes) + f"{'growth':>9}")
    for name in names:
        print(f"{name:22}" + "".join(f"{size[name]:>12,.2f}" for size in sizes) + f"{growth(sizes, name):>9.2f}")


if __name__ == "__main__":
    main()
