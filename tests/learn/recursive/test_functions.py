"""What an episode's code can use: what the model is told of it, and what the host is asked."""

import asyncio
from collections.abc import Mapping

import pytest
from pydantic import JsonValue

from seasoned.core.finding import located
from seasoned.core.skillbook import Skillbook
from seasoned.learn.patterns.find import PatternReport, find_patterns
from seasoned.learn.recursive.desk import FOUND_CHARS, LISTED_CHARS, MAX_TOOLS_CHARS, Desk, Known
from seasoned.learn.recursive.functions import episode_functions
from seasoned.learn.recursive.inside import source
from seasoned.sandbox.sandbox import Limits
from tests.learn.recursive.test_brief import book_of
from tests.learn.runs import refund_run

BAD, GOOD = refund_run(passed=False), refund_run(passed=True)
OTHER = refund_run(passed=False, task="lock", key="other")
BOOK = book_of("When a refund is asked for, call get_order first.", "When a lock is stuck, send oil. " + "x" * 700)


def desk(*, toolsets: Mapping[str, JsonValue] | None = None, book: Skillbook = BOOK) -> Desk:
    given = BAD.model_copy(update={"toolset": "known"})

    async def patterns() -> PatternReport:
        return find_patterns([BAD, GOOD, OTHER])

    known = Known(book=book, patterns=patterns, toolset=(toolsets or {}).get)
    return Desk({given.id: given, GOOD.id: GOOD}, known)


def test_all_that_can_be_used_is_told_of_and_the_names_of_the_host_are_not() -> None:
    functions = episode_functions({BAD.id: BAD}, Known(book=BOOK))
    told = "\n".join(function.usage for function in functions)
    for name in ("traces", "get(", "find(", "diff(", "patterns(", "read(", "cite(", "tools(", "book.search("):
        assert name in told
    hosts = {function.name for function in functions if function.call is not None}
    assert hosts == {"patterns", "_read", "_cite", "_tools", "_book_search", "_book_read", "_book_index"}
    assert all(": " in function.usage or " -> " in function.usage for function in functions)
    assert "_book" not in told


def test_the_code_for_the_inside_is_one_piece_that_a_sandbox_takes() -> None:
    (function,) = [function for function in episode_functions({}, Known(book=BOOK)) if function.source]
    assert function.source == source()
    assert len(source()) < Limits().code_chars
    assert "import seasoned" not in source()
    assert "from seasoned" not in source()


def test_patterns_are_those_that_the_episode_s_runs_show_with_runs_and_steps_of_the_episode_only() -> None:
    found = asyncio.run(desk().patterns())
    assert isinstance(found, list)
    for entry in found:
        assert isinstance(entry, dict)
        assert set(entry) == {"name", "sentence", "label", "runs", "steps"}
        assert entry["label"] == "associated, not tested"
        assert isinstance(entry["runs"], list)
        assert set(map(str, entry["runs"])) <= {BAD.id, GOOD.id}
    told = str(found)
    assert "calls get_order: 0 of 1 failed runs, 1 of 1 passed runs." in told
    assert f"{{'trace_id': '{GOOD.id}', 'step': 2}}" in told
    assert OTHER.id not in told


def test_definitions_of_tools_are_those_of_the_run_or_none() -> None:
    known: dict[str, JsonValue] = {"known": [{"name": "get_order"}]}
    assert asyncio.run(desk(toolsets=known).tools(BAD.id)) == [{"name": "get_order"}]
    assert asyncio.run(desk(toolsets=known).tools()) == [{"name": "get_order"}]
    assert asyncio.run(desk(toolsets={"known": {"name": "one"}}).tools()) == [{"name": "one"}]
    assert asyncio.run(desk(toolsets=known).tools(GOOD.id)) == []
    with pytest.raises(ValueError, match="too large"):
        asyncio.run(desk(toolsets={"known": ["x" * MAX_TOOLS_CHARS]}).tools())


def test_a_listed_skill_is_cut_more_than_a_found_one_and_a_read_one_is_whole() -> None:
    def text(view: JsonValue) -> str:
        first = view[-1] if isinstance(view, list) else view
        assert isinstance(first, dict)
        return str(first["text"])

    listed, found = asyncio.run(desk().book_index()), asyncio.run(desk().book_search("send oil"))
    assert (len(text(listed)), len(text(found))) == (LISTED_CHARS, FOUND_CHARS)
    assert text(asyncio.run(desk().book_read("skill-1"))) == BOOK.skills["skill-1"].text


def test_a_skill_tells_how_many_runs_stand_behind_it_and_rejected_ones_are_not_known() -> None:
    skills = dict(BOOK.skills)
    quotes = (located(BAD, 4, "you get 80"), located(BAD, 1, "Please refund"), located(GOOD, 1, "Please refund"))
    skills["skill-0"] = skills["skill-0"].model_copy(update={"evidence": quotes})
    skills["skill-1"] = skills["skill-1"].model_copy(update={"status": "rejected"})
    at = desk(book=BOOK.model_copy(update={"skills": skills}))
    read = asyncio.run(at.book_read("skill-0"))
    assert isinstance(read, dict)
    assert read["n_runs"] == 2
    with pytest.raises(ValueError, match=r"no skill 'skill-1'; book\.index\(\) lists them"):
        asyncio.run(at.book_read("skill-1"))
