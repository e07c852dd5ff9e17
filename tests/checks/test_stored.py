"""Each thing that can be wrong with a store is found, and what is only derived is mended."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest
from sqlalchemy import Connection, text, update

from seasoned.checks.check import Check
from seasoned.checks.stored import repair, stored
from seasoned.core.operation import skill_id
from seasoned.store import fulltext, schema
from seasoned.store.store import Store
from tests.store.filling import ERASED, LATER, PROMPT, REFUSE, TRACE, fill

SKILL = skill_id(REFUSE)


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with Store(place) as opened:
        fill(opened)
        yield opened


def failed(store: Store) -> dict[str, Check]:
    return {check.name: check for check in stored(store.database) if check.state == "failed"}


def execute(store: Store, *statements: str) -> None:
    with store.database.writing() as connection:
        for statement in statements:
            connection.execute(text(statement))


def unlocked(connection: Connection, table: str) -> None:
    """Take away what keeps a table as it is."""
    is_sqlite = connection.dialect.name == "sqlite"
    for verb in ("UPDATE", "DELETE"):
        connection.execute(text(f"DROP TRIGGER {table}_no_{verb}" + ("" if is_sqlite else f" ON {table}")))


def test_a_store_as_it_should_be_passes_every_check(store: Store) -> None:
    checks = list(stored(store.database))
    assert [check.name for check in checks if check.state != "ok"] == []
    assert len(checks) == 11
    assert repair(store.database, by="ada") == ()


def test_an_empty_store_passes(place: str) -> None:
    with Store(place) as opened:
        assert failed(opened) == {}


@pytest.mark.parametrize(
    ("statement", "name", "says"),
    [
        ("UPDATE skill SET status = 'approved' WHERE book = 'default' AND id = :skill", "skillbooks", "not as the log"),
        ("DELETE FROM skill WHERE book = 'default' AND id = :skill", "skillbooks", "is in its log and not in"),
        ("INSERT INTO skill VALUES ('default', 'skill-x', 9, 'approved', '{}')", "skillbooks", "skill-x is in the pro"),
        ("UPDATE book SET revision = 2 WHERE name = 'default'", "skillbooks", "says that it is at revision 2"),
        (
            "UPDATE book SET policy = '{\"agreement\":\"evidence only\"}' WHERE name = 'trial'",
            "skillbooks",
            "rules of r",
        ),
        ("UPDATE book SET policy = 'none' WHERE name = 'trial'", "skillbooks", "rules of review"),
        ("UPDATE trace SET n_errors = 5 WHERE id = :trace", "trace columns", TRACE.id),
        ("DELETE FROM trace_step WHERE kind = 'user'", "trace columns", TRACE.id),
        ("DELETE FROM trace_blob", "trace columns", "trace-"),
    ],
)
def test_what_is_derived_is_found_and_mended(store: Store, statement: str, name: str, says: str) -> None:
    before = store.books.read("default"), store.books.read("trial")
    with store.database.writing() as connection:
        values = {"skill": SKILL, "trace": TRACE.id}
        connection.execute(text(statement), {k: v for k, v in values.items() if f":{k}" in statement})
    found = failed(store)
    assert says in found[name].said
    assert "--repair" in str(found[name].hint)
    assert len(repair(store.database, by="ada")) == 1
    assert failed(store) == {}
    assert (store.books.read("default"), store.books.read("trial")) == before
    assert [(act.by, act.act) for act in store.audit.all()][-1] == ("ada", "repair")


def test_an_index_without_a_trace_or_with_one_too_many_is_found_and_mended(store: Store) -> None:
    with store.database.writing() as connection:
        seq = connection.execute(text("SELECT seq FROM trace WHERE id = :id"), {"id": LATER.id}).scalar_one()
        fulltext.remove(connection, [seq])
        fulltext.index(connection, [(seq + 50, "words of nobody")])
    assert store.traces.search("too late") == ()
    assert failed(store)["full text"].said == "1 traces are not in it, 1 entries are of no trace"
    assert len(repair(store.database, by="ada")) == 1
    assert failed(store) == {}
    assert [hit.row.id for hit in store.traces.search("too late")] == [LATER.id]


def test_a_missing_index_or_column_is_named(store: Store) -> None:
    execute(store, "DROP INDEX ix_rating_trace")
    assert failed(store)["schema"].said == "not there: ix_rating_trace"


def test_a_log_that_can_be_changed_is_named(store: Store) -> None:
    with store.database.writing() as connection:
        unlocked(connection, "tag")
    assert "tag (update), tag (delete)" in failed(store)["append-only"].said


def cut(connection: Connection) -> None:
    connection.execute(text("DELETE FROM event WHERE book = 'default' AND revision = 2"))


def garble(connection: Connection) -> None:
    connection.execute(text("UPDATE event SET operation = '{' WHERE book = 'default' AND revision = 2"))


def forbid(connection: Connection) -> None:
    """An event that the state before it does not allow."""
    query = "UPDATE event SET operation = (SELECT operation FROM event WHERE book = 'default' AND revision = 3) "
    connection.execute(text(query + "WHERE book = 'default' AND revision = 1"))


def orphan(connection: Connection) -> None:
    connection.execute(text("UPDATE book SET parent = 'gone' WHERE name = 'trial'"))


def loop(connection: Connection) -> None:
    connection.execute(text("UPDATE book SET parent = 'trial', parent_revision = 1 WHERE name = 'default'"))


def overreach(connection: Connection) -> None:
    connection.execute(text("UPDATE book SET parent_revision = 9 WHERE name = 'trial'"))


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (cut, "event 3 does not follow revision 1 of 'default'"),
        (garble, "event 2 of 'default' cannot be read"),
        (forbid, "default: cannot APPROVE this skill"),
        (orphan, "the skillbook 'gone', which 'trial' is a branch of, is not there"),
        (loop, "would be a branch of itself"),
        (overreach, "'trial' branches off at revision 9, which 'default' does not have"),
    ],
)
def test_a_damaged_log_is_found_and_never_mended(store: Store, damage: Callable[[Connection], None], says: str) -> None:
    with store.database.writing() as connection:
        unlocked(connection, "event")
        damage(connection)
    found = failed(store)["skillbooks"]
    assert says in found.said
    assert "restore a backup" in str(found.hint)
    repair(store.database, by="ada")
    assert says in failed(store)["skillbooks"].said


def test_a_trace_a_blob_and_a_prompt_that_are_not_what_their_ids_say_are_named(store: Store) -> None:
    with store.database.writing() as connection:
        for row in connection.execute(text("SELECT id, body FROM trace")).all():
            other = row.body.replace("It is too late", "It is all right")
            connection.execute(update(schema.trace).where(schema.trace.c.id == row.id).values(body=other))
        connection.execute(update(schema.blob).values(data=b"another image"))
        connection.execute(
            update(schema.prompt).values(body=PROMPT.model_copy(update={"text": "Be mean."}).model_dump_json())
        )
    found = failed(store)
    assert f"{LATER.id} is not what its id says, the blob " in found["traces"].said
    assert found["prompts"].said == f"{PROMPT.id} is not what its id says"
    execute(store, "UPDATE trace SET body = '{}'", "UPDATE prompt SET body = '{}'")
    assert f"{LATER.id} cannot be read" in failed(store)["traces"].said
    assert PROMPT.id in failed(store)["prompts"].said


def test_a_quote_that_is_not_where_it_is_said_to_be_is_named(store: Store) -> None:
    with store.database.writing() as connection:
        body = connection.execute(text("SELECT body FROM trace WHERE id = :id"), {"id": TRACE.id}).scalar_one()
        moved = update(schema.trace).where(schema.trace.c.id == TRACE.id)
        connection.execute(moved.values(body=body.replace("I refunded it", "So I refunded it")))
    assert f"{SKILL} of default: the text there is not the quote" in failed(store)["evidence"].said


def test_words_of_an_erased_trace_that_are_still_there_are_named(store: Store) -> None:
    execute(
        store, f'UPDATE skill SET body = replace(body, \'"quote":""\', \'"quote":"Bob Smith"\') WHERE id = \'{SKILL}\''
    )
    assert f"words of the erased {ERASED.id} are still there" in failed(store)["evidence"].said


def test_a_quote_that_went_without_an_erasure_is_named(store: Store) -> None:
    with store.database.writing() as connection:
        unlocked(connection, "erasure")
    execute(store, "DELETE FROM erasure")
    assert "a quote is gone, and its trace was never erased" in failed(store)["evidence"].said


def test_evidence_from_another_store_cannot_be_checked_which_is_no_failure(store: Store) -> None:
    with Store(":memory:") as other:
        operations = [event.operation for event in store.books.events("default")]
        kept = tuple(e for e in operations[0].evidence if e.quote)
        other.books.append("default", [operations[0].model_copy(update={"evidence": kept})], scope="x")
        assert failed(other) == {}
        found = next(check for check in stored(other.database) if check.name == "evidence")
        assert (found.state, found.said[:20]) == ("warning", "1 traces that skills")


def test_a_label_on_a_prompt_that_is_not_there_is_named(store: Store) -> None:
    execute(store, "DELETE FROM prompt")
    assert failed(store)["labels"].said == f"production of default points at {PROMPT.id}"


def test_a_run_that_is_held_after_its_end_is_named(store: Store) -> None:
    execute(store, "UPDATE run SET owner = 'host:1:x'")
    assert "is done and held" in failed(store)["runs"].said


def test_a_reference_that_leads_nowhere_is_named(place: str, tmp_path: Path) -> None:
    if "://" in place:
        pytest.skip("PostgreSQL lets no reference lead nowhere")
    with Store(place) as store:
        fill(store)
    with closing(connect(tmp_path / "s.db", isolation_level=None)) as raw:
        raw.execute("DELETE FROM trace WHERE id = ?", [LATER.id])
    with Store(place) as store:
        assert "refers to no trace" in failed(store)["database"].said
