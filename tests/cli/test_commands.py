"""Every other command: what it prints, and what it says when it is used wrongly."""

import io
import json
import sys
from pathlib import Path

import pytest
from pydantic import JsonValue

from seasoned.core.journal import Started
from seasoned.core.operation import Conflict, Operation, skill_id
from seasoned.core.parsed import Parsed
from seasoned.core.run import RunTurn
from seasoned.core.scope import Scope
from seasoned.store.store import Store
from tests.cli.conftest import Command
from tests.cli.runs_file import write_runs
from tests.make import LEARNER, add, make_evidence, make_trace

FIRST, SECOND = "When late, refuse.", "When early, accept."
TRACE = make_trace(
    ("user", "Refund order \x1b[31mRX-1\x1b[0m"),
    ("assistant", "Sure. I refunded it. Bye."),
    ("user", "Thanks"),
    score=0,
)


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A store with one trace and two proposals, where commands look without being told."""
    path = tmp_path / ".seasoned" / "store.db"
    with Store(path) as store:
        store.traces.add([Parsed(trace=TRACE)])
        evidence = make_evidence(TRACE, "refunded it", step=1)
        store.books.append("default", [add(FIRST, (evidence,), LEARNER), add(SECOND, (evidence,), LEARNER)], scope="r")
    return path


def standing(command: Command) -> dict[str, str]:
    skills = json.loads(command("skills", "list", "--json").out)["skills"]
    return {skill["text"]: skill["status"] for skill in skills}


def test_help_and_version_need_no_store(command: Command, tmp_path: Path) -> None:
    assert "learn" in command("--help").out
    assert command("--version").out.strip() == "0.1.0"
    for group in ("traces", "skills", "prompt", "runs"):
        assert command(group, "--help").code == 0
    assert not (tmp_path / ".seasoned").exists()


def test_help_wraps_descriptions_as_paragraphs_and_says_exit_codes(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = command("eval", "compare", "--help").out
    assert shown.startswith("Usage: seasoned eval compare")
    assert "Exit code 1: one is worse" in shown
    # Written over two lines in the source, with the second one set in.
    assert "│                   star at the end matches any ending." in shown


@pytest.mark.parametrize("words", [("bogus",), ("skills", "approve", "--bogus"), ("skills", "show")])
def test_a_command_used_wrongly_exits_with_2(command: Command, words: tuple[str, ...]) -> None:
    assert command(*words).code == 2


@pytest.mark.usefixtures("filled")
def test_scripts_decide_without_dialogue(command: Command) -> None:
    first, second = skill_id(FIRST), skill_id(SECOND)
    assert command("skills", "approve", first[:14]).code == 0
    assert command("skills", "reject", second, "--reason", "obvious").code == 0
    assert standing(command) == {FIRST: "approved", SECOND: "rejected"}
    assert command("skills", "retire", first, "--reason", "policy changed").code == 0
    assert standing(command)[FIRST] == "retired"
    assert command("skills", "restore", first).code == 0
    assert command("skills", "edit", first, "When late, refuse politely.").code == 0
    assert standing(command) == {"When late, refuse politely.": "approved", SECOND: "rejected"}


@pytest.mark.usefixtures("filled")
def test_a_verdict_that_is_not_allowed_exits_with_1_and_says_why(command: Command) -> None:
    command("skills", "approve", skill_id(FIRST))
    again = command("skills", "approve", skill_id(FIRST))
    assert again.code == 1
    assert "it is approved, not proposed" in again.err


@pytest.mark.usefixtures("filled")
def test_an_unknown_id_says_where_to_look(command: Command) -> None:
    assert "seasoned skills list" in command("skills", "show", "ffff").err
    assert "seasoned traces list" in command("traces", "show", "ffff").err
    assert "seasoned runs list" in command("runs", "show", "ffff").err
    assert "seasoned prompt list" in command("prompt", "show", "ffff").err


def test_a_skill_written_by_hand_shows_that_it_has_no_evidence(command: Command) -> None:
    identity = command("skills", "add", FIRST, "--section", "refunds", "--reason", "house rule").out.strip()
    shown = command("skills", "show", identity).out
    assert "written by hand, no evidence" in shown
    assert "house rule" in shown


@pytest.mark.usefixtures("filled")
def test_a_skill_shows_its_quote_between_the_steps_around_it(command: Command) -> None:
    shown = command("skills", "show", skill_id(FIRST)).out
    assert "Sure. I refunded it. Bye." in shown
    assert "Thanks" in shown
    assert TRACE.id in shown


@pytest.mark.usefixtures("filled")
def test_text_from_traces_cannot_steer_the_terminal(command: Command) -> None:
    for words in (("skills", "show", skill_id(FIRST)), ("traces", "show", TRACE.id)):
        shown = command(*words).out
        assert "\x1b[31m" not in shown
        assert "<U+001B>[31mRX-1" in shown


def test_lists_and_skills_say_conflicts_merges_scope_and_runs_without_verdict(command: Command, tmp_path: Path) -> None:
    unlabelled = make_trace(("assistant", "I refunded it."))
    evidence = (make_evidence(unlabelled, "refunded"),)
    clash = Conflict(skill_id=skill_id(FIRST), reason="one refuses")
    scoped = {"scope": Scope(agent="desk")}
    second = add(SECOND, evidence, LEARNER).model_copy(update={"conflicts": (clash,), **scoped})
    third = add("When very early, accept.", evidence, LEARNER).model_copy(update=scoped)
    merge = Operation(kind="MERGE", skill_id=skill_id(SECOND), merged_id=third.skill_id, author=LEARNER)
    with Store(tmp_path / ".seasoned" / "store.db") as store:
        store.traces.add([Parsed(trace=unlabelled)])
        store.books.append("default", [add(FIRST), second, third, merge], scope="r")
    listed = json.loads(command("skills", "list", "--json").out)["skills"]
    assert [s["without_verdict"] for s in listed] == [False, True, True]
    shown = " ".join(command("skills", "show", skill_id(SECOND)).out.split())
    assert f"contradicts {skill_id(FIRST)} (proposed: {FIRST})" in shown
    assert "because: one refuses" in shown
    assert "applies to: agent desk" in shown
    assert "from runs without a verdict" in shown
    merged = " ".join(command("skills", "show", third.skill_id).out.split())
    assert f"merged into: {skill_id(SECOND)}: {SECOND}" in merged
    assert command("skills", "list", "--status", "merged").out.count("skill-") == 2
    assert command("skills", "restore", third.skill_id).code == 0
    assert standing(command)[third.text or ""] == "proposed"


def answers(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


@pytest.mark.usefixtures("filled")
def test_review_one_key_a_decision(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.delenv("VISUAL", raising=False)
    keys = "s u a r tooshort"  # skip, undo, approve the first; then reject the second with a reason
    answers(monkeypatch, keys.replace(" ", "\n") + "\n")
    done = command("review")
    assert done.code == 0
    assert standing(command) == {FIRST: "approved", SECOND: "rejected"}
    assert "1 approved, 1 rejected, 0 proposed" in done.err


@pytest.mark.usefixtures("filled")
def test_review_edits_and_undoes(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.delenv("VISUAL", raising=False)
    answers(monkeypatch, "e\nWhen very late, refuse.\na\nu\nq\n")
    command("review")
    assert standing(command) == {"When very late, refuse.": "proposed", SECOND: "proposed"}


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("x\nq\n", "is no key here"),
        ("r\n\nq\n", "needs a reason"),
        ("u\nq\n", "nothing to undo"),
        ("e\n\nq\n", "as it was"),
    ],
)
def test_review_says_what_a_wrong_key_did(
    command: Command, monkeypatch: pytest.MonkeyPatch, typed: str, said: str
) -> None:
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.delenv("VISUAL", raising=False)
    answers(monkeypatch, typed)
    assert said in command("review").err
    assert standing(command) == {FIRST: "proposed", SECOND: "proposed"}


def test_an_empty_queue_says_what_fills_it(command: Command) -> None:
    assert "seasoned learn" in command("review").err


@pytest.mark.usefixtures("filled")
def test_prompts_are_compiled_listed_shown_and_compared(command: Command, tmp_path: Path) -> None:
    (tmp_path / "base.md").write_text("Be kind.\n")
    empty = command("prompt", "compile", "--base", "base.md")
    assert empty.out == "Be kind.\n"
    assert "No approved skill" in empty.err
    command("skills", "approve", skill_id(FIRST), skill_id(SECOND))
    document = json.loads(command("prompt", "compile", "--base", "base.md", "--json").out)
    assert [s["skill_id"] for s in document["included"]] == [skill_id(FIRST), skill_id(SECOND)]
    listed = json.loads(command("prompt", "list", "--json").out)["prompts"]
    assert [p["id"] for p in listed] == [p["id"] for p in listed if p["id"]]
    assert "- When late, refuse." in command("prompt", "show", document["id"]).out
    difference = command("prompt", "diff", listed[0]["id"], document["id"]).out
    assert f"came: {skill_id(FIRST)}" in difference
    assert "+- When late, refuse." in difference
    written = command("prompt", "compile", "--base", "base.md", "--output", "out.md")
    assert (written.out, (tmp_path / "out.md").read_text()) == ("", document["text"])


@pytest.mark.usefixtures("filled")
def test_a_budget_below_the_base_prompt_is_an_error_with_the_numbers(command: Command, tmp_path: Path) -> None:
    (tmp_path / "base.md").write_text("word " * 100)
    done = command("prompt", "compile", "--base", "base.md", "--budget", "10")
    assert done.code == 1
    assert "the budget is 10" in done.err


@pytest.mark.usefixtures("filled")
def test_prompt_errors_say_what_to_do(command: Command) -> None:
    assert "seasoned prompt compile" in command("prompt", "diff").err
    missing = command("prompt", "compile", "--base", "none.md")
    assert (missing.code, "none.md" in missing.err) == (2, True)


def test_import_prints_the_report_as_one_document(command: Command, tmp_path: Path) -> None:
    write_runs(tmp_path / "runs.jsonl")
    (tmp_path / "notes.txt").write_text("dear diary")
    report = json.loads(command("traces", "import", "runs.jsonl", "notes.txt", "--json").out)
    assert [(f["path"], f["format"], f["runs"], f["refused"] is None) for f in report["files"]] == [
        ("runs.jsonl", "openai_chat", 8, True),
        ("notes.txt", "unknown", 0, False),
    ]
    assert report["totals"]["runs"] == 8
    assert "0 new" in command("traces", "import", "runs.jsonl").err


def test_records_of_any_shape_are_imported_by_a_mapping(command: Command, tmp_path: Path) -> None:
    turns = [{"by": "client", "said": "hi"}, {"by": "bot", "said": "hello"}]
    (tmp_path / "log.jsonl").write_text(json.dumps({"data": {"turns": turns}, "ok": True}) + "\n")
    mapping = ("--map", "messages=data.turns", "role=by", "content=said", "success=ok")
    (file,) = json.loads(command("traces", "import", "log.jsonl", *mapping, "--json").out)["files"]
    assert (file["format"], file["runs"], file["steps"]) == ("mapped", 1, 2)
    assert len(json.loads(command("traces", "list", "--verdict", "pass", "--json").out)["traces"]) == 1
    wrong = command("traces", "import", "log.jsonl", "--map", "turns=data.turns")
    assert (wrong.code, "--map turns=data.turns: unknown name" in wrong.err) == (2, True)


def test_what_is_redacted_is_chosen_reported_and_can_be_set(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"role": "user", "content": "I am mia@example.com"}
    (tmp_path / "log.jsonl").write_text(json.dumps({"messages": [said]}) + "\n")

    def imported(*words: str) -> tuple[str, dict[str, int]]:
        report = json.loads(command("traces", "import", "log.jsonl", "--json", *words).out)
        return report["policy"], report["totals"]["redacted"]

    assert imported() == ("secrets", {})
    assert imported("--redact", "email", "--jobs", "1") == ("email", {"email": 1})
    assert imported("--redact", "off") == ("off", {})
    monkeypatch.setenv("SEASONED_REDACT", "pii")
    assert imported() == ("pii", {"email": 1})
    assert "1 email (policy pii)" in command("traces", "import", "log.jsonl").err
    assert "nothing redacted (redaction is off)" in command("traces", "import", "log.jsonl", "--redact", "off").err
    plan = json.loads(command("learn", "log.jsonl", "--dry-run", "--json").out)
    assert plan["import"]["totals"]["redacted"] == {"email": 1}
    wrong = command("traces", "import", "log.jsonl", "--redact", "names")
    assert (wrong.code, "there is nothing to redact by the name 'names'" in wrong.err) == (2, True)
    assert command("traces", "import", "log.jsonl", "--jobs", "0").code == 2


def test_import_without_a_path_says_so(command: Command) -> None:
    assert command("traces", "import").code == 2
    assert command("traces", "detect").code == 2


def test_traces_are_detected_listed_and_shown(command: Command, tmp_path: Path) -> None:
    write_runs(tmp_path / "runs.jsonl")
    (detected,) = json.loads(command("traces", "detect", "runs.jsonl", "--json").out)["files"]
    assert (detected["format"], detected["reason"] != "") == ("openai_chat", True)
    command("traces", "import", "runs.jsonl")
    failed = json.loads(command("traces", "list", "--verdict", "fail", "--json").out)["traces"]
    assert len(failed) == 4
    assert "is refunded." in command("traces", "show", failed[0]["id"]).out
    assert "bicycle 00" in command("traces", "list").out


def test_the_story_of_a_run_is_told(command: Command, tmp_path: Path) -> None:
    with Store(tmp_path / ".seasoned" / "store.db") as store:
        run = store.runs.take("learn", {"model": "test:scripted"})
        store.runs.add_turn(run.id, RunTurn(episode=0, turn=0, title="refunds", reply="I look.", output="2 runs"))
        store.runs.release(run.id)
    told = command("runs", "show", run.id).out
    assert "interrupted" in told
    assert "I look." in told
    assert "interrupted" in command("runs", "list").out


def test_a_run_without_turns_tells_its_calls(command: Command, tmp_path: Path) -> None:
    sent: JsonValue = {"messages": [{"role": "system", "content": "Plan."}, {"role": "user", "content": "It failed."}]}
    with Store(tmp_path / ".seasoned" / "store.db") as store:
        run = store.runs.take("learn", {"model": "test:scripted"})
        journal = store.new_journal()
        for key in ("one", "two"):
            begun = journal.begin(run.id, key, sent)
            assert isinstance(begun, Started)
            if key == "one":
                journal.finish(begun.call_id, {"content": "Look it up first."}, 0.01)
            else:
                journal.fail(begun.call_id, "the provider is away")
    told = command("runs", "show", run.id).out
    assert "call 1, done; $0.01" in told
    assert "It failed.\nLook it up first." in told
    assert "Plan." not in told
    assert "call 2, failed" in told
    assert "the provider is away" in told
    calls = json.loads(command("runs", "show", run.id, "--json").out)["calls"]
    assert [call["state"] for call in calls] == ["done", "failed"]


def test_a_story_says_what_the_run_came_to_and_how_it_goes_on(command: Command, tmp_path: Path) -> None:
    with Store(tmp_path / ".seasoned" / "store.db") as store:
        run = store.runs.take("learn", {"learner": {"name": "recursive", "config": {"max_turns": 8}}, "traces": ["a"]})
        store.runs.add_turn(run.id, RunTurn(episode=0, turn=0, reply="I look.", output=""))
        summary: dict[str, JsonValue] = {
            "run_id": run.id,
            "n_findings": 2,
            "n_merged": 0,
            "dropped": [{"claim": "It rains", "reason": "no such quote"}],
            "notes": ["Stopped early."],
        }
        store.runs.end(run.id, "incomplete", summary)
    told = command("runs", "show", run.id)
    assert "learner: recursive\n" in told.out
    assert "came to: findings 2\n" in told.out
    assert "dropped: It rains: no such quote\n" in told.out
    assert "notes: Stopped early.\n" in told.out
    assert "the same command goes on" in told.err
    assert "I look." in command("runs", "show", run.id, "--episode", "1").out
    missing = command("runs", "show", run.id, "--episode", "7")
    assert (missing.code, missing.out) == (2, "")
    assert "no turn of an episode 7" in missing.err


def test_many_conflicts_leave_room_for_the_skill_in_a_list(command: Command, tmp_path: Path) -> None:
    others = [add(f"When {n} days late, refuse.") for n in range(3)]
    conflicts = tuple(Conflict(skill_id=other.skill_id, reason="") for other in others)
    with Store(tmp_path / ".seasoned" / "store.db") as store:
        store.books.append("default", [*others, add(FIRST).model_copy(update={"conflicts": conflicts})], scope="r")
    assert f"contradicts {others[0].skill_id} and 2 more  {FIRST}" in command("skills", "list").out
    assert all(other.skill_id in command("skills", "show", skill_id(FIRST)).out for other in others)


def test_a_store_that_cannot_be_opened_exits_with_3(command: Command, tmp_path: Path) -> None:
    (tmp_path / "s.db").write_text("dear diary, " * 100)
    done = command("skills", "list", "--store", "s.db")
    assert done.code == 3
    assert "where: " in done.err


@pytest.mark.parametrize("toml", ["budget_tokens = 0", "colour = 'red'", "budget_tokens = ["])
def test_settings_that_cannot_be_used_exit_with_2(command: Command, tmp_path: Path, toml: str) -> None:
    (tmp_path / "seasoned.toml").write_text(toml)
    assert command("skills", "list").code == 2


def test_settings_come_from_flags_then_variables_then_files(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "seasoned.toml").write_text("book = 'from-file'\nstore = 'file.db'")
    command("skills", "add", FIRST)
    assert json.loads(command("skills", "list", "--json").out)["book"] == "from-file"
    monkeypatch.setenv("SEASONED_BOOK", "from-variable")
    command("skills", "add", FIRST)
    assert json.loads(command("skills", "list", "--json").out)["book"] == "from-variable"
    command("skills", "add", FIRST, "--book", "from-flag")
    assert json.loads(command("skills", "list", "--json", "--book", "from-flag").out)["book"] == "from-flag"
    assert (tmp_path / "file.db").exists()


def test_the_nearest_store_folder_upward_is_used(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command("skills", "add", FIRST)
    (tmp_path / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "deep" / "er")
    assert FIRST in command("skills", "list").out


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    "words",
    [
        ("skills", "approve"),
        ("skills", "reject", skill_id(FIRST), "--reason", " "),
        ("skills", "approve", skill_id(FIRST), "ffff"),
        ("skills", "add", "  "),
        ("skills", "add", "x" * 20_001),
        ("prompt", "compile", "--budget", "0"),
        ("prompt", "compile", "--book", "misspelt"),
        ("prompt", "compile", "--output", "no/such/folder/x.md"),
        ("traces", "list", "--limit", "-3"),
        ("learn", "--budget", "-1usd"),
    ],
    ids=lambda words: " ".join(words)[:60],
)
def test_what_cannot_be_meant_is_refused_and_changes_nothing(command: Command, words: tuple[str, ...]) -> None:
    assert command(*words).code == 2
    assert standing(command) == {FIRST: "proposed", SECOND: "proposed"}
    assert json.loads(command("prompt", "list", "--json").out)["prompts"] == []


@pytest.mark.parametrize("words", [("skills", "list"), ("prompt", "compile"), ("runs", "list"), ("learn",)])
def test_a_store_that_was_named_but_is_not_there_is_not_made(
    command: Command, tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = command(*words, "--store", "nope/x.db")
    assert done.code == 3
    assert "there is no store here" in done.err
    assert not (tmp_path / "nope").exists()


def test_standard_input_is_a_path(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = write_runs(tmp_path / "runs.jsonl").read_bytes()
    for words in (("traces", "import", "-", "--json"), ("traces", "detect", "-", "--json")):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        assert json.loads(command(*words).out)["files"][0]["format"] == "openai_chat"
    monkeypatch.setattr(sys, "stdin", io.StringIO("Be kind."))
    assert command("prompt", "compile", "--base", "-").out == "Be kind.\n"


def test_ids_in_lists_are_whole_however_narrow(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_runs(tmp_path / "runs.jsonl")
    command("traces", "import", "runs.jsonl")
    monkeypatch.setenv("COLUMNS", "40")
    ids = [row["id"] for row in json.loads(command("traces", "list", "--json").out)["traces"]]
    shown = command("traces", "list").out.splitlines()
    assert [line.split()[0] for line in shown[1:]] == ids


def test_the_latest_prompt_is_the_one_compiled_last(command: Command, filled: Path) -> None:
    assert filled.exists()
    command("skills", "approve", skill_id(FIRST))
    first = json.loads(command("prompt", "compile", "--json").out)["id"]
    command("skills", "approve", skill_id(SECOND))
    command("prompt", "compile")
    command("skills", "retire", skill_id(SECOND), "--reason", "no")
    command("prompt", "compile")
    prompts = json.loads(command("prompt", "list", "--json").out)["prompts"]
    assert (len(prompts), prompts[-1]["id"], prompts[-1]["revision"]) == (2, first, 5)
    assert SECOND not in command("prompt", "diff").out


def test_an_import_that_reads_nothing_is_a_negative_verdict(command: Command) -> None:
    assert command("traces", "import", "nowhere").code == 1


@pytest.mark.usefixtures("filled")
def test_an_editor_that_cannot_be_started_is_said(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    keys = iter(["e", "q"])
    monkeypatch.setenv("VISUAL", "/no/such/editor")
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr("seasoned.cli.keys._terminal_key", lambda: next(keys))
    assert "the editor cannot be started" in command("review").err


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("key", ["\x1b[A", "A", "\x1bOP"])
def test_an_arrow_key_decides_nothing(command: Command, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    keys = iter([key, "\x04"])
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr("seasoned.cli.keys._terminal_key", lambda: next(keys))
    assert "is no key here" in command("review").err
    assert standing(command) == {FIRST: "proposed", SECOND: "proposed"}


READING = [
    ("traces", "list"),
    ("traces", "search", "x"),
    ("traces", "stats"),
    ("traces", "show", "ffff"),
    ("traces", "label", "ffff", "pass"),
    ("traces", "delete", "ffff", "--yes"),
    ("skills", "list"),
    ("review",),
    ("prompt", "compile"),
    ("runs", "list"),
    ("learn",),
]


@pytest.mark.parametrize("place", [(), ("--store", "sqlite:///nope/s.db")], ids=["no option", "a URL"])
@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_a_command_that_only_reads_makes_no_store(
    command: Command, tmp_path: Path, words: tuple[str, ...], place: tuple[str, ...]
) -> None:
    done = command(*words, *place)
    assert (done.code, "there is no store here" in done.err, "seasoned traces import" in done.err) == (3, True, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words", [("skills", "list"), ("policy", "show"), ("prompt", "labels"), ("review", "--json"), ("audit",)]
)
def test_a_misspelt_skillbook_is_no_empty_one(command: Command, words: tuple[str, ...]) -> None:
    command("skills", "add", FIRST, "--book", "desk")
    done = command(*words, "--book", "dsek")
    assert (done.code, done.out) == (2, "")
    assert "there is no skillbook 'dsek'" in done.err
    assert "it holds desk" in done.err


def test_help_says_only_defaults_that_say_something(command: Command) -> None:
    shown = command("skills", "judge", "--help").out
    assert "default: 120.0" in shown
    assert not any(f"default: {nothing}" in shown for nothing in ("False", "None", "()", '""'))
