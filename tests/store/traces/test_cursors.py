"""How far repeated work has come."""

from datetime import UTC, datetime, timedelta

from seasoned.store.store import Store

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_a_cursor_only_moves_forward_and_outlives_the_process(place: str) -> None:
    with Store(place) as store:
        assert store.cursors.get("pull a") is None
        store.cursors.put("pull a", NOON)
        store.cursors.put("pull a", NOON - timedelta(hours=1))
        store.cursors.put("pull b", NOON - timedelta(days=1))
    with Store(place) as store:
        assert store.cursors.get("pull a") == NOON
        assert store.cursors.get("pull b") == NOON - timedelta(days=1)
