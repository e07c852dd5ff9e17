"""Files of tasks: which names are read, that nothing unknown reaches an agent, and that no line is skipped silently."""

import gzip
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from seasoned.core.ids import canonical_json
from seasoned.errors import UsageError
from seasoned.evaluate.attempt import GradedTask, GraderSpec
from seasoned.evaluate.suites import tasks_file
from seasoned.evaluate.suites.registry import suite_hash
from seasoned.evaluate.suites.task_line import LineError, task_of
from seasoned.evaluate.suites.tasks_file import is_tasks_file, read_tasks
from seasoned.ingest.run import text_key

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FULL: dict[str, JsonValue] = {
    "id": "t1",
    "input": "Where is R1001?",
    "target": {"facts": ["DC-1"]},
    "split": "test",
    "inputs": {"customer": "gold"},
    "labels": {"topic": "parcel", "level": 2},
    "grader": {"name": "regex", "pattern": "DC-1", "ignore_case": True, "flags": ["a"]},
    "metadata": {"author": "desk"},
}


def line(**fields: JsonValue) -> str:
    return json.dumps(fields)


def file_of(folder: Path, *lines: str, name: str = "tickets.jsonl") -> str:
    path = folder / name
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def test_a_line_says_all_that_a_graded_task_has() -> None:
    task = task_of(line(**FULL))
    assert (task.task.key, task.task.text) == ("t1", "Where is R1001?")
    assert task.reference == {"facts": ["DC-1"]}
    assert (task.split, task.inputs) == ("test", {"customer": "gold"})
    assert task.labels == {"topic": "parcel", "level": "2"}
    settings = {"pattern": "DC-1", "ignore_case": "true", "flags": '["a"]'}
    assert task.graders == (GraderSpec(name="regex", settings=settings),)


@pytest.mark.parametrize("name", ["input", "question", "task", "prompt", "text"])
def test_what_is_asked_goes_by_several_names(name: str) -> None:
    assert task_of(json.dumps({name: "Why?"})).task.text == "Why?"


@pytest.mark.parametrize("name", ["target", "expected", "answer", "reference"])
def test_the_sealed_answer_goes_by_several_names_and_is_told_to_nobody(name: str) -> None:
    task = task_of(json.dumps({"text": "Why?", name: "BECAUSE"}))
    assert task.reference == "BECAUSE"
    assert "BECAUSE" not in task.model_copy(update={"reference": None}).model_dump_json()


def test_a_number_is_a_key_as_well_and_a_task_without_one_is_known_by_its_wording() -> None:
    assert task_of(line(key=7, text="Why?")).task.key == "7"
    assert task_of(line(text="Why  so?")).task.key == text_key("Why so?")


def test_null_is_nothing() -> None:
    task = task_of(line(id=None, text="Why?", split=None, inputs=None, labels=None, grader=None, target=None))
    assert task == task_of(line(text="Why?"))


def test_the_last_message_is_asked_and_the_earlier_ones_are_inputs() -> None:
    said: list[JsonValue] = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": [{"type": "text", "text": "And"}, {"type": "text", "text": "now?"}]},
    ]
    task = task_of(line(messages=said))
    assert task.task.text == "And\nnow?"
    assert task.inputs == {"messages": said[:2]}
    assert task == task_of(line(input=said))
    assert task_of(line(messages=said[2:])).task.key != task.task.key, "what came before sets talks apart"


def test_graders_are_names_or_objects_or_several() -> None:
    task = task_of(line(text="Why?", grader=["exact", {"name": "number", "tolerance": 0.5}]))
    assert task.graders == (GraderSpec(name="exact"), GraderSpec(name="number", settings={"tolerance": "0.5"}))


BAD: list[tuple[str, str]] = [
    ("{", r"not JSON: .* \(column 2\)"),
    ("[" * 100_000, "nested too deeply"),
    ("9" * 5000, "a number is too long"),
    ('["Why?"]', "no JSON object"),
    ('"Why?"', "no JSON object"),
    ('{"text": "Why?", "text": "How?"}', "`text` is there twice"),
    ('{"text": "Why?", "inputs": {"a": 1, "a": 2}}', "`a` is there twice"),
    ('{"text": "Why?", "n": NaN}', "not finite"),
    ('{"text": "Why?", "target": 1e999}', "not finite"),
    ('{"text": "Why?", "target": ' + "[" * 80 + "]" * 80 + "}", "nested too deeply"),
    (line(text="Why?", solution="BECAUSE"), "`solution`, which is not read and may hold the answer: .* `inputs`"),
    (line(text="Why?", question="How?"), "`question`, `text`, which are names of one thing"),
    (line(text="Why?", target="a", answer="b"), "`target`, `answer`, which are names of one thing"),
    (line(text="Why?", id="a", key="a"), "`id`, `key`, which are names of one thing"),
    (line(id="t1"), "it asks nothing"),
    (line(text=" "), "empty"),
    (line(text=5), "neither text nor a list"),
    (line(text="Why?", id=True), "`id` is neither text nor a number"),
    (line(text="Why?", id=""), "`id` is neither"),
    (line(text="Why?", id="k" * 501), "longer than 500"),
    (line(text="Why?", split=["a"]), "`split` is neither"),
    (line(text="Why?", inputs=["a"]), "`inputs` is no object"),
    (line(text="Why?", labels={"topic": ["a"]}), r"`labels\.topic` is neither"),
    (line(text="Why?", grader=5), "`grader` is neither"),
    (line(text="Why?", grader={"pattern": "a"}), "`grader` is neither"),
    (line(messages=[]), "the last message is not the user's"),
    (line(messages=[{"role": "assistant", "content": "Hi"}]), "the last message is not the user's"),
    (line(messages=[{"role": "tool", "content": "Hi"}]), "message 1 has none of the roles"),
    (line(messages=["Hi"]), "message 1 has none of the roles"),
    (line(messages=[{"role": "user", "content": 5}]), "message 1 has no text"),
    (line(messages=[{"role": "user", "content": [{"type": "image"}]}]), "message 1 has a part that is no text"),
    (line(messages=[{"role": "user", "content": "Hi", "tool_calls": []}]), "message 1 has `tool_calls` besides"),
    (
        line(inputs={"messages": 1}, text=[{"role": "system", "content": "a"}, {"role": "user", "content": "b"}]),
        "`inputs` has `messages`",
    ),
]


@pytest.mark.parametrize(("text", "why"), BAD, ids=range(len(BAD)))
def test_a_line_that_is_no_task_says_why_and_quotes_no_answer(text: str, why: str) -> None:
    with pytest.raises(LineError, match=why) as refused:
        task_of(text)
    assert "BECAUSE" not in str(refused.value)


def test_the_suite_is_called_what_its_file_is(tmp_path: Path) -> None:
    suite = read_tasks(file_of(tmp_path, line(text="Why?"), "", "  ", line(text="How?"), ""))
    assert suite.name == "tickets"
    assert [task.task.text for task in suite.tasks] == ["Why?", "How?"]
    assert suite.world(suite.tasks[0]) is None


TWO = (line(id="a", text="Größe?") + "\r\n" + line(id="b", text="wo\u2028hin?") + "\r\n").encode()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("t.jsonl", TWO),
        ("t.jsonl", b"\xef\xbb\xbf" + TWO),
        ("t.jsonl", TWO.decode().encode("utf-16")),
        ("t.ndjson", TWO.decode().encode("utf-32")),
        ("t.jsonl.gz", gzip.compress(TWO)),
        ("t.JSONL.zst", zstd.compress(TWO)),
    ],
    ids=["crlf", "utf-8 with a mark", "utf-16", "utf-32", "gzip", "zstd"],
)
def test_a_file_reads_the_same_however_it_is_written(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    suite = read_tasks(str(tmp_path / name))
    assert suite.name == "t"
    assert [(t.task.key, t.task.text) for t in suite.tasks] == [("a", "Größe?"), ("b", "wo\u2028hin?")]


def test_every_bad_line_is_counted_the_first_are_named_and_nothing_is_read(tmp_path: Path) -> None:
    file = file_of(tmp_path, line(text="Why?"), *("no" for _ in range(7)))
    with pytest.raises(UsageError, match="7 lines of the task file") as refused:
        read_tasks(file)
    why = refused.value.why or ""
    assert [f"{file}:{number}: not JSON" in why for number in range(1, 9)] == [False, *[True] * 5, False, False]
    assert why.endswith("and 2 more")
    assert refused.value.where == f"{file}:2"


@pytest.mark.parametrize("equal", [line(id="t1", text="How?"), line(id="t1", text="Why?")])
def test_two_tasks_of_one_key_are_both_named(tmp_path: Path, equal: str) -> None:
    file = file_of(tmp_path, line(id="t1", text="Why?"), "", equal)
    with pytest.raises(UsageError, match=r"jsonl:3: its key `t1` is the key of line 1 too"):
        read_tasks(file)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b'{"text": "Gr\xf6\xdfe?"}\n', r":1: byte 13 is not UTF-8"),
        (b'{"text": "a\0b"}\n', r":1: not JSON: invalid control character \(column 12\)"),
        (b'{"text": "Why?"}\n' + b"\0" * 20, r":2: not JSON"),
        (gzip.compress(TWO)[:-9], "the compressed data ends early"),
        (b"\x1f\x8bnonsense", "reading stopped early"),
    ],
    ids=["latin-1", "NUL", "NULs at the end", "cut", "no gzip"],
)
def test_damaged_bytes_are_an_error_with_their_place(tmp_path: Path, data: bytes, why: str) -> None:
    (tmp_path / "t.jsonl").write_bytes(data)
    with pytest.raises(UsageError, match=why):
        read_tasks(str(tmp_path / "t.jsonl"))


def test_a_line_that_is_too_long_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks_file, "MAX_LINE_BYTES", 100)
    with pytest.raises(UsageError, match=r":2: longer than 100 bytes"):
        read_tasks(file_of(tmp_path, line(text="Why?"), line(text="why " * 50)))


def test_what_no_database_stores_is_replaced_wherever_it_stands(tmp_path: Path) -> None:
    odd = r'{"id": "a\u0000", "text": "b\ud800", "inputs": {"c\u0000": ["\ud800"]}, "target": "\u0000"}'
    (task,) = read_tasks(file_of(tmp_path, odd)).tasks
    assert task.model_dump_json().isprintable()
    assert (task.task.key, task.inputs, task.reference) == ("a\ufffd", {"c\ufffd": ["\ufffd"]}, "\ufffd")


@pytest.mark.parametrize("lines", [(), ("", " ")])
def test_a_file_without_tasks_is_no_suite(tmp_path: Path, lines: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="there are no tasks in the file"):
        read_tasks(file_of(tmp_path, *lines))


def test_a_file_that_is_not_there_or_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "folder.jsonl").mkdir()
    for name in ("gone.jsonl", "folder.jsonl"):
        with pytest.raises(UsageError, match="there is no such task file"):
            read_tasks(str(tmp_path / name))


@pytest.mark.parametrize(
    ("word", "is_one"),
    [("a.jsonl", True), ("b/a.NDJSON.gz", True), ("a.json", False), ("jsonl", False), ("a.gz", False), ("", False)],
)
def test_a_file_of_tasks_is_known_by_its_ending(word: str, is_one: bool) -> None:
    assert is_tasks_file(word) is is_one


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["id", "key", "input", "text", "messages", "target", "split", "inputs", "labels", "grader"])
LINES = st.one_of(
    st.dictionaries(NAMES, JSON, max_size=4).map(json.dumps),
    st.fixed_dictionaries({"id": st.text(min_size=1), "text": st.text(min_size=1), "target": JSON}).map(json.dumps),
    st.text(),
)


def read_or_refusal(path: str) -> tuple[tuple[GradedTask, ...], UsageError | None]:
    try:
        return read_tasks(path).tasks, None
    except UsageError as error:
        return (), error


@given(lines=st.lists(LINES, max_size=6))
def test_every_task_is_kept_or_every_bad_line_is_told(
    lines: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("tasks") / "t.jsonl"
    data = "\n".join(lines).encode(errors="surrogatepass")
    path.write_bytes(data)
    n_said = sum(bool(raw.strip()) for raw in data.split(b"\n"))
    tasks, refused = read_or_refusal(str(path))
    if refused is not None:
        assert (refused.where or "").startswith(str(path))
        return
    assert len(tasks) == n_said > 0
    assert len({task.task.key for task in tasks}) == n_said
    assert canonical_json([task.model_dump(mode="json") for task in tasks])
    assert suite_hash(tasks) == suite_hash(tasks[::-1])


@given(keys=st.lists(st.text("abc", min_size=1), unique=True, min_size=1, max_size=6), texts=st.data())
def test_what_is_written_is_what_is_read(
    keys: list[str], texts: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    words = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1)
    asked = [texts.draw(words.filter(str.strip)) for _ in keys]
    path = tmp_path_factory.mktemp("tasks") / "t.jsonl"
    rows = [json.dumps({"id": key, "text": text}, ensure_ascii=False) for key, text in zip(keys, asked, strict=True)]
    path.write_bytes("\n".join(rows).encode())
    assert [(t.task.key, t.task.text) for t in read_tasks(str(path)).tasks] == list(zip(keys, asked, strict=True))


@given(data=st.binary(max_size=200))
def test_noise_is_a_usage_error_and_nothing_else(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("tasks") / "t.jsonl"
    path.write_bytes(data)
    with pytest.raises(UsageError):
        read_tasks(str(path))
