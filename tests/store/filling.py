"""A store with something in every table, for tests that copy, check and break it."""

from pydantic import JsonValue
from sqlalchemy import insert

from seasoned.core.ids import sha256_hex
from seasoned.core.operation import Author, Operation, skill_id
from seasoned.core.outcome import scored
from seasoned.core.parsed import Parsed
from seasoned.core.prompt import Prompt
from seasoned.core.run import RunTurn, run_id
from seasoned.core.trace import Source, Step, Task, Trace
from seasoned.store import schema
from seasoned.store.store import Store
from tests.make import LEARNER, PERSON, add, make_evidence, make_trace, verdict

IMAGE = b"\x00\x01 an image"
REFUSE, GREET = "When the window is over, refuse.", "When a user greets, greet back."
TRACE = make_trace(("user", "Refund RX-1"), ("assistant", "I refunded it. ☕ and done"), score=0)
LATER = make_trace(("user", "Refund RX-2"), ("assistant", "It is too late"), score=1, run_key="2")
ERASED = make_trace(("user", "My name is Bob Smith"), task="private")
PROMPT = Prompt(
    text="Be kind.", base="Be kind.", book="default", revision=1, budget_tokens=9, n_tokens=2, tokenizer="t"
)
NOW = "2026-01-01T00:00:00+00:00"


def with_image() -> Parsed:
    """A run with an image."""
    sha256 = sha256_hex(IMAGE)
    trace = Trace.of(
        task=Task(key="look", text="Look at it"),
        steps=(Step(kind="image", text="[image]", blob=sha256),),
        source=Source(format="test"),
        outcome=scored(0.5, "judge"),
    )
    return Parsed(trace=trace, reference={"answer": 42}, blobs={sha256: IMAGE})


def fill(store: Store) -> None:
    """Put something into every table."""
    store.traces.add([with_image(), *(Parsed(trace=trace) for trace in (TRACE, LATER, ERASED))])
    _ = store.salt
    evidence = (make_evidence(TRACE, "refunded it", 1), make_evidence(ERASED, "Bob Smith"))
    store.books.append("default", [add(REFUSE, evidence, LEARNER), add(GREET), verdict("APPROVE", GREET)], scope="a")
    store.erasures.erase([ERASED.id], by="ada", why="asked")
    store.books.branch("default", "trial", at=2)
    ada = Author(kind="person", name="ada")
    away = Operation(kind="MERGE", skill_id=skill_id(REFUSE), merged_id=skill_id(GREET), author=ada, reason="one")
    back = Operation(kind="ROLLBACK", author=PERSON, to_revision=1)
    store.books.append("trial", [away, back, add("When it rains, say so.")], scope="b")
    store.prompts.add(PROMPT)
    run = store.runs.take("learn", dict(RUN_CONFIG))
    store.new_journal().begin(run.id, "key", {"ask": "why"})
    store.runs.add_turn(run.id, RunTurn(episode=0, turn=0, reply="r", output="o"))
    store.runs.end(run.id, "done", {"n_findings": 1})
    store.audit.record("ada", "import", "a folder")
    with store.database.writing() as connection:
        for table, row in _OTHERS.items():
            connection.execute(insert(schema.metadata.tables[table]), row)


RUN_CONFIG: dict[str, JsonValue] = {"model": "test:m"}
RUN_ID = run_id("learn", RUN_CONFIG)
_BY = {"at": NOW, "by": "ada"}
_OTHERS: dict[str, dict[str, object]] = {
    "book_merge": {"book": "default", "revision": 3, "source": "trial", "source_revision": 5, **_BY},
    "tag": {"book": "default", "name": "v1", "revision": 2, "reason": "good", **_BY},
    "review_claim": {"book": "default", "skill_id": skill_id(REFUSE), "assignee": "eve"},
    "rating": {
        "book": "default",
        "skill_id": skill_id(GREET),
        "wording": 2,
        "trace_id": TRACE.id,
        "source": "voted",
        "verdict": "helpful",
        "body": "{}",
        **_BY,
    },
    "exemplar": {
        "book": "default",
        "id": "exemplar-1",
        "trace_id": TRACE.id,
        "task_key": TRACE.task.key,
        "status": "approved",
        "body": "{}",
    },
    "reflection": {
        "book": "default",
        "id": "reflection-1",
        "trace_id": LATER.id,
        "task_key": LATER.task.key,
        "body": "{}",
    },
    "stored_vector": {
        "collection": "exemplars of default",
        "embedder": "test:e",
        "key": "exemplar-1",
        "digest": "d",
        "n_dimensions": 2,
        "data": b"\x00\x00\x80?\x00\x00\x00\x00",
    },
    "trial": {
        "run_id": RUN_ID,
        "task_key": TRACE.task.key,
        "trial": 0,
        "trace_id": TRACE.id,
        "is_held_out": False,
        "body": "{}",
    },
    "comparison": {
        "book": "default",
        "baseline_id": "",
        "candidate_id": PROMPT.id,
        "passes": True,
        "body": "{}",
        **_BY,
    },
    "anchor": {"book": "default", "task_key": TRACE.task.key, "reason": "", **_BY},
    "keeping": {"book": "default", "skill_id": "", "probability": 0.8, "reason": "", **_BY},
    "canary_move": {
        "book": "default",
        "label": "production",
        "prompt_id": PROMPT.id,
        "share": 0.1,
        "last_trace": 0,
        "reason": "",
        **_BY,
    },
    "label_move": {"book": "default", "label": "production", "prompt_id": PROMPT.id, "reason": "", **_BY},
    "span": {"trace_id": "t", "span_id": "s", "weight": 1, "body": "{}"},
    "inbox": {
        "trace_id": "t",
        "changed_at": NOW,
        "has_root": True,
        "version": 1,
        "settled": 0,
        "runs": "[]",
        "is_closed": False,
    },
    "feedback": {"run_key": "k", "at": NOW, "body": "{}"},
}
