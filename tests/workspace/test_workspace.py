"""Opening a workspace, and its traces."""

import asyncio
import json
from pathlib import Path

import pytest

from seasoned.errors import UsageError
from seasoned.evaluate.graders.registry import grader_named
from seasoned.store.traces.trace_filter import TraceFilter
from seasoned.workspace.workspace import Workspace
from seasoned.workspace.workspace import open as opened
from tests.cli.runs_file import write_runs
from tests.make import make_trace


def test_what_is_written_is_there_when_it_is_opened_again(place: str) -> None:
    with opened(place, author="ada") as workspace:
        workspace.skillbook("desk").add("When asked, answer.")
    with opened(place) as workspace:
        assert workspace.skillbooks() == ("desk",)
        assert [skill.text for skill in workspace.skillbook("desk").skills()] == ["When asked, answer."]


def test_without_a_place_it_is_where_the_commands_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.delenv("SEASONED_STORE", raising=False)
    opened().close()
    assert (tmp_path / ".seasoned" / "store.db").is_file()
    monkeypatch.setenv("SEASONED_STORE", str(tmp_path / "other.db"))
    opened().close()
    assert (tmp_path / "other.db").is_file()


def test_what_is_redacted_is_said_once_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mail = "ada@example.org"
    messages = [{"role": "user", "content": f"I am {mail}."}]

    def kept(workspace: Workspace) -> list[str]:
        with workspace:
            (tmp_path / "runs.jsonl").write_text(json.dumps({"messages": messages, "id": "imported"}))
            ids = [*workspace.traces.import_(tmp_path / "runs.jsonl").trace_ids]
            ids += workspace.traces.add([make_trace(("user", f"I am {mail}."))])
            ids.append(workspace.skillbook().run("Who am I?").finish(messages).trace_id)
            return [workspace.traces.get(trace_id).steps[0].text for trace_id in ids]

    assert kept(opened(":memory:")) == [f"I am {mail}."] * 3
    assert all(mail not in text for text in kept(opened(":memory:", redact="secrets,email")))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEASONED_REDACT", "email")
    monkeypatch.setenv("SEASONED_STORE", ":memory:")
    assert all(mail not in text for text in kept(opened()))
    with pytest.raises(UsageError, match="everything"):
        opened(":memory:", redact="everything")


def test_a_name_that_no_skillbook_may_have_is_refused(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="no skillbook can be called"):
        workspace.skillbook("a:b")


def test_traces_are_imported_listed_and_found(workspace: Workspace, tmp_path: Path) -> None:
    runs = write_runs(tmp_path / "runs.jsonl")
    imported = workspace.traces.import_(runs)
    assert imported.n_new == 8
    assert workspace.traces.import_([runs]).n_new == 0
    failed = workspace.traces.list(TraceFilter(verdict=False))
    assert (len(workspace.traces.list()), len(failed), len(workspace.traces.list(limit=3))) == (8, 4, 3)
    assert workspace.traces.get(failed[0].id).verdict is False


def test_traces_that_a_program_made_are_redacted(workspace: Workspace) -> None:
    secret = "sk-" + "a1B2" * 12
    trace = make_trace(("assistant", f"my key is {secret}"))
    (trace_id,) = workspace.traces.add([trace])
    assert trace_id != trace.id
    assert secret not in workspace.traces.get(trace_id).steps[0].text
    assert workspace.traces.add([trace]) == (trace_id,)
    assert len(workspace.traces.list()) == 1


def test_runs_are_graded_after_the_fact_and_those_of_sub_agents_are_not(tmp_path: Path) -> None:
    with opened(tmp_path / "s.db") as workspace:
        ids = workspace.traces.add([make_trace(("user", "2 + 2?"), ("assistant", said)) for said in ("4", "5")])
        part = make_trace(("assistant", "4"), run_key="part").model_copy(update={"parent_id": ids[0]})
        workspace.traces.add([part])
        graded = workspace.traces.grade(grader_named("regex", {"pattern": "4"}))
        assert (graded.n_passed, graded.n_failed, graded.n_runs) == (1, 1, 2)
        assert [workspace.traces.get(each).verdict for each in ids] == [True, False]
        again = workspace.traces.grade(grader_named("regex", {"pattern": "4"}), ids[:1])
        assert (again.n_runs, again.n_before) == (1, 1)


def test_within_an_event_loop_runs_are_graded_by_the_async_form(tmp_path: Path) -> None:
    async def inside(workspace: Workspace) -> int:
        with pytest.raises(UsageError, match="agrade"):
            workspace.traces.grade("human")
        return (await workspace.traces.agrade("human")).n_runs

    with opened(tmp_path / "s.db") as workspace:
        workspace.traces.add([make_trace(("user", "hi"))])
        assert asyncio.run(inside(workspace)) == 1
