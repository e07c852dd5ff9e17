"""A comparison drawn."""

from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seasoned.evaluate.compare.comparing import CompareConfig, compare
from seasoned.evaluate.reports.drawing import svg_of
from tests.evaluate.make_arms import QUICK, made

SVG = "{http://www.w3.org/2000/svg}"
HALF, MOST = [(1, 2)] * 12, [(2, 2)] * 11 + [(0, 2)]


def drawn(*names: str) -> ElementTree.Element:
    arms = [made(name, HALF if number == 0 else MOST) for number, name in enumerate(names)]
    return ElementTree.fromstring(svg_of(compare(arms, CompareConfig(resampling=QUICK))))


def test_every_arm_and_difference_is_a_dot_on_its_interval() -> None:
    picture = drawn("before", "after", "later")
    assert len(picture.findall(f"{SVG}circle")) == 3 + 2
    words = [each.text or "" for each in picture.iter(f"{SVG}text")]
    assert {"before", "after - before", "later - before"} <= set(words)
    assert any(word.startswith("91.7 [") for word in words)


def test_dots_stand_where_their_numbers_are() -> None:
    low, high = (float(each.attrib["cx"]) for each in drawn("before", "after").findall(f"{SVG}circle")[:2])
    assert high - low == pytest.approx((900 - 260 - 190) * (11 / 12 - 0.5), abs=0.2)


@settings(max_examples=40)
@given(st.text(min_size=1, max_size=30))
def test_no_name_is_markup(name: str) -> None:
    picture = drawn(f"x{name}", "plain")
    assert {each.tag for each in picture.iter()} == {
        f"{SVG}{tag}" for tag in ("svg", "title", "rect", "text", "line", "circle")
    }


def test_a_name_that_would_be_a_script_is_words() -> None:
    hostile = '"/><script>alert(1)</script>'
    picture = drawn(hostile, "plain")
    assert hostile in [each.text for each in picture.iter(f"{SVG}text")]
