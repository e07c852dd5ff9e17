"""What happened to a skillbook, going back, tags, branches and merges, as a user meets them."""

import io
import json
import sys
from pathlib import Path

import pytest

from seasoned.core.operation import Operation, skill_id
from seasoned.core.parsed import Parsed
from seasoned.store.store import Store
from tests.cli.conftest import Command
from tests.make import LEARNER, PERSON, add, make_evidence, make_trace, verdict

LATE, EARLY = "When late, refuse.", "When early, accept."
TRACE = make_trace(("user", "Refund order RX-1"), ("assistant", "I refunded it."))


@pytest.fixture
def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store where a learner proposed two skills, and one was approved and then reworded."""
    monkeypatch.setattr("getpass.getuser", lambda: "ada")
    path = tmp_path / ".seasoned" / "store.db"
    with Store(path) as store:
        store.traces.add([Parsed(trace=TRACE)])
        evidence = (make_evidence(TRACE, "refunded it", step=1),)
        store.books.append("default", [add(LATE, evidence, LEARNER), add(EARLY, evidence, LEARNER)], scope="run-1")
        edit = Operation(
            kind="EDIT", skill_id=skill_id(LATE), text="When late, say no.", author=PERSON, reason="kinder"
        )
        store.books.append("default", [verdict("APPROVE", LATE, reason="seen it"), edit], scope="by-hand")
    return path


pytestmark = pytest.mark.usefixtures("filled")


def statuses(command: Command, *words: str) -> dict[str, str]:
    skills = json.loads(command("skills", "list", "--json", *words).out)["skills"]
    return {skill["text"]: skill["status"] for skill in skills}


def test_the_log_says_what_when_who_and_why_latest_first(command: Command) -> None:
    command("skills", "tag", "v1", "3")
    head, *lines = (line.rstrip() for line in command("skills", "log").out.splitlines())
    assert head.split() == ["revision", "tags", "when", "what", "who", "to", "what,", "and", "why"]
    assert [line.split()[0] for line in lines] == ["4", "3", "2", "1"]
    assert "EDIT" in lines[0]
    assert lines[0].endswith(f"{skill_id(LATE)}: When late, say no. — kinder")
    assert "v1" in lines[1]
    assert lines[1].endswith("When late, refuse. — seen it")
    assert "learner recursive (test:scripted)" in lines[2]
    assert "1 quote" in lines[3]


def test_the_log_of_one_skill(command: Command) -> None:
    assert len(command("skills", "log", skill_id(LATE)).out.splitlines()) == 4
    log = json.loads(command("skills", "log", skill_id(LATE), "--limit", "1", "--json").out)
    (event,) = log["events"]
    assert (event["revision"], event["operation"]["kind"], event["operation"]["author"]["name"]) == (4, "EDIT", "ada")


def test_the_log_of_a_skill_that_a_rollback_took_out(command: Command) -> None:
    command("skills", "rollback", "1", "--reason", "too soon")
    assert [line.split()[0] for line in command("skills", "log", skill_id(EARLY)).out.splitlines()[1:]] == ["5", "2"]
    assert command("skills", "log", "skill-x").code == 2


def test_a_diff_is_since_the_last_tag_else_of_the_last_change(command: Command) -> None:
    done = command("skills", "diff")
    assert done.out.splitlines()[2:] == [
        f"changed {skill_id(LATE)}",
        "  text: When late, [-refuse-]{+say no+}.",
        "  reason: why -> kinder",
    ]
    assert done.err.strip() == "default@3 to default@4: 1 changed"
    command("skills", "tag", "v1", "2")
    assert "status: proposed -> approved" in command("skills", "diff").out


def test_a_diff_of_named_revisions_of_branches_and_as_json(command: Command) -> None:
    assert command("skills", "diff", "0", "1").out.splitlines()[2] == f"came {skill_id(LATE)}"
    command("skills", "branch", "trial")
    command("skills", "approve", skill_id(EARLY), "--book", "trial")
    diff = json.loads(command("skills", "diff", "head", "trial:head", "--json").out)
    assert diff["summary"] == "1 changed"
    assert diff["skills"][0]["changes"][0] == {"field": "status", "before": "proposed", "after": "approved"}


def test_hostile_words_stay_in_their_line(command: Command, filled: Path) -> None:
    with Store(filled) as store:
        bad = "When \x1b[31mred\x1b[0m, stop.\u2028went skill-x\nwent skill-y"
        edit = Operation(kind="EDIT", skill_id=skill_id(EARLY), text=bad, author=PERSON, reason="why")
        store.books.append("default", [edit], scope="hostile")
    shown = (
        command("skills", "diff").out + command("skills", "log").out + command("skills", "blame", skill_id(EARLY)).out
    )
    assert "\x1b" not in shown
    assert not any(line.startswith("went") for line in shown.split("\n"))


def test_skills_and_prompts_as_they_were(command: Command) -> None:
    command("skills", "tag", "v1", "3")
    assert statuses(command, "--at", "v1") == {LATE: "approved", EARLY: "proposed"}
    assert statuses(command, "--at", "1") == {LATE: "proposed"}
    assert "When late, refuse." in command("skills", "show", skill_id(LATE), "--at", "head~1").out
    assert "When late, refuse." in command("prompt", "compile", "--at", "v1").out
    assert "When late, say no." in command("prompt", "compile").out
    assert "has no revision 'v2': its tags are v1" in command("skills", "list", "--at", "v2").err.replace("\n  why", "")


def test_blame_names_run_model_and_person_of_each_part(command: Command) -> None:
    lines = [line.rstrip() for line in command("skills", "blame", skill_id(LATE)).out.splitlines()[1:]]
    parts = [line.split()[:2] for line in lines]
    assert parts == [["1", "wording"], ["4", "wording"], ["1", "section"], ["1", "evidence"], ["3", "verdict"]]
    assert "learner recursive (run-1, test:scripted)" in lines[0]
    assert lines[1].endswith("When late, say no. — kinder")
    assert f"{TRACE.id} step 1: refunded it" in lines[3]
    origins = json.loads(command("skills", "blame", skill_id(LATE), "--json").out)["origins"]
    assert origins[4]["author"]["name"] == "ada"
    assert origins[3]["evidence"]["quote"] == "refunded it"


def test_a_rollback_tells_what_changes_and_does_it(command: Command) -> None:
    done = command("skills", "rollback", "2", "--reason", "too soon")
    assert "status: approved -> proposed" in done.out
    assert "default is at revision 5: the whole book as at revision 2" in done.err
    assert statuses(command) == {LATE: "proposed", EARLY: "proposed"}
    command("skills", "rollback", "4", "--reason", "not too soon")
    assert statuses(command) == {"When late, say no.": "approved", EARLY: "proposed"}
    assert json.loads(command("skills", "rollback", "head~1", "--reason", "x", "--json").out)["revision"] == 7


def test_one_skill_goes_back_and_one_that_was_taken_out_comes_again(command: Command) -> None:
    done = command("skills", "rollback", skill_id(LATE), "--to", "1", "--reason", "too soon")
    assert f"{skill_id(LATE)} as at revision 1" in done.err
    command("skills", "rollback", "1", "--reason", "all of it")
    assert statuses(command) == {LATE: "proposed"}
    command("skills", "rollback", skill_id(EARLY), "--to", "2", "--reason", "that one was good")
    assert statuses(command) == {LATE: "proposed", EARLY: "proposed"}


def test_a_rollback_to_what_stands_changes_nothing(command: Command) -> None:
    again = command("skills", "rollback", skill_id(EARLY), "--to", "2", "--reason", "so")
    assert (again.code, "nothing was changed" in again.err) == (0, True)


def test_at_a_terminal_a_rollback_asks(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal("n\ny\n"))
    refused = command("skills", "rollback", "2", "--reason", "too soon")
    assert (refused.code, "Nothing was changed." in refused.err) == (1, True)
    assert command("skills", "rollback", "2", "--reason", "too soon").code == 0
    assert command("skills", "rollback", "4", "--reason", "back", "--yes").code == 0


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("rollback", "2", "--reason", " "), "a reason is needed"),
        (("rollback", "99", "--reason", "x"), "has no revision 99"),
        (("rollback", "head", "--reason", "x"), "there is no way back to revision 4"),
        (("rollback", "skill-x", "--to", "1", "--reason", "x"), "no single skill 'skill-x'"),
        (("log", "--book", "other"), "there is no skillbook 'other'"),
        (("diff", "head~9"), "has no revision -5"),
        (("blame", "skill-x"), "no single skill"),
        (("tag", "head"), "no tag can be called 'head'"),
        (("tag", "v1", "0"), "has no revision 0 to tag"),
        (("branch", "default"), "cannot be called 'default'"),
        (("branch", "new", "--at", "9"), "has no revision 9"),
        (("branch", "new", "--book", "other"), "there is no skillbook 'other'"),
        (("merge", "other"), "there is no skillbook 'other'"),
        (("merge", "default"), "cannot be merged into itself"),
        (("merge", "default", "--ours-all", "--theirs-all"), "contradict each other"),
    ],
)
def test_a_command_used_wrongly_says_what_and_exits_with_2(command: Command, words: tuple[str, ...], why: str) -> None:
    done = command("skills", *words)
    assert why in done.err
    assert done.code == 2


def test_tags_name_revisions_and_never_move(command: Command) -> None:
    assert "`seasoned skills tag NAME` makes one" in command("skills", "tags").err
    assert "v1 is revision 2 of default" in command("skills", "tag", "v1", "2", "--reason", "launch").err
    assert "a tag never moves" in command("skills", "tag", "v1", "3").err
    assert command("skills", "tags").out.splitlines()[1].split()[:2] == ["v1", "2"]
    (tag,) = json.loads(command("skills", "tags", "--json").out)["tags"]
    assert (tag["name"], tag["revision"], tag["by"], tag["reason"]) == ("v1", 2, "ada", "launch")


def test_a_branch_is_a_skillbook_of_its_own_until_it_is_merged(command: Command) -> None:
    assert "trial branches off default at revision 3" in command("skills", "branch", "trial", "--at", "3").err
    command("skills", "approve", skill_id(EARLY), "--book", "trial")
    assert statuses(command)[EARLY] == "proposed"
    tried = command("skills", "merge", "trial", "--dry-run")
    assert tried.out.startswith(f"APPROVE  ada: {skill_id(EARLY)}")
    assert "Would merge trial@4 into default: 1 operation on 1 skill." in tried.err
    done = command("skills", "merge", "trial")
    assert "default is at revision 5: 1 operation on 1 skill from trial@4." in done.err
    assert statuses(command) == {"When late, say no.": "approved", EARLY: "approved"}
    assert "default has all that trial did" in command("skills", "merge", "trial").err
    rows = [line.split() for line in command("skills", "branches").out.splitlines()[1:]]
    assert rows == [["default", "5", "trial@4"], ["trial", "4", "default@3"]]
    listed = json.loads(command("skills", "branches", "--json").out)
    assert listed["books"][1]["parent"] == "default"
    assert listed["merges"][0]["by"] == "ada"


def test_a_conflict_is_shown_with_all_sides_and_decided_by_id(command: Command) -> None:
    late = skill_id(LATE)
    command("skills", "branch", "trial", "--at", "3")
    command("skills", "edit", late, "When late, ask first.", "--reason", "kinder", "--book", "trial")
    done = command("skills", "merge", "trial")
    assert done.code == 1
    assert done.out.splitlines() == [
        f"conflict {late}: both sides changed it differently",
        f"  text  {late}",
        "    base   When late, refuse.",
        "    ours   When late, say no.",
        "    theirs When late, ask first.",
    ]
    assert "Nothing was merged: 1 conflict to decide" in done.err
    shown = json.loads(command("skills", "merge", "trial", "--json").out)
    assert (shown["unresolved"], shown["conflicts"][0]["fields"][0]["field"]) == (1, "text")
    both = command("skills", "merge", "trial", "--ours", late, "--theirs", late)
    assert (both.code, "cannot be decided both ways" in both.err) == (2, True)
    vain = command("skills", "merge", "trial", "--ours", skill_id(EARLY))
    assert (vain.code, "there is no conflict about" in vain.err) == (2, True)
    assert "decided for theirs" in command("skills", "merge", "trial", "--into", "default", "--theirs", late).out
    assert "When late, ask first." in statuses(command)
