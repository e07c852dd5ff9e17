"""Runs that are handed their skills by chance: what they see, and what is on record of it."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from seasoned.core.assigning import kept
from seasoned.core.prompt import HEADING
from seasoned.errors import UsageError
from seasoned.evaluate.compare.prompts_in_runs import PromptsInRuns
from seasoned.store.keeping import ALWAYS, BOOK
from seasoned.workspace.book import Book
from seasoned.workspace.live_run import LiveRun
from seasoned.workspace.workspace import Workspace
from seasoned.workspace.workspace import open as opened
from tests.workspace.building import SKILL, conversation

TASK = "Please refund B-17."
OTHER = "When a parcel is lost, open a claim and say its number."


@pytest.fixture
def taught(book: Book) -> Book:
    book.approve(book.add(SKILL), book.add(OTHER))
    book.keep(probability=0.5)
    return book


def test_each_skill_is_drawn_by_the_runs_id_and_the_stores_salt(workspace: Workspace, taught: Book) -> None:
    seen = set[tuple[bool, ...]]()
    for _ in range(40):
        run = taught.run(TASK, base="Be kind.")
        assert [e.included for e in run.exposures] == [
            kept(run.id, e.skill_id, workspace.store.salt, 0.5) for e in run.exposures
        ]
        texts = {skill.id: skill.text for skill in taught.skills()}
        assert all((texts[e.skill_id] in run.prompt) == e.included for e in run.exposures)
        assert (HEADING in run.prompt) == any(e.included for e in run.exposures)
        seen.add(tuple(e.included for e in run.exposures))
    assert len(seen) == 4


def test_the_trace_says_which_prompt_was_compiled_and_what_was_left_out_of_it(
    workspace: Workspace, taught: Book
) -> None:
    run = next(r for r in iter(lambda: taught.run(TASK, base="Be kind."), None) if r.handed_out != r.compiled)
    trace = workspace.traces.get(run.finish(conversation(), score=1.0).trace_id)
    assert trace.prompt_id == run.compiled.id
    assert trace.started_at is not None
    assert trace.exposures == run.exposures
    assert {(e.probability, e.book, e.revision) for e in trace.exposures} == {(0.5, "desk", taught.revision)}
    assert PromptsInRuns(workspace.store.prompts.all()).of(trace) == run.compiled.id


def test_a_skill_that_no_run_may_lack_is_in_every_one(taught: Book) -> None:
    taught.keep(*taught.skills("approved"), probability=ALWAYS, reason="safety")
    runs = [taught.run(TASK) for _ in range(20)]
    assert all(SKILL in run.prompt and OTHER in run.prompt for run in runs)
    assert {e.probability for run in runs for e in run.exposures} == {1.0}


def test_nothing_is_left_out_of_a_run_that_must_not_be_measured_on(taught: Book) -> None:
    runs = [taught.run(TASK, keep_all=True) for _ in range(20)]
    assert all(SKILL in run.prompt and OTHER in run.prompt for run in runs)
    assert {e.probability for run in runs for e in run.exposures} == {1.0}


def test_the_prompt_of_a_label_is_handed_out_so_too_though_the_book_went_on(taught: Book) -> None:
    taught.promote("production", taught.compile("Be kind."), unproven="reviewed")
    taught.retire(taught.skills("approved")[0], reason="no more")
    texts = {taught.run(TASK, label="production").prompt for _ in range(40)}
    assert len(texts) == 4


def test_a_prompt_that_cannot_be_taken_apart_is_handed_out_whole_and_that_is_said(
    workspace: Workspace, taught: Book, caplog: pytest.LogCaptureFixture
) -> None:
    compiled = taught.compile("Be kind.")
    block = compiled.block
    assert block is not None
    strange = compiled.model_copy(
        update={"text": compiled.text.replace("parcel", "packet"), "block": (block[0], block[1])}
    )
    workspace.store.prompts.add(strange)
    taught.promote("production", strange, unproven="made elsewhere")
    with caplog.at_level(logging.WARNING):
        run = taught.run(TASK, label="production")
    assert run.prompt == strange.text
    assert {e.probability for e in run.exposures} == {1.0}
    assert "handed out whole" in caplog.text


def test_more_prompts_than_are_kept_in_memory_are_handed_out_by_several_threads(
    taught: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seasoned.pipeline.handing._MAX_LAID_OUT", 1)

    def begin(number: int) -> LiveRun:
        return taught.run(TASK, base=f"You are desk {number % 3}.")

    with ThreadPoolExecutor(4) as pool:
        runs = [*pool.map(begin, range(40))]
    assert {e.probability for run in runs for e in run.exposures} == {0.5}
    assert all(run.prompt.startswith(run.compiled.base) for run in runs)


def test_where_nobody_said_anything_eight_runs_of_ten_have_a_skill() -> None:
    with opened(":memory:", author="ada") as workspace:
        book = workspace.skillbook("desk")
        book.approve(book.add(SKILL))
        assert {e.probability for e in book.run(TASK).exposures} == {0.8}


def test_the_setting_turns_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEASONED_KEEP_PROBABILITY", "1")
    with opened(":memory:", author="ada") as workspace:
        book = workspace.skillbook("desk")
        book.approve(book.add(SKILL))
        assert {e.probability for e in book.run(TASK).exposures} == {1.0}


def test_what_is_no_probability_is_refused(book: Book) -> None:
    with pytest.raises(UsageError, match="is no probability"):
        opened(":memory:", keep_probability=0.0)
    with pytest.raises(UsageError, match="is no probability"):
        book.keep(probability=1.5)


def test_a_rule_is_given_by_whoever_opened_the_workspace(workspace: Workspace, taught: Book) -> None:
    (rule,) = workspace.store.keeping.of("desk").rules
    assert (rule.skill_id, rule.probability, rule.by) == (BOOK, 0.5, "ada")
