"""The sheet holds its bounds and loses nothing that no change names, whatever a curator says."""

from hypothesis import given
from hypothesis import strategies as st

from seasoned.core.finding import Evidence
from seasoned.learn.asking import Held
from seasoned.learn.cheatsheet.sheet import Change, Sheet

SHOWN = Evidence(trace_id="trace-1", step=0, start=0, end=1, quote="x")
CHANGES = st.lists(
    st.builds(
        Change,
        kind=st.sampled_from(["ADD", "REWORD", "CONFIRM", "STRIKE"]),
        entry=st.none() | st.integers(0, 8),
        text=st.text("ab ", max_size=12),
    ),
    max_size=12,
)


@given(st.lists(CHANGES, max_size=4))
def test_it_stays_within_its_bounds_and_keeps_what_is_not_named(batches: list[list[Change]]) -> None:
    sheet = Sheet(max_entries=5, max_chars=60, max_struck=1)
    for batch in batches:
        after, dropped = sheet.changed([Held(change, (SHOWN,)) for change in batch])
        assert len(after.entries) <= 5
        assert len(after.text) <= 60
        assert len(dropped) <= len(batch)
        numbers = [entry.number for entry in after.entries]
        assert numbers == sorted(set(numbers))
        named = {change.entry for change in batch}
        assert [e for e in sheet.entries if e.number not in named] == [
            e for e in after.entries if e.number not in named and e.number <= sheet.n_numbers
        ]
        assert len({entry.number for entry in sheet.entries} - {*numbers}) <= 1, "one is struck out at a time"
        sheet = after
