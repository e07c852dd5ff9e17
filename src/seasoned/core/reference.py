"""Answers that a log carries along: gold actions, ground truth, tests.

They are sealed: kept apart from the trace, in a table that only evaluation reads. The import contracts forbid learners,
curation and compilation to load the module that reads them, so no prompt can ever hold one.
"""

from pydantic import JsonValue

from seasoned.core.value import Value


class Reference(Value):
    """The reference answers of one trace."""

    trace_id: str
    content: JsonValue
    """As the log has it; its shape depends on the format."""
