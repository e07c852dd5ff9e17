"""Learning from Python: one durable run, whatever interrupts it."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seasoned.compile.compiler import compile_prompt
from seasoned.core.finding import located
from seasoned.core.operation import Operation
from seasoned.core.outcome import scored
from seasoned.core.parsed import Parsed
from seasoned.core.policy import ReviewPolicy, ReviewRule
from seasoned.errors import StoreError, UsageError
from seasoned.ingest.processes import parallel
from seasoned.ingest.redaction.policy import Policy
from seasoned.learn.injected import WITHHELD
from seasoned.learn.recursive.config import RecursiveConfig
from seasoned.learn.recursive.episodes import EpisodeLimits
from seasoned.learn.recursive.learner import RecursiveLearner
from seasoned.llm.budget import Budget
from seasoned.llm.model import Model, Reply, Request, request_hash
from seasoned.llm.testing import TestModel
from seasoned.pipeline.given import LearnOptions
from seasoned.pipeline.importing import ImportOptions, import_traces
from seasoned.pipeline.learning import learn_from, learn_from_async
from seasoned.store.books.books import Appended
from seasoned.store.runs import Runs
from seasoned.store.store import Store
from seasoned.store.traces.traces import TraceFilter
from tests.cli.runs_file import write_runs
from tests.compile.building import book, skill
from tests.learn.runs import POLICY, ScriptedModel, code, refund_run, run, said
from tests.make import PERSON, add, verdict
from tests.retrieve.hashing import HashingEmbedder

LOOK, NOTHING = code("print(len(traces))"), code("submit([])")
TRACES = [refund_run(passed=passed, task=task) for task in "abc" for passed in (False, True)]
ONE_AT_A_TIME = RecursiveConfig(episode=EpisodeLimits(max_traces=2), concurrency=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "s.db") as opened:
        opened.traces.add([Parsed(trace=trace) for trace in TRACES])
        yield opened


def options(model: Model, config: RecursiveConfig = ONE_AT_A_TIME, budget: Budget | None = None) -> LearnOptions:
    return LearnOptions(book="desk", learner=RecursiveLearner(config), model=model, budget=budget or Budget())


def test_the_same_work_is_done_once(store: Store) -> None:
    model = ScriptedModel([NOTHING])
    first = learn_from(store, TRACES, options(model))
    again = learn_from(store, TRACES, options(model))
    assert (first.was_done, again.was_done) == (False, True)
    assert again.run_id == first.run_id
    assert len(model.requests) == 3


def test_runs_of_which_only_the_verdict_is_known_are_no_work(store: Store) -> None:
    model = ScriptedModel([NOTHING])
    bare = TRACES[0].model_copy(update={"id": "trace-bare", "steps": ()})
    first = learn_from(store, TRACES, options(model))
    again = learn_from(store, [*TRACES, bare], options(model))
    assert (again.was_done, again.run_id) == (True, first.run_id)


def test_a_learner_with_another_configuration_is_other_work(store: Store) -> None:
    model = ScriptedModel([NOTHING])
    first = learn_from(store, TRACES, options(model))
    other = learn_from(store, TRACES, options(model, ONE_AT_A_TIME.model_copy(update={"max_turns": 5})))
    assert not other.was_done
    assert other.run_id != first.run_id


def test_runs_that_are_judged_anew_are_other_work(store: Store) -> None:
    model = ScriptedModel([NOTHING])
    unknown = [trace.model_copy(update={"outcome": None}) for trace in TRACES]
    first = learn_from(store, unknown, options(model))
    judged = learn_from(store, TRACES, options(model))
    told = [trace.model_copy(update={"outcome": scored(0, "human", feedback="rude")}) for trace in TRACES]
    corrected = learn_from(store, told, options(model))
    assert not judged.was_done
    assert not corrected.was_done
    assert len({first.run_id, judged.run_id, corrected.run_id}) == 3
    again = learn_from(store, told, replace(options(model), ignores_outcomes=True))
    whatever = learn_from(store, TRACES, replace(options(model), ignores_outcomes=True))
    assert (again.was_done, whatever.was_done) == (False, True)


def test_in_a_running_event_loop_the_async_form_is_pointed_to_and_works(store: Store) -> None:
    model = ScriptedModel([NOTHING])

    async def cell() -> None:
        with pytest.raises(UsageError, match="await learn_from_async"):
            learn_from(store, TRACES, options(model))
        assert (list(store.runs.all()), model.requests) == ([], [])
        assert (await learn_from_async(store, TRACES, options(model))).is_complete

    asyncio.run(cell())


def test_several_processes_leave_the_same_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "MIN_BYTES", 0)
    for name in range(5):
        runs = [{"messages": [{"role": "user", "content": f"{name} {n} token=f3Kq9ZtW1xB7mUe"}]} for n in range(90)]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, runs)))
    salt, kept = b"the same for both stores", list[object]()
    for jobs in (1, 3):
        monkeypatch.setattr(Store, "salt", salt)
        with Store(tmp_path / f"{jobs}.db") as opened:
            imported = import_traces(opened, [*sorted(tmp_path.glob("*.jsonl")), "gone"], ImportOptions(jobs=jobs))
            kept.append((imported, list(opened.traces.iterate())))
    assert kept[0] == kept[1]


def test_what_is_sent_is_redacted_by_the_policy(store: Store) -> None:
    trace = refund_run(passed=False, task="mia@example.com wants it")
    store.traces.add([Parsed(trace=trace)])
    model = ScriptedModel([NOTHING])
    chosen = replace(options(model), policy=Policy.parse("email"))
    learn_from(store, [trace, refund_run(passed=True, task="mia@example.com wants it")], chosen)
    assert model.requests
    assert "mia@example.com" not in repr(model.requests)
    assert "<SECRET:email:" in repr(model.requests)


def test_what_agents_were_handed_is_neither_shown_nor_cited_where_no_marker_gives_it_away(store: Store) -> None:
    wording = "When a zephyrline order is to be paid back, call get_order first and compare the date that it gives."
    other_book = book(skill(wording), skill("When a bell is broken, send another bell of the same kind at once."))
    store.prompts.add(compile_prompt(other_book, POLICY, budget_tokens=2_000))
    recited = (said("system", f"<rules><rule>{wording.upper()}</rule></rules>"), said("user", f"Hello. {wording} Bye."))
    trace = run(recited, passed=False, key="handed")
    store.traces.add([Parsed(trace=trace)])
    model = ScriptedModel(
        [
            code(f"get({trace.id!r}).show(width=900)\nprint(read({trace.id!r}, 1), find('hello'))"),
            code(f"cite({trace.id!r}, 2, 'compare the date that')"),
            NOTHING,
        ]
    )
    learn_from(store, [trace], options(model))
    shown = "\n".join(message.content for message in model.requests[-1].messages if message.role == "user")
    assert f"Hello. {WITHHELD}. Bye." in shown
    assert f"<rules><rule>{WITHHELD}.</rule></rules>" in shown
    assert "zephyrline" not in shown.lower()
    assert "these are words that we handed the agent ourselves" in shown


def test_skills_of_the_book_count_as_handed_out_once_they_are_approved(store: Store) -> None:
    wording = "When a zephyrline order is to be paid back, call get_order first and compare the date that it gives."
    trace = run([said("user", f"Hello. {wording}")], passed=False, key="skill")
    store.traces.add([Parsed(trace=trace)])
    shown: list[bool] = []
    for number, operation in enumerate((add(wording), verdict("APPROVE", wording))):
        store.books.append("desk", [operation], scope="", expected_revision=number)
        model = ScriptedModel([code(f"print('zephyr' in read({trace.id!r}, 1))"), NOTHING])
        config = ONE_AT_A_TIME.model_copy(update={"max_turns": 5 + number})
        learn_from(store, [trace], options(model, config))
        shown.append("True" in model.requests[-1].messages[-1].content)
    assert shown == [True, False]


def test_taken_up_again_in_the_same_process_no_finished_call_is_sent_again(store: Store) -> None:
    model = ScriptedModel([LOOK, NOTHING])
    capped = learn_from(store, TRACES, options(model, budget=Budget(max_calls=3)))
    assert (capped.is_complete, len(model.requests)) == (False, 3)
    whole = learn_from(store, TRACES, options(model, budget=Budget(max_calls=20)))
    assert whole.is_complete
    assert whole.run_id == capped.run_id
    sent = [request_hash(request) for request in model.requests]
    assert (len(sent), len(set(sent))) == (6, 6)


def test_turns_that_cannot_be_written_down_end_the_work_before_all_of_it_is_paid_for(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("could not write", why="the disk is full")

    model = ScriptedModel([LOOK, LOOK, NOTHING])
    with monkeypatch.context() as broken:
        broken.setattr(Runs, "add_turn", full)
        with pytest.raises(StoreError, match="the disk is full"):
            learn_from(store, TRACES, options(model))
    assert len(model.requests) < 9
    assert [run.state for run in store.runs.all()] == ["failed"]
    assert learn_from(store, TRACES, options(model)).is_complete
    assert len(model.requests) == 9


def test_seconds_are_a_hard_stop_for_calls_in_flight_too(store: Store) -> None:
    async def forever(_: Request) -> str:
        await asyncio.Event().wait()
        return NOTHING

    late = learn_from(store, TRACES, options(TestModel(forever), budget=Budget(max_duration_s=0.05)))
    assert not late.is_complete
    assert "the budget of 0.05 s is over" in late.notes[0]


def lookup_skill(n: int) -> str:
    text = f"When a refund is asked for on line {'again ' * n}, call get_order and read the delivery date."
    return code(
        "bad, good = sorted(traces, key=lambda t: t.verdict)\n"
        "seen = [cite(bad, 2, 'refund_order'), cite(good, 2, 'get_order')]\n"
        "submit([{'claim': 'It refunds without a look.', 'confidence': 0.9, 'evidence': seen,"
        f" 'skill': {{'text': {text!r}, 'section': 'Refunds'}}}}])"
    )


class Curious(ScriptedModel):
    """A reflector whose drafts read alike; asked about them it says that they are one."""

    n_questions = 0

    async def complete(self, request: Request) -> Reply:
        first = request.messages[0].content
        if "You keep the skillbook" in first:
            self.n_questions += 1
            lines = [json.loads(x) for x in request.messages[1].content.splitlines() if x.startswith("{")]
            lead, *rest = [line["id"] for line in lines if line["id"].startswith("draft-")]
            said = [{"draft": lead, "verdict": "new"}]
            said += [{"draft": each, "verdict": "same", "of": [lead]} for each in rest]
            return Reply(content=json.dumps({"decisions": said}), cost_usd=0.5)
        n_asked = sum(m.role == "user" for r in self.requests for m in r.messages[:2])
        self.requests.append(request)
        return Reply(content=lookup_skill(n_asked), cost_usd=0.01)


def test_what_episodes_found_side_by_side_becomes_one_skill(store: Store) -> None:
    model = Curious([])
    learned = learn_from(store, TRACES, options(model))
    assert (learned.n_findings, learned.n_proposed, learned.n_agreed) == (3, 1, 2)
    assert (model.n_questions, learned.n_calls, learned.cost_usd) == (1, 4, pytest.approx(0.53))
    (skill,) = store.books.read("desk").skills.values()
    assert len({e.trace_id for e in skill.evidence}) == 6
    assert (skill.section, skill.scope.tools) == ("refunds", ("get_order",))


@pytest.mark.parametrize(("min_runs", "status"), [(6, "approved"), (7, "proposed")])
def test_rules_of_review_may_approve_what_was_learned(store: Store, min_runs: int, status: str) -> None:
    enough = ReviewPolicy(rules=(ReviewRule(name="enough runs", min_runs=min_runs, approvals=0),))
    store.books.append("desk", [Operation(kind="POLICY", author=PERSON, policy=enough)], scope="s")
    learned = learn_from(store, TRACES, options(Curious([])))
    (skill,) = store.books.read("desk").skills.values()
    assert (skill.status, learned.n_approved) == (status, int(status == "approved"))


def test_an_embedder_searches_the_skills(store: Store) -> None:
    embedder = HashingEmbedder()
    learn_from(store, TRACES, replace(options(Curious([])), embedder=embedder))
    assert any("call get_order" in text for text in embedder.embedded)


def test_another_writer_in_between_costs_no_second_question(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    model, append, writers = Curious([]), store.books.append, ["When a tyre is flat, mend it."]

    def late(name: str, operations: Sequence[Operation], **rest: Any) -> Appended:
        if writers:
            append(name, [add(writers.pop())], scope="other")
        return append(name, operations, **rest)

    monkeypatch.setattr(store.books, "append", late)
    assert learn_from(store, TRACES, options(model)).n_proposed == 1
    assert model.n_questions == 1
    assert len(store.books.read("desk").skills) == 2


@pytest.mark.parametrize("agents_first", [True, False])
def test_a_sub_agent_in_a_file_of_its_own_is_linked_to_its_session(tmp_path: Path, agents_first: bool) -> None:
    agent = {"isSidechain": True, "agentId": "b7"}
    files: dict[str, str] = {}
    for name, more in {"main": {"isSidechain": False}, "agent": agent}.items():
        line = {"type": "user", "uuid": name, "parentUuid": None, "sessionId": "s-1"} | more
        text = f"{name} with token=f3Kq9ZtW1xB7mUe"
        files[name] = json.dumps(line | {"message": {"role": "user", "content": text}})
    for name, number in {"main": int(agents_first), "agent": int(not agents_first)}.items():
        (tmp_path / f"{number}.jsonl").write_text(files[name])
    with Store(tmp_path / "s.db") as opened:
        import_traces(opened, sorted(tmp_path.glob("*.jsonl")))
        (main,), (its_agent,) = (opened.traces.with_run_key(key) for key in ("s-1", "s-1 b7"))
        assert opened.traces.get(its_agent).parent_id == main
        assert [row.id for row in opened.traces.children(main)] == [its_agent]


def test_a_sub_agent_whose_session_is_not_there_is_linked_once_it_is_imported_again(tmp_path: Path) -> None:
    def session(own: str, **more: object) -> str:
        header = {"type": "session_meta", "payload": {"id": own, **more}}
        said = {"type": "event_msg", "payload": {"type": "user_message", "message": f"I am {own}."}}
        return f"{json.dumps(header)}\n{json.dumps(said)}"

    agent, main = tmp_path / "a.jsonl", tmp_path / "m.jsonl"
    agent.write_text(session("c2", parent_thread_id="c1"))
    main.write_text(session("c1", parent_thread_id="c1"))
    with Store(tmp_path / "s.db") as opened:
        import_traces(opened, [agent])
        (agent_id,) = opened.traces.with_run_key("c2")
        assert opened.traces.get(agent_id).parent_id is None
        import_traces(opened, [main])
        import_traces(opened, [agent])
        (main_id,) = opened.traces.with_run_key("c1")
        assert (opened.traces.get(agent_id).parent_id, opened.traces.get(main_id).parent_id) == (main_id, None)


def test_the_whole_loop_goes_round_on_every_database(place: str, tmp_path: Path) -> None:
    logs = write_runs(tmp_path / "runs.jsonl", n_tasks=2)
    model = ScriptedModel([LOOK, NOTHING])
    with Store(place) as opened:
        imported = import_traces(opened, [str(logs)], ImportOptions(jobs=1))
        traces = list(opened.traces.iterate())
        assert (imported.n_new, len(traces)) == (16, 16)
        outcome = learn_from(opened, traces, options(model))
        assert (outcome.is_complete, learn_from(opened, traces, options(model)).was_done) == (True, True)
        rule = "When a refund is asked for, look the order up first."
        opened.books.append("desk", [add(rule, (located(traces[0], 1, "bicycle"),))], scope="a person")
        opened.books.append("desk", [verdict("APPROVE", rule)], scope="review")
        prompt = compile_prompt(opened.books.read("desk"), "You are the desk agent.", budget_tokens=2_000)
        opened.prompts.add(prompt)
        assert rule in opened.prompts.get(prompt.id).text
        assert opened.runs.spending(outcome.run_id).n_calls == len(model.requests)
        assert len(opened.traces.search('"cannot refund"', TraceFilter(verdict=True))) == 8
