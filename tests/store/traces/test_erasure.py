"""A trace that was deleted on request is gone from the bytes of the file; that it was there stays on record."""

import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import JsonValue
from pydantic_core import to_json
from sqlalchemy import make_url, select, text

from seasoned.checks.stored_texts import labels, prompts
from seasoned.compile.compiler import compile_prompt
from seasoned.compile.config import CompileConfig
from seasoned.core.journal import Started
from seasoned.core.operation import Operation
from seasoned.core.outcome import Outcome
from seasoned.core.parsed import Parsed
from seasoned.core.run import RunTurn
from seasoned.core.trace import Source, Step, Task, Trace
from seasoned.errors import StoreError, UsageError
from seasoned.store import database as database_module
from seasoned.store import fulltext, postgres, schema, sqlite
from seasoned.store.database import server_of
from seasoned.store.store import Store
from seasoned.store.traces.erasure import HOLD_TRACE_TEXT
from seasoned.store.traces.references import reference_of
from seasoned.store.traces.traces import Added
from tests.banks import bank
from tests.databases import Server
from tests.exemplars import desk_run
from tests.make import LEARNER, add, make_evidence, make_trace
from tests.prompts import approved, bare_prompt

MARKER = "Xq7marker"
SHARED, OWN = "aa" * 32, "bb" * 32


def secret_trace() -> Trace:
    return Trace.of(
        task=Task(key=f"task {MARKER}key", text=f"asked {MARKER}task"),
        steps=(
            Step(kind="user", text=f"I am {MARKER}name, order RX-1"),
            Step(kind="tool_call", text=f"{MARKER}tool({{}})", name=f"{MARKER}tool"),
            Step(kind="image", text="[image]", blob=OWN),
            Step(kind="image", text="[image]", blob=SHARED),
        ),
        source=Source(format="test", path=f"{MARKER}path", run_key=f"{MARKER}runkey"),
        agent=f"{MARKER}agent",
        outcome=Outcome(success=False, source="verifier", feedback=f"{MARKER}feedback"),
    )


SECRET = secret_trace()
OTHER = Trace.of(
    task=Task(key="o", text="o"),
    steps=(Step(kind="user", text="The order was late."), Step(kind="image", text="[image]", blob=SHARED)),
    source=Source(format="test"),
    parent_id=SECRET.id,
)
RULE, LONELY = "When late, refuse.", "When asked, answer."


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    """A store in which the trace has left its text in every place there is."""
    with Store(place) as opened:
        blobs = {OWN: f"{MARKER}blob".encode(), SHARED: b"shared"}
        opened.traces.add([Parsed(trace=SECRET, reference={"gold": f"{MARKER}gold"}, blobs=blobs)])
        opened.traces.add([Parsed(trace=OTHER, blobs={SHARED: b"shared"})])
        opened.outcomes.attach(SECRET.id, Outcome(success=True, source="human", feedback=f"{MARKER}said"))
        quotes = (make_evidence(SECRET, f"{MARKER}name"), make_evidence(OTHER, "was late"))
        operations = [add(RULE, quotes, LEARNER), add(LONELY, quotes[:1], LEARNER)]
        opened.books.append("desk", operations, scope="run-1")
        run = opened.runs.take("learn", {"traces": [SECRET.id, OTHER.id]})
        journal = opened.new_journal()
        for number in range(2):
            begun = journal.begin(run.id, f"hash{number}", {"content": f"{MARKER}request"})
            assert isinstance(begun, Started)
            if number == 0:
                journal.finish(begun.call_id, {"content": f"{MARKER}reply"}, 0.25)
            else:
                journal.fail(begun.call_id, f"{MARKER}error")
        opened.runs.add_turn(
            run.id, RunTurn(episode=0, turn=0, title="t", reply=f"{MARKER}code", output=f"{MARKER}out")
        )
        dropped: JsonValue = [{"claim": f"{MARKER}claim", "reason": "r"}]
        opened.runs.end(run.id, "incomplete", {"run_id": run.id, "n_calls": 1, "dropped": dropped})
        yield opened


Disk = Callable[[], bytes]


@pytest.fixture
def disk(place: str, request: pytest.FixtureRequest) -> Disk:
    """All that the database has on disk, in lower case: SQLite's log included, and of a server the database's files."""
    if server_of(place) is None:
        return lambda: b"".join(file.read_bytes() for file in Path(place).parent.iterdir()).lower()
    server: Server = request.getfixturevalue("postgres")

    def read() -> bytes:
        # What is in memory is written, and what took another's place is gone.
        server.execute("CHECKPOINT")
        number = server.value(f"SELECT oid FROM pg_database WHERE datname = '{make_url(place).database}'")
        return b"".join(file.read_bytes() for file in (server.folder / "base" / str(number)).iterdir()).lower()

    return read


def test_no_byte_of_its_text_is_left_in_any_file(store: Store, disk: Disk) -> None:
    before = disk()
    for place in ("name", "task", "tool", "blob", "gold", "said", "request", "reply", "error", "code", "claim", "path"):
        assert f"{MARKER}{place}".lower().encode() in before, f"the test itself writes {place} nowhere"
    erased = store.erasures.erase([SECRET.id], by="ada", why="asked by mail")
    assert erased.is_purged
    assert MARKER.lower().encode() not in disk()
    store.close()
    assert MARKER.lower().encode() not in disk()


def test_the_result_says_what_was_touched(store: Store) -> None:
    erased = store.erasures.erase([SECRET.id], by="ada", why="asked by mail")
    assert (erased.n_quotes, erased.n_calls, erased.n_turns, erased.n_blobs) == (2, 2, 1, 1)
    assert erased.skills == (add(RULE).skill_id, add(LONELY).skill_id)
    assert erased.children == (OTHER.id,)
    (kept,) = store.erasures.all()
    assert (kept.trace_id, kept.by, kept.why) == (SECRET.id, "ada", "asked by mail")


def test_every_table_that_may_hold_its_text_is_rewritten() -> None:
    names = {*schema.metadata.tables, fulltext.INDEX_TABLE}
    hold_none = {"setting", "erasure", "book", "book_merge", "tag", "review_claim", "label_move", "audit"}
    # Of a trace or a task these have no more than its key.
    hold_none |= {"anchor", "canary_move", "comparison", "keeping"}
    assert names - set(HOLD_TRACE_TEXT) == hold_none


def test_what_is_shared_or_anothers_stays(store: Store) -> None:
    store.erasures.erase([SECRET.id], by="ada")
    assert list(store.traces.iterate()) == [OTHER]
    assert [hit.row.id for hit in store.traces.search("late")] == [OTHER.id]
    assert reference_of(store.database, SECRET.id) is None
    assert store.outcomes.of(SECRET.id) == ()
    with store.database.reading() as connection:
        assert connection.execute(text("SELECT sha256 FROM blob")).scalars().all() == [SHARED]


def test_skills_stay_with_a_mark_where_their_quote_was(store: Store) -> None:
    before = store.books.read("desk")
    store.erasures.erase([SECRET.id], by="ada")
    book = store.books.read("desk")
    assert book == store.books.at("desk", book.revision), "the projection is still the fold of the events"
    rule, lonely = book.skills.values()
    assert [each.is_erased for each in rule.evidence] == [True, False]
    assert (rule.is_unproven, lonely.is_unproven) == (False, True)
    blanked = rule.evidence[0].model_copy(update={"quote": f"{MARKER}name"})
    assert rule.model_copy(update={"evidence": (blanked, rule.evidence[1])}) == before.skills[rule.id]


def test_what_a_merge_carried_over_is_emptied_too(store: Store) -> None:
    rule, lonely = add(RULE).skill_id, add(LONELY).skill_id
    other = add("When early, accept.", (make_evidence(OTHER, "late"),), LEARNER)
    merge = Operation(kind="MERGE", skill_id=other.skill_id, merged_id=rule, author=LEARNER)
    store.books.append("desk", [other, merge], scope="later")
    assert store.erasures.erase([SECRET.id], by="ada").skills == (rule, lonely, other.skill_id)
    book = store.books.read("desk")
    assert book == store.books.at("desk", book.revision), "the projection is still the fold of the events"
    assert MARKER not in book.model_dump_json()


def test_the_log_takes_no_other_change_than_an_erased_quote(store: Store) -> None:
    store.erasures.erase([OTHER.id], by="ada")
    with store.database.reading() as connection:
        body = connection.execute(select(schema.event.c.operation).where(schema.event.c.revision == 1)).scalar_one()
    operation = json.loads(body)
    both, (first, second) = operation["evidence"], operation["evidence"]
    rest = {name: value for name, value in operation.items() if name != "evidence"}
    changes: list[JsonValue] = [
        operation | {"text": "When late, pay."},
        operation | {"more": 1},
        operation | {"evidence": [first | {"quote": ""}, second]},
        operation | {"evidence": [first, second | {"quote": "was never"}]},
        operation | {"evidence": [first, second | {"quote": "", "step": 5}]},
        operation | {"evidence": [first, second | {"quote": "", "more": 1}]},
        operation | {"evidence": [*both, second]},
        operation | {"evidence": [first]},
        operation | {"evidence": []},
        operation | {"evidence": None},
        operation | {"evidence": "none"},
        rest,
    ]
    which = "WHERE revision = 1"
    for change in changes:
        written = to_json(change).decode()
        with pytest.raises(StoreError, match=r"append-only|cannot"), store.database.writing() as connection:
            connection.execute(text(f"UPDATE event SET operation = :new {which}"), {"new": written})
    for statement in ("UPDATE event SET revision = revision + 10", "UPDATE event SET at = 'x'", "DELETE FROM event"):
        with pytest.raises(StoreError, match="append-only"), store.database.writing() as connection:
            connection.execute(text(f"{statement} {which}"))


HARD = Operation(
    kind="ADD",
    skill_id=add(RULE).skill_id,
    text='\u2028 "quoted" \\ ä 😀 </script>\x01',
    author=LEARNER,
    confidence=0.1 + 0.2,
    evidence=(make_evidence(SECRET, f"{MARKER}name"), make_evidence(OTHER, "was late")),
    section="",
)


def test_every_byte_but_the_quotes_stays_as_it_was(store: Store) -> None:
    query = text("SELECT operation FROM event WHERE book = 'hard'")
    store.books.append("hard", [HARD], scope="x")
    with store.database.reading() as connection:
        before = connection.execute(query).scalar_one()
    store.erasures.erase([SECRET.id], by="ada")
    with store.database.reading() as connection:
        after = connection.execute(query).scalar_one()
    quote = f'"quote":"{MARKER}name"'
    assert quote in before
    assert after == before.replace(quote, '"quote":""')


def test_what_was_paid_stays_and_a_resumed_run_asks_anew(store: Store) -> None:
    (run,) = store.runs.all()
    paid = store.runs.spending(run.id)
    store.erasures.erase([SECRET.id], by="ada")
    assert store.runs.spending(run.id) == paid
    assert (paid.n_calls, paid.n_failed, paid.cost_usd) == (1, 1, 0.25)
    (turn,) = store.runs.turns(run.id)
    assert (turn.reply, turn.output) == ("(erased)", "(erased)")
    assert store.runs.get(run.id).summary == {
        "run_id": run.id,
        "n_calls": 1,
        "dropped": [{"claim": "(erased)", "reason": "(erased)"}],
    }
    again = store.runs.take("learn", run.config)
    assert again.id == run.id
    assert isinstance(store.new_journal().begin(run.id, "hash0", {"content": "x"}), Started)


def test_a_trace_that_a_run_is_at_work_on_cannot_be_erased(store: Store) -> None:
    (run,) = store.runs.all()
    store.runs.take("learn", run.config)
    with store.database.writing() as connection:
        owner = f"{socket.gethostname()}:{os.getppid()}:token"
        connection.execute(text("UPDATE run SET owner = :owner"), {"owner": owner})
    with pytest.raises(UsageError, match="a run is at work on a trace"):
        store.erasures.erase([SECRET.id], by="ada")
    assert store.traces.count() == 2


def test_an_unknown_trace_erases_nothing(store: Store) -> None:
    with pytest.raises(UsageError, match="no trace 'trace-none'"):
        store.erasures.erase([SECRET.id, "trace-none"], by="ada")
    assert store.traces.count() == 2
    assert store.erasures.all() == ()


def test_an_erased_trace_is_said_to_be_and_an_import_leaves_it_out(store: Store) -> None:
    store.erasures.erase([SECRET.id], by="ada")
    with pytest.raises(UsageError, match=f"the trace {SECRET.id} was deleted"):
        store.traces.get(SECRET.id[:14])
    assert store.traces.add([Parsed(trace=SECRET)]) == Added(erased=(SECRET.id,))
    assert store.traces.add([Parsed(trace=SECRET)], even_erased=True).new == (SECRET.id,)
    assert store.traces.add([Parsed(trace=SECRET)]) == Added()
    store.erasures.erase([SECRET.id], by="ada")
    assert len(store.erasures.all()) == 2


def test_two_traces_are_erased_at_once(store: Store, disk: Disk) -> None:
    third = make_trace(("user", f"{MARKER}third"))
    store.traces.add([Parsed(trace=third)])
    store.erasures.erase([third.id, SECRET.id], by="ada")
    assert [row.id for row in store.traces.rows()] == [OTHER.id]
    assert MARKER.lower().encode() not in disk()


def test_more_traces_are_erased_than_one_statement_can_name(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "STATEMENT_ITEMS", 2)
    many = [make_trace(("user", f"{MARKER} {number}")) for number in range(5)]
    store.traces.add([Parsed(trace=trace) for trace in many])
    erased = store.erasures.erase([SECRET.id, *(trace.id for trace in many)], by="ada")
    assert (len(erased.trace_ids), erased.children) == (6, (OTHER.id,))
    assert list(store.traces.iterate()) == [OTHER]


def test_a_reader_in_the_way_is_said_and_a_later_purge_finishes(
    place: str, store: Store, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.close()
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 1)
    monkeypatch.setattr(postgres, "REWRITE_LOCK_TIMEOUT_MS", 200)
    monkeypatch.setattr(postgres, "REWRITE_PAUSES_S", ())
    with Store(place) as hurried:
        other = Store(place)
        with other.database.reading() as reader:
            reader.execute(text("SELECT count(*) FROM trace")).all()
            assert not hurried.erasures.erase([SECRET.id], by="ada").is_purged
        other.close()
        assert hurried.erasures.purge()
        assert MARKER.lower().encode() not in disk()


def test_a_prompt_that_showed_it_as_an_example_loses_its_examples(store: Store, disk: Disk) -> None:
    shown = desk_run("shown", asked="What became of Quaggaword?", answer="Zebraword has it.")
    bank(store, shown)
    approved(store, RULE, book="default")
    config = CompileConfig(cases=store.exemplars.cases("default", [store.exemplars.of("default")[0].id]))
    prompt = compile_prompt(store.books.read("default"), "Be kind.", budget_tokens=4000, config=config)
    later = bare_prompt("Be brief.")
    for each in (prompt, later):
        store.prompts.add(each)
    store.labels.move("default", "production", prompt.id, by="ada")
    assert b"zebraword" in disk()
    erased = store.erasures.erase([shown.id], by="ada")
    assert (erased.n_prompts, erased.is_purged) == (1, True)
    left = store.prompts.get(prompt.id)
    assert left.text == compile_prompt(store.books.read("default"), "Be kind.", budget_tokens=4000).text
    assert [each.id for each in store.prompts.all()] == [left.id, later.id]
    assert store.prompts.get(left.id) == left
    with store.database.reading() as connection:
        assert (prompts(connection).state, labels(connection).state) == ("ok", "ok")
    assert b"zebraword" not in disk()
    assert b"quaggaword" not in disk()
