"""What skills do, from the runs of a store: estimated, written down as counters, and acted upon."""

import random
import uuid
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from seasoned.core.counters import Count
from seasoned.core.operation import Author
from seasoned.core.trace import Task
from seasoned.curate.history import roll_back, rollback_of
from seasoned.evaluate.credit.effects import SkillEffect
from seasoned.pipeline.crediting import KIND, measure, uplift
from seasoned.workspace.book import Book
from seasoned.workspace.workspace import Workspace
from seasoned.workspace.workspace import open as opened
from tests.workspace.building import conversation

TEXTS = tuple(f"When case {case} comes up, check the number {case} twice." for case in "abcd")
TRUE = (0.10, 0.0, -0.10, 0.0)
"""By how much each skill changes the chance to succeed; the last one is in every run."""
N_TASKS = 50


@pytest.fixture
def chance(monkeypatch: pytest.MonkeyPatch) -> random.Random:
    """All that is drawn at random, by one seed: the runs' ids too.

    Of 200 seeds, nine in ten tell an effect of ten points from none after 2,000 runs.
    """
    drawn = random.Random(2)
    ids = SimpleNamespace(uuid4=lambda: uuid.UUID(int=drawn.getrandbits(128)))
    monkeypatch.setattr("seasoned.workspace.live_run.uuid", ids)
    return drawn


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    with opened(":memory:", author="ada", keep_probability=0.5) as made:
        made.store.salt = b"the same in every test"
        yield made


@pytest.fixture
def book(workspace: Workspace) -> Book:
    found = workspace.skillbook("desk")
    found.approve(*(found.add(text) for text in TEXTS))
    found.keep(found.skills()[-1], probability=1.0, reason="safety")
    found.promote("production", found.compile("You are the desk agent."), unproven="reviewed")
    return found


def live_runs(book: Book, n: int, chance: random.Random, effects: tuple[float, ...] = TRUE) -> None:
    """Runs of tasks that are hard and easy, each of which succeeds as the skills that it was handed make it."""
    rates = [min(max(chance.gauss(0.5, 0.15), 0.2), 0.8) for _ in range(N_TASKS)]
    for _ in range(n):
        task = chance.randrange(N_TASKS)
        run = book.run(Task(key=f"task {task}", text=f"Case {task}, please."), label="production")
        rate = rates[task] + sum(effect for effect, text in zip(effects, TEXTS, strict=True) if text in run.prompt)
        run.finish(conversation(run.task), score=float(chance.random() < rate))


def by_text(book: Book, found: tuple[SkillEffect, ...]) -> list[SkillEffect]:
    texts = {skill.id: skill.text for skill in book.skills()}
    return sorted(found, key=lambda each: texts[each.skill_id])


def test_two_thousand_live_runs_show_what_each_skill_does(
    workspace: Workspace, book: Book, chance: random.Random
) -> None:
    live_runs(book, 2_000, chance)
    found = book.uplift()
    assert (found.n_runs, found.n_unjudged) == (2_000, 0)
    helpful, useless, harmful, always = by_text(book, found.skills)
    assert [each.verdict for each in (helpful, useless, harmful, always)] == [
        "helps",
        "not distinguishable",
        "harms",
        "no estimate",
    ]
    assert found.skills[0] == harmful
    for each, true in zip((helpful, useless, harmful), TRUE, strict=False):
        assert each.effect is not None
        assert each.effect.low <= true <= each.effect.high
        assert each.planned is not None
        assert each.planned.low <= true <= each.planned.high
        assert each.planned.high - each.planned.low < each.effect.high - each.effect.low
    assert (always.why, always.n_certain, always.effect) == ("every run has it", 2_000, None)

    measured = measure(workspace.store, "desk")
    (proposed,) = measured.proposed
    assert proposed.skill_id == harmful.skill_id
    read = book.read()
    removal = read.skills[harmful.skill_id].removal
    assert removal is not None
    assert (removal.author.kind, removal.author.name, removal.reason) == ("policy", "uplift", proposed.reason)
    assert "points" in removal.reason
    assert read.skills[harmful.skill_id].status == "approved"
    counters = {i: each.measured for i, each in workspace.store.ratings.counters(read).items()}
    assert counters[useless.skill_id] == Count(neutral=useless.kept.n)
    assert counters[always.skill_id] == Count()
    for each, name in ((helpful, "helpful"), (harmful, "harmful")):
        assert each.effect is not None
        n = round(each.kept.n * abs(each.effect.value))
        assert counters[each.skill_id] == Count.model_validate({name: n, "neutral": each.kept.n - n})


def harming(workspace: Workspace, book: Book, chance: random.Random) -> str:
    """The id of a skill that plainly harms, after enough runs."""
    live_runs(book, 150, chance, (0.0, 0.0, -0.9, 0.0))
    return by_text(book, uplift(workspace.store, "desk").skills)[2].skill_id


def test_to_look_writes_nothing(workspace: Workspace, book: Book, chance: random.Random) -> None:
    skill_id = harming(workspace, book, chance)
    revision = book.revision
    assert uplift(workspace.store, "desk").skills[0].verdict == "harms"
    assert (book.revision, book.read().skills[skill_id].removal) == (revision, None)
    assert all(run.kind != KIND for run in workspace.store.runs.all())


def test_to_measure_again_counts_no_run_twice_and_proposes_nothing_twice(
    workspace: Workspace, book: Book, chance: random.Random
) -> None:
    harming(workspace, book, chance)
    first, again = measure(workspace.store, "desk"), measure(workspace.store, "desk")
    assert (first.was_done, again.was_done) == (False, True)
    assert (again.run_id, again.counts) == (first.run_id, first.counts)
    assert (len(first.proposed), again.proposed) == (1, ())
    live_runs(book, 20, chance)
    later = measure(workspace.store, "desk")
    assert later.run_id != first.run_id
    counters = workspace.store.ratings.counters(book.read())
    for each in later.uplift.skills:
        assert counters[each.skill_id].measured.n == each.kept.n


def test_what_a_person_kept_is_not_proposed_again_until_it_reads_otherwise(
    workspace: Workspace, book: Book, chance: random.Random
) -> None:
    skill_id = harming(workspace, book, chance)
    measure(workspace.store, "desk")
    book.restore(skill_id, reason="it is the law")
    live_runs(book, 10, chance)
    assert measure(workspace.store, "desk").proposed == ()
    assert book.read().skills[skill_id].removal is None


def test_runs_that_were_handed_another_wording_do_not_count(
    workspace: Workspace, book: Book, chance: random.Random
) -> None:
    skill_id = harming(workspace, book, chance)
    book.edit(skill_id, "When case c comes up, do not check.")
    found = {each.skill_id: each for each in book.uplift().skills}[skill_id]
    assert (found.verdict, found.kept.n, found.left_out.n) == ("no estimate", 0, 0)
    book.edit(skill_id, TEXTS[2])
    assert {each.skill_id: each for each in book.uplift().skills}[skill_id].verdict == "harms"


def test_runs_of_a_wording_that_a_rollback_took_back_do_not_count(workspace: Workspace, book: Book) -> None:
    skill = book.skills()[0]
    before = book.revision
    book.edit(skill, "When case a comes up, do not check.")
    for score in (1.0, 0.0):
        book.run("Case 1, please.").finish(conversation(), score=score)
    by = Author(kind="person", name="ada")
    back = rollback_of(workspace.store, book.read(), before, by=by, skill_id=skill.id, reason="it was better")
    roll_back(workspace.store, book.read(), back)
    found = {each.skill_id: each for each in book.uplift().skills}
    other = book.skills()[1].id
    assert (found[skill.id].kept.n + found[skill.id].left_out.n, found[other].kept.n + found[other].left_out.n) == (
        0,
        2,
    )


def test_without_runs_nothing_is_claimed(workspace: Workspace, book: Book) -> None:
    found = book.uplift()
    assert (found.n_runs, {each.verdict for each in found.skills}) == (0, {"no estimate"})
    assert {each.why for each in found.skills} == {"every run has it", "no judged run had it by chance"}
    measured = measure(workspace.store, "desk")
    assert (measured.counts, measured.proposed) == ({}, ())


def test_runs_that_nobody_judged_say_nothing_and_are_counted(workspace: Workspace, book: Book) -> None:
    for score in (None, 1.0, 0.0, None):
        book.run("Case 1, please.", label="production").finish(conversation(), score=score)
    found = book.uplift()
    assert (found.n_runs, found.n_unjudged) == (2, 2)
    assert all(each.n_unjudged == 2 for each in found.skills if each.verdict != "no estimate")


def test_an_empty_book_has_no_effects(workspace: Workspace) -> None:
    assert workspace.skillbook("empty").uplift().skills == ()
