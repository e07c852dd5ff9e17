"""Ids and text."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from seasoned.core.ids import canonical_json, content_id
from seasoned.core.operation import skill_id
from seasoned.core.outcome import Outcome, scored
from seasoned.core.trace import Step
from seasoned.errors import StoreError, TraceError, boundary
from tests.make import make_trace


def test_an_id_depends_on_content_alone() -> None:
    assert content_id("x", {"a": 1, "b": [2]}) == content_id("x", {"b": [2], "a": 1})
    assert content_id("x", 1) != content_id("x", "1")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_canonical_json_is_utf8(value: object) -> None:
    canonical_json(value).decode()


def test_the_same_run_labelled_later_stays_the_same_trace() -> None:
    assert make_trace(("user", "hi")).id == make_trace(("user", "hi"), score=1).id
    assert make_trace(("user", "hi")).id != make_trace(("user", "hi"), run_key="trial 2").id


@pytest.mark.parametrize(("text", "stored"), [("a\x00b", "a\ufffdb"), ("\ud800", "\ufffd"), ("ü\x00", "ü\ufffd")])
def test_what_no_database_stores_is_replaced(text: str, stored: str) -> None:
    assert Step(kind="user", text=text).text == stored


def test_wordings_equal_but_for_case_and_spacing_are_one_skill() -> None:
    assert skill_id("When late,  refuse.") == skill_id(" when late, refuse. ")


def test_an_agents_own_claim_is_no_verdict() -> None:
    claim = Outcome(score=1.0, success=True, source="self-report")
    assert claim.verdict is None
    assert scored(1.0, "verifier").verdict is True
    assert scored(0.99, "verifier").verdict is False


def test_a_score_outside_its_range_is_refused() -> None:
    with pytest.raises(ValidationError):
        scored(1.5, "verifier")


def test_an_escaping_error_is_attributed_to_its_boundary() -> None:
    with (
        pytest.raises(TraceError, match=r"could not read \(x.json\): ValueError: bad"),
        boundary(TraceError, "could not read", where="x.json"),
    ):
        raise ValueError("bad")
    with pytest.raises(StoreError, match="mine"), boundary(TraceError, "could not read"):
        raise StoreError("mine")


def test_importing_the_package_loads_no_heavy_part() -> None:
    code = "import seasoned, sys; print(*(m for m in ('pydantic', 'sqlalchemy', 'pydantic_ai') if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
