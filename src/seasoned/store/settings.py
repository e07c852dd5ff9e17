"""What a store remembers by name: one text each. Knows nothing of what they mean. Raises nothing of its own."""

from sqlalchemy import Connection, delete, insert, select

from seasoned.store import schema

_COLUMNS = schema.setting.c


def read_setting(connection: Connection, name: str) -> str | None:
    """What is kept under a name; None where nothing is."""
    return connection.execute(select(_COLUMNS.value).where(_COLUMNS.name == name)).scalar_one_or_none()


def write_setting(connection: Connection, name: str, value: str) -> None:
    """Keep a text in the place of what was there."""
    connection.execute(delete(schema.setting).where(_COLUMNS.name == name))
    connection.execute(insert(schema.setting), {"name": name, "value": value})
