"""Full-text search over traces: the one module that knows how SQLite (FTS5) and PostgreSQL (tsvector) do it.

The index holds words and their places but no text, under the trace's number. A query is the user's words, never the
index's own syntax: every word must occur; words in double quotes must stand together; a star at the end of a word
matches any ending. Case and the accents of Latin letters do not matter. Raises `UsageError` for a query without a word.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any, Protocol

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Executable,
    Float,
    Integer,
    Select,
    Text,
    bindparam,
    cast,
    column,
    delete,
    func,
    insert,
    intersect,
    select,
    table,
    text,
)
from sqlalchemy.types import UserDefinedType

from seasoned.core.text import storable
from seasoned.core.value import Value
from seasoned.errors import UsageError

INDEX_TABLE = "trace_text"
Rows = list[dict[str, int]]

_PARTS = re.compile(r'"([^"]*)"?|(\S+)')
_WORD = re.compile(r"[^\W_]+")
_MARKS = re.compile("(?<=[a-z])[\u0300-\u036f]+")
MAX_WORDS = 64
"""A query's words beyond these are left out: each costs a look-up, and the parser of queries has a depth."""

_MAX_CHARS = 400
"""Of a longer word PostgreSQL is given a digest: its limit is 2,046 bytes."""
_PART_WORDS = 8_000
"""Words of one tsvector, whose places end at 16,383."""
_PART_PLACES = 255
"""Places of one word that one tsvector keeps."""
_PART_BYTES = 700_000
"""Of its words and places; it refuses 1 MB."""
_WORD_BYTES = 8
"""What a word takes beside its letters, at most."""
_BY_LENGTH = 1
"""Ranks a word the lower, the longer the text (as 1 + the logarithm of its length)."""


class Phrase(Value):
    """Words that must stand together, in order."""

    words: tuple[str, ...]
    is_prefix: bool = False
    """The last word may go on."""


def phrases(query: str) -> tuple[Phrase, ...]:
    """The phrases that a query asks for; raises `UsageError` where it holds no word."""
    found: list[Phrase] = []
    n_words = 0
    for match in _PARTS.finditer(unicodedata.normalize("NFC", str(storable(query)))):
        quoted, bare = match.groups()
        words = tuple(_WORD.findall(bare if quoted is None else quoted))[: MAX_WORDS - n_words]
        n_words += len(words)
        if words:
            found.append(Phrase(words=words, is_prefix=quoted is None and bare.endswith("*")))
    if not found:
        raise UsageError("there is no word to search for", where=repr(query), hint="give a word of the text")
    return tuple(found)


def matching(connection: Connection, query: str) -> Select[Any]:
    """The numbers of the traces that the query finds."""
    return _index_of(connection).matching(phrases(query))


def ranked(connection: Connection, query: str) -> Select[Any, Any]:
    """The numbers of the traces that the query finds, as `seq`, with their `rank`; smaller is better."""
    return _index_of(connection).ranked(phrases(query))


def index(connection: Connection, texts: Sequence[tuple[int, str]]) -> None:
    """Take traces, as number and text, into the index."""
    rows = [row for seq, each in texts for row in _index_of(connection).rows(seq, each)]
    if rows:
        connection.execute(_index_of(connection).insertion, rows)


def remove(connection: Connection, seqs: Iterable[int]) -> None:
    """Take traces out of the index so that none of their words is left in it."""
    rows = [{"gone": seq} for seq in seqs]
    if rows:
        for statement, values in _index_of(connection).removal(rows):
            connection.execute(statement, values)


def hits(wanted: Sequence[Phrase], among: str) -> list[tuple[int, int]]:
    """Where the phrases stand in a text, as character ranges in order; ranges never overlap."""
    found: list[tuple[int, int]] = []
    plain = folded(among)
    for phrase in wanted:
        words = r"[\W_]+".join(re.escape(folded(word)) for word in phrase.words)
        ending = r"[^\W_]*" if phrase.is_prefix else r"(?![^\W_])"
        found += (match.span() for match in re.finditer(rf"(?<![^\W_]){words}{ending}", plain))
    apart: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if not apart or start >= apart[-1][1]:
            apart.append((start, end))
    return apart


def folded(text: str) -> str:
    """The text without case and accents, character for character as long as it was."""
    if text.isascii():
        return text.lower()
    return text.translate(_BARE)


class _Bare(dict[int, str]):
    """Characters without case and accents, each worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        base, *marks = unicodedata.normalize("NFD", chr(code))
        self[code] = (base if all(map(unicodedata.combining, marks)) else chr(code)).lower()[:1]
        return self[code]


_BARE = _Bare()


class _Index(Protocol):
    """What one kind of database does in its own way."""

    @property
    def insertion(self) -> Executable: ...

    def rows(self, seq: int, text: str) -> Iterable[dict[str, object]]: ...

    def removal(self, gone: Rows) -> Iterable[tuple[Executable, Rows]]: ...

    def matching(self, wanted: Sequence[Phrase]) -> Select[Any]: ...

    def ranked(self, wanted: Sequence[Phrase]) -> Select[Any, Any]: ...


class _Fts5:
    """SQLite: the index takes the text as it is and finds the words itself."""

    insertion = text(f"INSERT INTO {INDEX_TABLE}(rowid, text) VALUES (:seq, :text)")
    _table = table(INDEX_TABLE, column("rowid", Integer), column("rank", Float), column(INDEX_TABLE))

    def rows(self, seq: int, text: str) -> Iterable[dict[str, object]]:
        return [{"seq": seq, "text": text}]

    def removal(self, gone: Rows) -> Iterable[tuple[Executable, Rows]]:
        yield text(f"DELETE FROM {INDEX_TABLE} WHERE rowid = :gone"), gone
        # A deletion only marks the entry; merging all of the index into one segment drops its words.
        yield text(f"INSERT INTO {INDEX_TABLE}({INDEX_TABLE}) VALUES ('optimize')"), [{}]

    def matching(self, wanted: Sequence[Phrase]) -> Select[Any]:
        return select(self._table.c.rowid).where(self._matches(wanted))

    def ranked(self, wanted: Sequence[Phrase]) -> Select[Any, Any]:
        rank = self._table.c.rank.label("rank")
        return select(self._table.c.rowid.label("seq"), rank).where(self._matches(wanted))

    def _matches(self, wanted: Sequence[Phrase]) -> ColumnElement[bool]:
        terms = (f'"{" ".join(p.words)}"{"*" if p.is_prefix else ""}' for p in wanted)
        return self._table.c[INDEX_TABLE].match(" AND ".join(terms))


class _Named(UserDefinedType[str]):
    """A type of PostgreSQL; SQLAlchemy's own ones take a while to import, also where the store is a file."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: object) -> str:
        return self.name


TSVECTOR, TSQUERY = _Named("TSVECTOR"), _Named("TSQUERY")


class _Tsvector:
    """PostgreSQL: the words are found here, so that no dictionary, stop word or locale of the server has a say."""

    _table = table(INDEX_TABLE, column("seq", BigInteger), column("part", Integer), column("words", TSVECTOR))
    insertion = insert(_table).values(
        seq=bindparam("seq"), part=bindparam("part"), words=cast(bindparam("words", type_=Text), TSVECTOR)
    )

    def rows(self, seq: int, text: str) -> Iterable[dict[str, object]]:
        return [{"seq": seq, "part": n, "words": _vector(part)} for n, part in enumerate(parts(lexemes(text)))]

    def removal(self, gone: Rows) -> Iterable[tuple[Executable, Rows]]:
        yield delete(self._table).where(self._table.c.seq == bindparam("gone")), gone

    def matching(self, wanted: Sequence[Phrase]) -> Select[Any]:
        each = [select(self._table.c.seq).where(self._holds(_tsquery(phrase))) for phrase in wanted]
        return select(intersect(*each).subquery().c.seq)

    def ranked(self, wanted: Sequence[Phrase]) -> Select[Any, Any]:
        # A part of a trace need not hold all phrases, so it is ranked by those that it holds.
        some = " | ".join(f"({_tsquery(phrase)})" for phrase in wanted)
        rank = func.sum(func.ts_rank(self._table.c.words, cast(some, TSQUERY), _BY_LENGTH))
        is_found = self._table.c.seq.in_(self.matching(wanted))
        found = select(self._table.c.seq, (-rank).label("rank")).where(is_found, self._holds(some))
        return found.group_by(self._table.c.seq)

    def _holds(self, tsquery: str) -> ColumnElement[bool]:
        return self._table.c.words.bool_op("@@")(cast(tsquery, TSQUERY))


_INDEXES: dict[str, _Index] = {"sqlite": _Fts5(), "postgresql": _Tsvector()}


def _index_of(connection: Connection) -> _Index:
    return _INDEXES[connection.dialect.name]


def lexemes(text: str) -> list[str]:
    """The words of a text without case and Latin accents, as FTS5 finds them, each short enough for PostgreSQL.

    Of a longer word its beginning and a digest of all of it stand for it; the sign between them is in no word.
    """
    if not text.isascii():
        text = _MARKS.sub("", unicodedata.normalize("NFD", text.lower()))
        text = unicodedata.normalize("NFC", text)
    words = _WORD.findall(text.lower())
    return [w if len(w) <= _MAX_CHARS else f"{w[:_MAX_CHARS]}_{sha256(w.encode()).hexdigest()}" for w in words]


def parts(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """The words in parts that fit a tsvector, which overlap so that each phrase stands in one of them as a whole."""
    start = 0
    while True:
        end, n_bytes, counts = start, 0, Counter[str]()
        while end < len(words) and end - start < _PART_WORDS:
            word = words[end]
            n_bytes += len(word.encode()) + _WORD_BYTES
            if counts[word] == _PART_PLACES or n_bytes > _PART_BYTES:
                break
            counts[word] += 1
            end += 1
        yield words[start:end]
        if end == len(words):
            return
        start = end - (MAX_WORDS - 1)


def _vector(words: Sequence[str]) -> str:
    places = defaultdict[str, list[str]](list)
    for place, word in enumerate(words, start=1):
        places[word].append(str(place))
    return " ".join(f"'{word}':{','.join(at)}" for word, at in places.items())


def _tsquery(phrase: Phrase) -> str:
    words = [word for each in phrase.words for word in lexemes(each)]
    last = phrase.words[-1] if phrase.is_prefix else ""
    if last:
        # Words of more than what is kept of them are found by what is.
        words[-1] = words[-1][:_MAX_CHARS]
    return " <-> ".join(f"'{word}'" for word in words) + (":*" if last else "")
