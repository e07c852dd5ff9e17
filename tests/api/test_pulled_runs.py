"""From the prompt that an agent pulls to what its skills are said to do: draws, spans, and what is believed of them."""

import json
from collections.abc import Generator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from seasoned import PromptClient
from seasoned.agents.pulled import AssignedPrompt, PulledPrompt
from seasoned.api.answers import JSON
from seasoned.api.assembler import Assembler
from seasoned.api.limits import Limits
from seasoned.api.prompts import PromptAnswers
from seasoned.api.receive import Receiver
from seasoned.compile.compiler import compile_prompt
from seasoned.compile.config import CompileConfig
from seasoned.core.handed import EXPOSURES, PROMPT, RUN
from seasoned.core.operation import skill_id
from seasoned.core.trace import Trace
from seasoned.pipeline.canary import begin
from seasoned.pipeline.crediting import uplift
from seasoned.pipeline.importing import import_traces
from seasoned.pipeline.promoting import Unproven, promote
from seasoned.store.keeping import BOOK
from seasoned.store.store import Store
from tests.api.served import AGENT, ANSWER, CALL_1, FIRST, ROOT, TRACE_ID, call, export, served, span, wait_until
from tests.prompts import RULES, compiled

IDS = tuple(map(skill_id, RULES))
LIMITS = Limits(grace_s=2, idle_s=60, keep_days=30)


def promoted(store: Store, *rules: str) -> str:
    prompt = compiled(store, *rules)
    promote(store, "default", "production", prompt, by="ada", reason=Unproven("a test"))
    return prompt.id


def pulled(store: Store, keep_probability: float = 0.8) -> PulledPrompt:
    """What a server would answer an agent with now."""
    body = bytes(PromptAnswers(store, keep_probability)("default", "production").body)
    return PulledPrompt.model_validate({**json.loads(body), "fetched_at": datetime.now(UTC)})


def saying(attributes: Mapping[str, str], told: dict[str, Any]) -> dict[str, Any]:
    """A span with these attributes besides its own."""
    more = [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()]
    return {**told, "attributes": [*told["attributes"], *more]}


def spans_of(run: AssignedPrompt | None, trace_id: str = TRACE_ID, **attributes: str) -> list[dict[str, Any]]:
    """The spans of an agent that was told this prompt, with these attributes on the root besides the prompt's."""
    said = {**({} if run is None else run.attributes), **attributes}
    root = saying(said, AGENT)
    told = [{"role": "system", "content": run.text if run else "Hi."}, {"role": "user", "content": "Where is W1?"}]
    return [{**each, "traceId": trace_id} for each in (call(FIRST, told, ANSWER, at=1), root)]


def trace_id_of(number: int) -> str:
    return f"{number + 1:032x}"


def test_from_the_pulled_prompt_to_what_each_skill_does(tmp_path: Path) -> None:
    """The whole way, over a socket: a skill without which runs fail is found to help, one that does nothing is not."""
    with served(tmp_path, token="open-sesame") as server:
        promoted(server.store, *RULES[:2])
        server.store.keeping.keep("default", [BOOK], 0.5, by="ada")
        client = PromptClient(server.url, token="open-sesame", cache=tmp_path / "cache")
        token = {"Authorization": "Bearer open-sesame"}
        runs = [client.get().assigned(trace_id_of(number)) for number in range(60)]
        for run in runs:
            assert server.post("/v1/traces", export(*spans_of(run, run.run_key)), **token).status == 200
            said = {"trace_id": run.run_key, "success": RULES[0] in run.text}
            assert server.post("/v1/feedback", said, **token).status in (200, 202)
        traces = {trace.source.run_key: trace for trace in server.traces(60)}
        assert {run.run_key: run.exposures for run in runs} == {key: t.exposures for key, t in traces.items()}
        assert {trace.prompt_id for trace in traces.values()} == {client.get().id}
        assert not server.store.inbox.problems()
        wait_until(lambda: uplift(server.store, "default").n_runs == 60)
        found = {each.skill_id: each.verdict for each in uplift(server.store, "default").skills}
        assert found == {IDS[0]: "helps", IDS[1]: "not distinguishable"}


class Bench:
    """What receives spans and makes runs of them, on one store with a label."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.receiver, self.assembler = Receiver(store), Assembler(store, LIMITS)
        self.prompt_id = promoted(store, *RULES[:2])

    def assigned(self, key: str = "run 1", **how: bool) -> AssignedPrompt:
        return pulled(self.store).assigned(key, **how)

    def made_of(self, spans: list[dict[str, Any]]) -> Trace:
        """The run that is made of spans."""
        assert self.receiver.take(json.dumps(export(*spans)).encode(), JSON) == (0, "")
        self.assembler.sweep(datetime.now(UTC) + timedelta(seconds=61))
        return list(self.store.traces.iterate())[-1]

    @property
    def problem(self) -> str:
        return self.store.inbox.problems().get(TRACE_ID, "")


@pytest.fixture
def bench(place: str) -> Generator[Bench]:
    with Store(place) as store:
        yield Bench(store)


def lacking(bench: Bench) -> AssignedPrompt:
    """A run that lacks the first skill by chance."""
    return next(run for n in range(1000) if IDS[0] not in (run := bench.assigned(f"run {n}")).skills)


def test_a_run_says_what_it_was_handed_and_what_was_left_out(bench: Bench) -> None:
    run = lacking(bench)
    trace = bench.made_of(spans_of(run))
    assert RULES[0] not in trace.steps[0].text
    assert (trace.prompt_id, trace.exposures, bench.problem) == (bench.prompt_id, run.exposures, "")
    assert bench.store.traces.get(trace.id) == trace


def test_any_span_may_say_it_where_the_root_does_not(bench: Bench) -> None:
    run = bench.assigned()
    first, root = spans_of(None)
    assert bench.made_of([saying(run.attributes, first), root]).exposures == run.exposures


def test_the_root_is_believed_rather_than_an_agent_within_that_was_handed_another_prompt(bench: Bench) -> None:
    run = bench.assigned()
    inner = saying({RUN: "run 2", PROMPT: bench.prompt_id, EXPOSURES: "[]"}, span("00f067aa0ba902b7", ROOT))
    assert bench.made_of([*spans_of(run), inner]).exposures == run.exposures


def test_a_root_that_comes_late_says_it_of_the_run_that_is_there(bench: Bench) -> None:
    run = lacking(bench)
    first, root = spans_of(run)
    before = bench.made_of([first])
    assert (before.prompt_id, before.exposures) == (None, ())
    after = bench.made_of([root])
    assert (after.id, after.prompt_id, after.exposures) == (before.id, bench.prompt_id, run.exposures)


def test_more_of_a_run_leaves_what_it_was_handed(bench: Bench) -> None:
    run = bench.assigned()
    before = bench.made_of(spans_of(run))
    after = bench.made_of([call("00f067aa0ba902b9", [{"role": "user", "content": "More?"}], ANSWER, at=9)])
    assert (after.id == before.id, after.exposures) == (False, run.exposures)


def test_the_prompt_alone_may_be_named(bench: Bench) -> None:
    trace = bench.made_of(spans_of(None, **{PROMPT: bench.prompt_id}))
    assert (trace.prompt_id, trace.exposures, bench.problem) == (bench.prompt_id, (), "")


def test_a_run_that_kept_all_tells_of_no_effect_and_is_believed(bench: Bench) -> None:
    run = bench.assigned(keep_all=True)
    trace = bench.made_of(spans_of(run))
    assert {(each.included, each.probability) for each in trace.exposures} == {(True, 1.0)}


def test_rules_that_held_when_the_prompt_was_pulled_may_have_changed_since(bench: Bench) -> None:
    bench.store.keeping.keep("default", [IDS[0]], 0.3, by="ada")
    bench.store.keeping.keep("default", [BOOK], 0.6, by="ada")
    run = bench.assigned()
    bench.store.keeping.keep("default", [IDS[0]], 0.4, by="ada")
    bench.store.keeping.keep_as_the_book("default", [IDS[0]], by="ada")
    bench.store.keeping.keep("default", [BOOK], 0.7, by="ada")
    trace = bench.made_of(spans_of(run))
    assert {each.skill_id: each.probability for each in trace.exposures} == {IDS[0]: 0.3, IDS[1]: 0.6}


def record(run: AssignedPrompt, **changed: tuple[bool, float]) -> str:
    """What a run says that it was handed, but for what is changed, by skill id with a line for the hyphen."""
    said = {each.skill_id: (each.included, each.probability) for each in run.exposures}
    said |= {key.replace("_", "-"): value for key, value in changed.items()}
    return json.dumps([[skill_id, *value] for skill_id, value in said.items()])


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("a skill that was left out is said to be in it", "was not drawn so for this run"),
        ("another run's record", "was not drawn so for this run"),
        ("a probability that was never said", "was never to be kept with that probability"),
        ("a probability of another skill", "was never to be kept with that probability"),
        ("no probability", "was never to be kept with that probability"),
        ("left out for certain", "was not drawn so for this run"),
        ("a skill kept quiet", "is not of the skills of prompt-"),
        ("a skill of another prompt", "is not of the skills of prompt-"),
        ("a skill twice", "is no record of skills"),
        ("no record", "is no record of skills"),
        ("another shape", "is no record of skills"),
        ("a prompt that nobody compiled", "names no prompt of this store"),
        ("the beginning of a prompt's id", "names no prompt of this store"),
        ("a placebo", "names no prompt of this store"),
        ("no prompt", "names no prompt of this store"),
        ("no run", "stands there without seasoned.run"),
    ],
)
def test_what_cannot_have_been_drawn_is_dropped_and_that_is_said(
    bench: Bench, how: str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    bench.store.keeping.keep("default", [IDS[1]], 0.5, by="ada")
    run = lacking(bench)
    first, second = (each.replace("-", "_") for each in IDS[:2])
    chances = {each.skill_id: each.included for each in run.exposures}
    placebo = compile_prompt(
        bench.store.books.read("default"), "Be kind.", budget_tokens=4000, config=CompileConfig(placebo_seed=1)
    )
    bench.store.prompts.add(placebo)
    said = {
        "a skill that was left out is said to be in it": {EXPOSURES: record(run, **{first: (True, 0.8)})},
        "another run's record": {RUN: next(f"x{n}" for n in range(99) if IDS[0] in bench.assigned(f"x{n}").skills)},
        "a probability that was never said": {EXPOSURES: record(run, **{first: (False, 0.01)})},
        "a probability of another skill": {EXPOSURES: record(run, **{first: (False, 0.5)})},
        "no probability": {EXPOSURES: record(run, **{first: (False, -1.0)})},
        "left out for certain": {EXPOSURES: record(run, **{second: (False, 1.0)})},
        "a skill kept quiet": {EXPOSURES: json.dumps([[IDS[1], chances[IDS[1]], 0.5]])},
        "a skill of another prompt": {EXPOSURES: record(run, **{IDS[2].replace("-", "_"): (True, 0.8)})},
        "a skill twice": {EXPOSURES: json.dumps([[IDS[0], False, 0.8]] * 2)},
        "no record": {EXPOSURES: "[" * 5000},
        "another shape": {EXPOSURES: '{"skill": 1}'},
        "a prompt that nobody compiled": {PROMPT: "prompt-0123456789abcdef"},
        "the beginning of a prompt's id": {PROMPT: run.id[:-1]},
        "a placebo": {PROMPT: placebo.id},
        "no prompt": {PROMPT: ""},
        "no run": {RUN: ""},
    }[how]
    trace = bench.made_of(spans_of(run, **said))
    assert (trace.prompt_id, trace.exposures) == (None, ())
    assert why in bench.problem
    assert f"what trace {TRACE_ID} says that it was handed is not believed" in caplog.text


def test_spans_that_contradict_each_other_are_not_believed(bench: Bench) -> None:
    one, other = spans_of(lacking(bench)), saying({RUN: "run x"}, span("00f067aa0ba902b8"))
    assert bench.made_of([*one, other]).exposures == ()
    assert bench.problem == "its spans say several things as seasoned.run"


def test_a_key_that_names_two_runs_draws_for_the_first_alone(bench: Bench) -> None:
    run = bench.assigned("the same for all")
    assert bench.made_of(spans_of(run)).exposures == run.exposures
    assert bench.made_of(spans_of(run, trace_id_of(7))).exposures == ()
    assert "another trace has the same seasoned.run" in bench.store.inbox.problems()[trace_id_of(7)]


def test_a_run_without_any_of_it_is_no_problem(bench: Bench) -> None:
    trace = bench.made_of([CALL_1, AGENT])
    assert (trace.prompt_id, trace.exposures, bench.problem) == (None, (), "")


def test_a_file_that_is_imported_says_nothing_of_what_runs_were_handed(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "spans.json"
    file.write_text(json.dumps(export(*spans_of(lacking(bench)))))
    import_traces(bench.store, [file])
    (trace,) = bench.store.traces.iterate()
    assert (trace.prompt_id, trace.exposures) == (None, ())


def test_a_run_that_fell_to_the_canary_counts_for_it_though_it_lacks_skills(bench: Bench) -> None:
    tried = compiled(bench.store, RULES[2])
    begin(bench.store, "default", "production", tried, 0.5, by="ada", reason="try it")
    runs = (bench.assigned(f"run {n}") for n in range(1000))
    run = next(run for run in runs if run.id == tried.id and len(run.skills) < len(RULES))
    trace = bench.made_of(spans_of(run))
    assert (trace.prompt_id, trace.exposures) == (tried.id, run.exposures)
