"""How far repeated work has come, such as fetching from a service. Raises `StoreError`."""

from datetime import datetime

from sqlalchemy import Connection

from seasoned.store.database import Database
from seasoned.store.settings import read_setting, write_setting


class Cursors:
    """Points in time by name, among the store's settings."""

    def __init__(self, database: Database) -> None:
        """Look at the cursors of this database."""
        self._database = database

    def get(self, name: str) -> datetime | None:
        """The point that was reached; None where nothing was yet, or what is kept there is no time."""
        with self._database.reading() as connection:
            return _kept(connection, name)

    def put(self, name: str, reached: datetime) -> None:
        """Keep the point; one that lies before the one that is kept changes nothing."""
        with self._database.writing() as connection:
            known = _kept(connection, name)
            if known is not None and known >= reached:
                return
            write_setting(connection, name, reached.isoformat())


def _kept(connection: Connection, name: str) -> datetime | None:
    kept = read_setting(connection, name)
    try:
        return None if kept is None else datetime.fromisoformat(kept)
    except ValueError:
        return None
