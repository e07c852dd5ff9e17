"""From files to a compiled prompt by the commands a user gives."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from seasoned.core.finding import verify
from seasoned.store import schema
from seasoned.store.store import Store
from tests.cli.conftest import Command
from tests.cli.reflector import Reflector, conversation, reflector
from tests.cli.runs_file import write_runs
from tests.sandbox.having import need_cpython


@pytest.fixture
def server() -> Iterator[Reflector]:
    with reflector() as running:
        yield running


def learn_words(server: Reflector, *more: str) -> tuple[str, ...]:
    return ("learn", "runs.jsonl", "--model", "openai:stand-in", "--base-url", server.url, *more)


def test_the_whole_way_from_runs_to_a_prompt(command: Command, tmp_path: Path, server: Reflector) -> None:
    write_runs(tmp_path / "runs.jsonl")
    learned = command(*learn_words(server))
    assert learned.code == 0, learned.err
    assert "8 runs" in learned.err
    assert "1 skill proposed" in learned.err
    proposals = json.loads(command("review", "--json").out)["queue"]
    (proposal,) = proposals
    assert "call get_order first" in proposal["text"]
    assert command("skills", "approve", proposal["id"]).code == 0
    (tmp_path / "base.md").write_text("You are the desk agent.\n")
    compiled = command("prompt", "compile", "--base", "base.md")
    assert compiled.out.startswith("You are the desk agent.\n")
    assert "call get_order first" in compiled.out
    assert "+- When a refund is asked for, call get_order first" in command("prompt", "diff").out


def test_every_quote_resolves_in_the_store(command: Command, tmp_path: Path, server: Reflector) -> None:
    write_runs(tmp_path / "runs.jsonl")
    command(*learn_words(server, "--store", "s.db"))
    with Store(tmp_path / "s.db") as store:
        skills = store.books.read("default").skills.values()
        evidence = [e for skill in skills for e in skill.evidence]
        assert evidence
        for each in evidence:
            verify(each, store.traces.get(each.trace_id))


def test_reference_answers_are_never_sent(command: Command, tmp_path: Path, server: Reflector) -> None:
    write_runs(tmp_path / "runs.jsonl")
    command(*learn_words(server))
    assert server.asked
    assert not any("secret_answer" in asked for asked in server.asked)


def test_learning_the_same_again_sends_nothing_and_says_so(command: Command, tmp_path: Path, server: Reflector) -> None:
    write_runs(tmp_path / "runs.jsonl")
    command(*learn_words(server))
    n_calls = len(server.asked)
    again = command(*learn_words(server))
    assert again.code == 0
    assert "learned from before" in again.err
    assert len(server.asked) == n_calls


def test_a_provider_that_fails_leaves_work_to_take_up(command: Command, tmp_path: Path, server: Reflector) -> None:
    write_runs(tmp_path / "runs.jsonl")
    server.fails = True
    failed = command(*learn_words(server))
    assert failed.code == 1
    assert "did not answer" in failed.err
    assert "the same command goes on" in failed.err
    assert json.loads(command("runs", "list", "--json").out)["runs"][0]["state"] == "incomplete"
    server.fails = False
    assert "1 skill proposed" in command(*learn_words(server)).err


def test_a_cap_on_calls_is_kept(command: Command, tmp_path: Path, server: Reflector) -> None:
    write_runs(tmp_path / "runs.jsonl", n_tasks=16, n_trials=1)
    capped = command(*learn_words(server, "--budget", "3calls"))
    assert capped.code == 1
    assert len(server.asked) == 3
    assert "Stopped early" in capped.err


def test_what_many_episodes_say_is_said_once_and_how_far_it_is_line_by_line(
    command: Command, tmp_path: Path, server: Reflector
) -> None:
    write_runs(tmp_path / "runs.jsonl", n_tasks=4, n_trials=2)
    server.fails = True
    failed = command(*learn_words(server))
    assert "4 episodes: the model did not answer" in failed.err
    assert failed.err.count("did not answer") == 1
    assert "learning: 4 of 4 episodes done, 4 calls, unknown cost" in failed.err
    assert "seasoned review" not in failed.err, "there is nothing to review"
    (run,) = json.loads(command("runs", "list", "--json").out)["runs"]
    assert f"`seasoned runs show {run['id']}`" in failed.err


def test_a_recording_answers_the_same_requests_without_the_model(
    command: Command, tmp_path: Path, server: Reflector
) -> None:
    write_runs(tmp_path / "runs.jsonl")
    command(*learn_words(server, "--record", "replies.jsonl", "--store", "live.db"))
    n_calls = len(server.asked)
    replayed = command("learn", "runs.jsonl", "--model", "replay:replies.jsonl", "--store", "replayed.db")
    assert "1 skill proposed" in replayed.err
    assert len(server.asked) == n_calls


def test_the_code_can_run_in_full_python(
    command: Command, tmp_path: Path, server: Reflector, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_cpython()
    write_runs(tmp_path / "runs.jsonl")
    learned = command(*learn_words(server, "--sandbox", "cpython", "--record", "r.jsonl"))
    assert learned.code == 0, learned.err
    assert "1 skill proposed" in learned.err
    assert "Python as CPython runs it" in (tmp_path / "r.jsonl").read_text()
    monkeypatch.setenv("SEASONED_SANDBOX", "cpython")
    assert "nothing was sent" in command(*learn_words(server)).err, "the same work, named by a setting"
    n_asked = len(server.asked)
    assert command(*learn_words(server, "--sandbox", "monty")).code == 0
    assert len(server.asked) > n_asked, "other work: the model is asked for other code"


def test_a_sandbox_that_is_not_known_is_said(
    command: Command, tmp_path: Path, server: Reflector, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_runs(tmp_path / "runs.jsonl")
    assert command(*learn_words(server, "--sandbox", "docker")).code == 2
    monkeypatch.setenv("SEASONED_SANDBOX", "docker")
    done = command(*learn_words(server))
    assert done.code == 2
    assert "the setting 'sandbox' cannot be used" in done.err


def test_a_recording_of_other_traces_says_what_differs(command: Command, tmp_path: Path, server: Reflector) -> None:
    write_runs(tmp_path / "runs.jsonl")
    command(*learn_words(server, "--record", "replies.jsonl"))
    write_runs(tmp_path / "more.jsonl", n_tasks=3, n_trials=1)
    missed = command("learn", "more.jsonl", "--model", "replay:replies.jsonl", "--store", "other.db")
    assert missed.code == 1
    assert "differ" in missed.err


def test_a_dry_run_stores_and_sends_nothing(command: Command, tmp_path: Path, server: Reflector) -> None:
    write_runs(tmp_path / "runs.jsonl")
    dry = command(*learn_words(server, "--dry-run"))
    assert dry.code == 0
    assert "Nothing was stored or sent; without --dry-run it is done." in dry.err
    assert "The budget stops it at 200 calls." in dry.err
    assert "1 episode" in dry.err
    assert "unknown cost" in dry.err
    plan = json.loads(command(*learn_words(server, "--dry-run", "--json")).out)["plan"]
    assert (plan["n_traces"], plan["cost_usd"], plan["max_cost_usd"]) == (8, None, None)
    (episode,) = plan["episodes"]
    assert (episode["kind"], episode["n_runs"], episode["task_keys"]) == ("contrast", 8, ["bicycle 00"])
    assert server.asked == []
    assert not (tmp_path / ".seasoned").exists()


def test_without_a_model_there_are_patterns_and_a_word_on_models(command: Command, tmp_path: Path) -> None:
    write_runs(tmp_path / "runs.jsonl")
    done = command("learn", "runs.jsonl")
    assert done.code == 0
    assert "associated, not tested" in done.err
    assert "--model" in done.err
    document = json.loads(command("learn", "runs.jsonl", "--json").out)
    assert document["import"]["totals"]["runs"] == 8
    assert document["patterns"]["n_mixed_tasks"] == 1
    assert document["learned"] is None


def test_patterns_alone_can_be_asked_for(command: Command, tmp_path: Path, server: Reflector) -> None:
    write_runs(tmp_path / "runs.jsonl")
    assert command(*learn_words(server, "--learner", "patterns")).code == 0
    assert server.asked == []


def test_nothing_to_learn_from_is_said_with_what_to_do(command: Command, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("dear diary")
    done = command("learn", "notes.txt")
    assert done.code == 2
    assert "no trace to learn from" in done.err
    assert "traces detect" in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--model", "gpt-5"), "is not a model id"),
        (("--model", "nobody:x"), "nobody"),
        (("--model", "replay:none.jsonl"), "none.jsonl"),
        (("--model", "openai:x", "--budget", "much"), "is no budget"),
    ],
)
def test_a_model_that_cannot_be_had_is_said_before_anything_is_sent(
    command: Command, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    write_runs(tmp_path / "runs.jsonl")
    done = command("learn", "runs.jsonl", *words)
    assert done.code in (2, 3)
    assert said in done.err


def test_one_bad_record_is_named_and_the_rest_is_learned_from(command: Command, tmp_path: Path) -> None:
    path = write_runs(tmp_path / "runs.jsonl")
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:3], '{"messages": [{"role": "us', *lines[3:]]))
    done = command("learn", "runs.jsonl")
    assert "line 4" in done.err
    assert "8 runs" in done.err


def finished(store_path: Path) -> set[str]:
    """The conversations whose replies the journal holds."""
    with Store(store_path) as store, store.database.reading() as connection:
        requests = connection.execute(select(schema.call.c.request).where(schema.call.c.state == "done")).scalars()
        return {conversation(json.loads(request)["messages"]) for request in requests}


def test_kill_9_loses_nothing_and_pays_for_no_finished_call_twice(tmp_path: Path, server: Reflector) -> None:
    """Killed twice in the middle of learning; the third time the command goes through."""
    write_runs(tmp_path / "runs.jsonl", n_tasks=72, n_trials=1)
    server.delay_s = 0.3
    store_path = tmp_path / "s.db"
    words = [sys.executable, "-m", "seasoned.cli.main", *learn_words(server, "--store", str(store_path))]
    known: set[str] = set()
    for n_replies in (3, 8):
        process = subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.DEVNULL, env={**os.environ})
        n_before = len(server.asked)
        while process.poll() is None and len(server.asked) - n_before < n_replies:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert known.isdisjoint(server.asked[n_before:]), "a finished call was sent again"
        known = finished(store_path)
    n_before = len(server.asked)
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert known.isdisjoint(server.asked[n_before:]), "a finished call was sent again"
    with Store(store_path) as store:
        book = store.books.read("default")
        assert len(book.skills) == 16, "one skill of each episode"
        assert book.revision == 16, "and no operation twice"
        (run,) = store.runs.all()
        assert run.state == "done"
        spending = store.runs.spending(run.id)
        assert spending.n_calls == 33, "two for each episode, and one about skills that read alike"
        assert len(set(server.asked)) == 33


def test_an_interruption_is_quiet_and_leaves_the_run_to_be_taken_up(tmp_path: Path, server: Reflector) -> None:
    """A terminal sends Ctrl-C to the whole process group, and so to the sandbox's workers too."""
    write_runs(tmp_path / "runs.jsonl", n_tasks=72, n_trials=1)
    server.delay_s = 0.3
    store_path = tmp_path / "s.db"
    words = [sys.executable, "-m", "seasoned.cli.main", *learn_words(server, "--store", str(store_path))]
    process = subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while process.poll() is None and len(server.asked) < 3:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert "never retrieved" not in said
    assert "the same command goes on" in said
    with Store(store_path) as store:
        (run,) = store.runs.all()
        assert not run.is_alive
    server.delay_s = 0.0
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with Store(store_path) as store:
        assert [run.state for run in store.runs.all()] == ["done"]


def test_a_deleted_trace_leaves_no_text_of_what_was_learned_from_it(
    command: Command, tmp_path: Path, server: Reflector
) -> None:
    write_runs(tmp_path / "runs.jsonl", n_tasks=2, n_trials=1)
    command(*learn_words(server))
    # Every run of this file is read by the learning run, so deleting one erases all of that run's calls and turns.
    deleted = command("traces", "delete", "--task", "bicycle 00", "--yes")
    assert "model call" in deleted.err
    left = b"".join(file.read_bytes() for file in (tmp_path / ".seasoned").iterdir())
    assert b"bicycle 01 is refunded" in left
    assert b"bicycle 00 is refunded" not in left
    # The stand-in put the task's name into the skill's own words: those stay, and a person is told to read them.
    assert "skills show skill-" in deleted.err
    (run,) = json.loads(command("runs", "list", "--json").out)["runs"]
    assert run["spending"]["n_calls"] > 0
    told = command("runs", "show", run["id"])
    assert (told.code, "(erased)" in told.out, "bicycle" in told.out) == (0, True, False)
    n_asked = len(server.asked)
    assert command(*learn_words(server)).code == 0, "what is left is learned from as a run of its own"
    assert len(server.asked) > n_asked


@pytest.mark.parametrize("ended", ["done", "incomplete"])
def test_an_erased_run_is_asked_for_again(command: Command, tmp_path: Path, server: Reflector, ended: str) -> None:
    write_runs(tmp_path / "runs.jsonl")
    command(*learn_words(server))
    command("traces", "delete", "--task", "bicycle 00", "--yes")
    command("traces", "import", "runs.jsonl", "--even-deleted")
    with Store(tmp_path / ".seasoned" / "store.db") as store, store.database.writing() as connection:
        connection.execute(update(schema.run).values(state=ended))
    n_asked = len(server.asked)
    again = command(*learn_words(server))
    assert again.code == 0, again.err
    assert ("nothing was sent" in again.err) == (ended == "done")
    assert (len(server.asked) > n_asked) == (ended == "incomplete")


def test_trials_of_evaluations_on_held_out_tasks_are_left_out(command: Command) -> None:
    assert command("eval", "run", "returns_desk", "--agent", "nothing", "--first", "3").code == 0
    done = command("learn")
    assert done.code == 2
    assert "3 trials of evaluations left out" in done.err
    assert "no trace to learn from" in done.err
