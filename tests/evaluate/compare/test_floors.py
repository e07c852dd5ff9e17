"""Which references an agent reaches that does nothing."""

from pathlib import Path

import pytest
from pydantic import JsonValue

from seasoned.evaluate.compare.floors import passes_by_nothing
from seasoned.ingest.importing import read_paths
from seasoned.ingest.report import FileReport

LOOK: JsonValue = {"name": "get_order", "kwargs": {}}
CANCEL: JsonValue = {"name": "cancel_order", "kwargs": {}}


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ({"task": {"actions": [], "outputs": []}}, True),
        ({"task": {"actions": [LOOK], "outputs": []}}, True),
        ({"task": {"actions": [LOOK, CANCEL]}}, False),
        ({"task": {"actions": [], "outputs": ["42"]}}, False),
        ({"task": {"evaluation_criteria": {"actions": [LOOK], "communicate_info": []}}}, True),
        ({"task": {"evaluation_criteria": {"actions": [LOOK], "nl_assertions": ["It says so."]}}}, False),
        ({"actions": [CANCEL]}, False),
        ({"actions": [{"name": "decline_request"}]}, False),
        ({"actions": [{"name": "escalate"}]}, False),
        ({"actions": [], "facts": [["2026-06-18", "June 18"]]}, False),
        ({"reference": {"actions": [LOOK]}}, True),
        ({"target": "Yes"}, None),
        ({"task": "refund"}, None),
        (["Yes"], None),
        (None, None),
    ],
)
def test_nothing_is_enough_where_no_change_and_no_word_is_asked_for(
    reference: JsonValue, expected: bool | None
) -> None:
    assert passes_by_nothing(reference) is expected


def test_of_real_airline_tasks_a_good_part_asks_for_nothing(shared_traces: Path) -> None:
    found: dict[str, bool | None] = {}
    for item in read_paths([shared_traces / "tau_bench"], b"0" * 32):
        if not isinstance(item, FileReport):
            found[item.trace.task.key] = passes_by_nothing(item.reference)
    assert len(found) == 25
    # A seventh only hands over to a person, which other desks count as an act.
    assert sum(each is True for each in found.values()) == 6
    assert None not in found.values()
