"""A document knows its layout by its content, and bad records never hide the good ones."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from seasoned.core.ids import sha256_hex
from seasoned.ingest.files.document import Limits
from seasoned.ingest.record import Problem, Record
from tests.ingest.documents import document, split

LAYOUTS = [
    ('[{"a": 1}]', "array"),
    ('[\n{"a": 1},\n{"b": 2}\n]', "array"),
    ('[1, 2]\n["x", {}]\n', "lines"),
    ('{"a": 1}', "object"),
    ('{"a": 1}\n', "object"),
    ('{"a": 1}\n{"b": 2}\n', "lines"),
    ('\ufeff\n{"a": 1}\n\n{"b": 2}', "lines"),
    ('{\n  "a": 1\n}', "object"),
    ('{"items": [\n{"a": 1}\n]}', "object"),
    ('{"broken": \n{"b": 2}\n', "lines"),
    ('/speci{"a": 1}\n{"b": 2}\n', "lines"),
    ('INFO {"a": 1}\nINFO {"b": 2}\n', "lines"),
    ("Question: who?\nThought 1: [1984]", "text"),
    ("caf\u00e9", "text"),
    ("\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0", "binary"),
    ("", "empty"),
    (" \n\t\n", "empty"),
]


@pytest.mark.parametrize(("text", "layout"), LAYOUTS)
def test_layout_is_judged_by_content(text: str, layout: str) -> None:
    assert document(text).layout == layout
    assert document(gzip.compress(text.encode())).layout == layout


RECORDS: list[tuple[str, list[JsonValue], list[str]]] = [
    ('{"a": 1}\n\n{"b": 2}\r\n', [{"a": 1}, {"b": 2}], []),
    ('{"a": 1}\nnot json\n{"b": 2}', [{"a": 1}, {"b": 2}], ["line 2: not JSON: expecting value (line 1, column 1)"]),
    ('/speci{"a": 1}\n{"b": 2}', [{"a": 1}, {"b": 2}], ["line 1: 6 stray characters before a record were skipped"]),
    ('{"a": 1}{"b": 2}\n{"c": 3}', [{"a": 1}, {"b": 2}, {"c": 3}], []),
    ('{"a": 1}\n{"b": 2} tail\n', [{"a": 1}, {"b": 2}], ["line 2: text behind the record that is not JSON"]),
    ('{"a": 1}\n{"b": [1, 2', [{"a": 1}], ["line 2: the JSON ends early, at character 11"]),
    ('{"a": 1}\n\0\0\0\0', [{"a": 1}], ["line 2: 4 NUL bytes, as a crash while writing leaves them"]),
    ('{"a": 1}\n' + "[" * 100_000, [{"a": 1}], ["line 2: it is nested too deeply to be read"]),
    ('{\n"a": [1, 2', [], ["file: the JSON ends early, at character 12"]),
    ('{\n"a": 1\n}\n{\n"b": 2\n}', [{"a": 1}, {"b": 2}], []),
]


@pytest.mark.parametrize(("text", "values", "problems"), RECORDS)
def test_a_bad_record_is_reported_with_its_place(text: str, values: list[JsonValue], problems: list[str]) -> None:
    got, found = split(list(document(text).records()))
    assert got == values
    assert len(found) == len(problems)
    assert all(problem in line for problem, line in zip(problems, found, strict=True))


def test_records_know_their_place() -> None:
    places = [item.where for item in document('{"a": 1}\n\n{"b": 2}').records() if isinstance(item, Record)]
    assert places == ["line 1", "line 3"]
    assert [item.where for item in document("[1, 2]").records()] == ["item 1", "item 2"]
    assert [item.where for item in document('{"a": 1}').records()] == ["file"]


def test_bytes_that_are_not_utf8_leave_the_record_readable() -> None:
    values, problems = split(list(document(b'{"a": "caf\xe9"}\n{"b": 2}').records()))
    assert values == [{"a": "caf\ufffd"}, {"b": 2}]
    assert problems == ["line 1: byte 11 is not UTF-8; such bytes were replaced"]


@pytest.mark.parametrize("text", ['{"a": 1}\n{"b": "%s"}\n', '{\n"b": "%s"}', '[1, {"b": "%s"}]'])
def test_what_is_beyond_the_limit_is_left_with_a_problem(text: str) -> None:
    _, problems = split(list(document(text % ("x" * 5000), limits=Limits(record_bytes=1000)).records()))
    assert len(problems) == 1
    assert "1000" in problems[0]


def test_lines_come_with_numbers_and_without_their_ends() -> None:
    assert list(document("a\r\n\nb").lines()) == [(1, "a"), (2, ""), (3, "b")]


def test_the_bytes_are_there_for_formats_that_are_not_text() -> None:
    with document(gzip.compress(b"PK\x03\x04 and more")).open() as stream:
        assert stream.read() == b"PK\x03\x04 and more"


@given(data=st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    some = document(data)
    assert all(isinstance(item, (Record, Problem)) for item in some.records())
    assert list(some.lines()) is not None
    assert some.layout


@given(values=st.lists(st.dictionaries(st.text(), st.integers() | st.text()), min_size=2))
def test_json_lines_are_read_as_written(values: list[JsonValue]) -> None:
    text = "\n".join(json.dumps(value) for value in values)
    assert split(list(document(text).records())) == (values, [])


@pytest.mark.parametrize("indent", [None, 2])
def test_a_document_that_was_written_as_one_json_text_is_read(indent: int | None) -> None:
    value = {"runs": [{"text": 'a "quoted" word'}]}
    found = document(json.dumps(json.dumps(value, indent=indent)))
    assert found.layout == "object"
    assert [item.value for item in found.records() if isinstance(item, Record)] == [value]


@pytest.mark.parametrize("text", ['"{", "b"\n1,2\n', '"[x] done"\n', '"{\\"a\\": ', '"just words"'])
def test_a_text_that_begins_with_a_quote_is_no_document(text: str) -> None:
    assert not [item for item in document(text).records() if isinstance(item, Record)]


def test_the_digest_is_of_the_content_however_it_is_packed() -> None:
    plain = document('{"a": 1}\n')
    assert plain.digest() == sha256_hex(b'{"a": 1}\n')
    assert document(gzip.compress(b'{"a": 1}\n')).digest() == plain.digest()
    assert document('{"a": 2}\n').digest() != plain.digest()
