"""Verdicts from a script: on many skills at once, with codes, and taken back."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from seasoned.core.operation import Conflict, skill_id
from seasoned.core.scope import Scope
from seasoned.store.store import Store
from tests.cli.conftest import Command
from tests.make import LEARNER, add, make_evidence, make_trace, verdict

RUNS = [make_trace(("assistant", "I refunded it."), run_key=str(n)) for n in range(3)]
QUOTES = tuple(make_evidence(run, "refunded") for run in RUNS)
PAID, PAID_TOO, LATE = "When paid, check twice.", "When paid twice, pay one back.", "When a parcel is late, ask."
TAINTED, CLASHING = "When paid at shop.com, look.", "When paid, never check."


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Proposals of two sections, one of them tainted, one in conflict."""
    with Store(tmp_path / ".seasoned" / "store.db") as opened:
        operations = [
            add(PAID, QUOTES, LEARNER, "payments"),
            add(PAID_TOO, QUOTES[:1], LEARNER, "Payments").model_copy(update={"scope": Scope(tags=("eu",))}),
            add(LATE, QUOTES[:2], LEARNER, "parcels"),
            add(TAINTED, QUOTES, LEARNER, "payments").model_copy(update={"taints": ("holds an address",)}),
            add(CLASHING, QUOTES, LEARNER, "payments").model_copy(
                update={"conflicts": (Conflict(skill_id=skill_id(PAID)),)}
            ),
        ]
        opened.books.append("default", operations, scope="r")
        yield opened


def standing(store: Store, status: str) -> set[str]:
    return {skill.text for skill in store.books.read("default").skills.values() if skill.status == status}


def test_a_section_is_approved_in_one_step_but_for_what_needs_a_look(store: Store, command: Command) -> None:
    before = store.books.read("default").revision
    done = command("skills", "approve", "--section", "payments", "--reason", "agreed")
    assert standing(store, "approved") == {PAID, PAID_TOO}
    assert f"passed over {skill_id(TAINTED)}: it is tainted (holds an address)" in done.err
    assert f"passed over {skill_id(CLASHING)}: it contradicts {skill_id(PAID)}" in done.err
    assert "2 skills approved, 2 passed over; `seasoned skills undo`" in done.err
    times = {event.at for event in store.books.events("default") if event.revision > before}
    assert len(times) == 1


def test_what_is_named_is_approved_though_it_is_tainted(store: Store, command: Command) -> None:
    command("skills", "approve", skill_id(TAINTED), "--min-runs", "3")
    assert standing(store, "approved") == {PAID, TAINTED}


@pytest.mark.parametrize(
    ("words", "approved"),
    [
        (("--min-runs", "2"), {PAID, LATE}),
        (("--tag", "eu"), {PAID_TOO}),
        (("--section", "payments", "--min-runs", "3"), {PAID}),
        (("--all-shown",), {PAID, PAID_TOO, LATE}),
    ],
    ids=str,
)
def test_a_filter_finds_what_fits_all_of_it(
    store: Store, command: Command, words: tuple[str, ...], approved: set[str]
) -> None:
    assert command("skills", "approve", *words).code == 0
    assert standing(store, "approved") == approved


def test_a_group_is_decided_on_by_the_id_of_any_of_it(store: Store, command: Command) -> None:
    queue = json.loads(command("review", "--json").out)["queue"]
    alike = {each["text"] for each in queue if each["group"] == next(e for e in queue if e["text"] == PAID)["group"]}
    assert command("skills", "reject", "--group", skill_id(PAID), "--code", "duplicate").code == 0
    assert PAID in standing(store, "rejected") == alike


def test_a_dry_run_decides_nothing_and_says_what_it_would(store: Store, command: Command) -> None:
    done = command("skills", "approve", "--section", "payments", "--dry-run", "--json")
    assert set(json.loads(done.out)["skills"]) == {skill_id(PAID), skill_id(PAID_TOO)}
    assert {each["skill_id"] for each in json.loads(done.out)["passed_over"]} == {skill_id(TAINTED), skill_id(CLASHING)}
    assert f"{skill_id(PAID)} would be approved" in done.err
    assert standing(store, "approved") == set()


@pytest.mark.usefixtures("store")
def test_a_filter_that_finds_nothing_is_said(command: Command) -> None:
    done = command("skills", "approve", "--section", "paymnets")
    assert done.code == 2
    assert "no skill fits the filter" in done.err


def test_what_another_reviewer_is_to_decide_on_is_passed_over(store: Store, command: Command) -> None:
    store.claims.assign("default", [skill_id(PAID)], "somebody else", by="ada")
    assert "somebody else is to decide on it" in command("skills", "approve", "--section", "payments").err
    assert standing(store, "approved") == {PAID_TOO}


def test_a_bulk_is_taken_back_by_a_later_command(store: Store, command: Command) -> None:
    command("skills", "approve", "--all-shown")
    command("skills", "retire", "--section", "payments", "--code", "outdated")
    assert standing(store, "retired") == {PAID, PAID_TOO}
    done = command("skills", "undo", "--json")
    assert json.loads(done.out)["n_undone"] == 2
    assert "undone: RETIRE of 2 skills" in done.err
    assert standing(store, "approved") == {PAID, PAID_TOO, LATE}
    store.books.append("default", [verdict("RETIRE", LATE)], scope="s")
    done = command("skills", "undo")
    assert "2 of 3" in done.err
    assert f"stays  {skill_id(LATE)}: person ada has built on it since" in done.err
    assert standing(store, "approved") == set()
    none = command("skills", "undo")
    assert none.code == 2
    assert "nothing to undo" in none.err


def test_codes_are_kept_listed_and_counted(store: Store, command: Command) -> None:
    command("skills", "reject", skill_id(PAID), skill_id(LATE), "--code", "too vague")
    command("skills", "reject", skill_id(TAINTED), "--code", "unsafe", "--reason", "it names a shop")
    listed = json.loads(command("skills", "list", "--json").out)
    assert listed["codes"] == {"too vague": 2, "unsafe": 1}
    only = json.loads(command("skills", "list", "--json", "--code", "unsafe").out)["skills"]
    assert [each["text"] for each in only] == [TAINTED]
    assert "rejected because (unsafe): it names a shop" in command("skills", "show", skill_id(TAINTED)).out
    assert command("skills", "reject", skill_id(PAID_TOO), "--code", "ugly").code == 2


def test_a_removal_is_proposed_by_hand_and_kept_or_carried_out(store: Store, command: Command) -> None:
    command("skills", "approve", skill_id(PAID), skill_id(LATE))
    command("skills", "remove", skill_id(PAID), skill_id(LATE), "--code", "outdated", "--reason", "new shop")
    assert "removal proposed by person" in command("skills", "list").out
    command("skills", "restore", skill_id(PAID))
    assert command("skills", "retire", "--all-shown", "--code", "outdated").code == 0
    assert standing(store, "retired") == {LATE}
    assert standing(store, "approved") == {PAID}


def test_all_that_is_named_is_decided_on_or_nothing(store: Store, command: Command) -> None:
    command("skills", "approve", skill_id(PAID))
    assert command("skills", "approve", skill_id(LATE), skill_id(PAID)).code == 1
    assert standing(store, "approved") == {PAID}
