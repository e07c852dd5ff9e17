"""Approved skills of given wordings."""

from datetime import UTC, datetime

from seasoned.core.operation import Event
from seasoned.core.skill import Skill
from seasoned.core.skillbook import fold
from tests.make import add, verdict


def skills(*texts: str) -> tuple[Skill, ...]:
    operations = [each for text in texts for each in (add(text), verdict("APPROVE", text))]
    at = datetime(2026, 1, 1, tzinfo=UTC)
    events = [Event(revision=n, at=at, operation=operation) for n, operation in enumerate(operations, 1)]
    return fold("desk", events).with_status("approved")
