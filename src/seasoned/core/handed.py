"""What an agent's spans say of the prompt that its run was handed, as attributes of OpenTelemetry.

An agent that pulls its prompt sets them; the server that receives the spans reads them, and believes nothing of them
that it cannot draw again. Pure. Raises `ValueError` for a text that is no record.
"""

import json
from collections.abc import Iterable, Mapping

from pydantic import TypeAdapter

from seasoned.core.prompt import Exposure

RUN = "seasoned.run"
"""What sets the run apart from every other one: what its draws were made by."""
PROMPT = "seasoned.prompt.id"
"""The whole prompt's id, whatever was left out of it."""
EXPOSURES = "seasoned.exposures"
"""`[["skill-…", true, 0.8], …]`: each skill of the prompt, whether it was kept, and with which probability."""

_RECORD = TypeAdapter(list[tuple[str, bool, float]])


def written(exposures: Iterable[Exposure]) -> str:
    """The record of what one run was handed, on one line."""
    record = [[each.skill_id, each.included, each.probability] for each in exposures]
    return json.dumps(record, separators=(",", ":"))


def read(text: str) -> Mapping[str, tuple[bool, float]]:
    """By skill id, whether it was kept and with which probability, as a record says.

    Raises:
        ValueError: It is no such record, or names a skill twice.
    """
    record = _RECORD.validate_json(text, strict=True)
    found = {skill_id: (included, probability) for skill_id, included, probability in record}
    if len(found) != len(record):
        raise ValueError("it names a skill twice")
    return found
