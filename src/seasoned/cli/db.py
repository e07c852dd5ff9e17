"""`seasoned db`: the store as a thing to look after. Every act goes on the store's own record."""

import sys
from pathlib import Path

from pydantic import JsonValue
from rich.text import Text

from seasoned.checks.check import State
from seasoned.cli.output import emit_json, emit_table, note, out, safe
from seasoned.cli.place import WholeStore, opened
from seasoned.cli.progress import copying
from seasoned.config import load, store_location
from seasoned.core.text import plural
from seasoned.curate.review.person import this_person
from seasoned.errors import StoreError
from seasoned.store.database import SCHEMA_VERSIONS, file_of
from seasoned.store.whole import backup as whole
from seasoned.store.whole.copying import Copied
from seasoned.store.whole.sizes import sizes, total_bytes

_STYLES: dict[State, str] = {"ok": "green", "warning": "yellow", "failed": "bold red"}


def status(*, json: bool = False, place: WholeStore | None = None) -> None:
    """Say where the store is, which version its schema has, and how much each of its tables holds.

    Args:
        json: Print one JSON document.
        place: Which store.
    """
    with opened(place) as here:
        database = here.store.database
        tables, n_bytes = sizes(database), total_bytes(database)
        where = str(database)
    if json:
        rows: list[JsonValue] = [each.model_dump(mode="json") for each in tables]
        emit_json({"store": where, "version": SCHEMA_VERSIONS[-1], "n_bytes": n_bytes, "tables": rows})
        return
    note(f"{where}: schema {SCHEMA_VERSIONS[-1]}, {_size(n_bytes)} in all, with indexes")
    filled = [(each.table, f"{each.n_rows:,}", _size(each.n_bytes)) for each in tables if each.n_rows]
    emit_table(("table", "#rows", "#text"), filled, empty="The store holds nothing yet.")


def check(*, repair: bool = False, json: bool = False, place: WholeStore | None = None) -> None:
    """Check that everything in the store is as it should be; exits with 1 if something is not.

    Logs without gaps that fold to their skillbooks, ids that fit contents, quotes that stand where skills say,
    labels, the index of words, the triggers that keep the log append-only, and the database itself.

    Args:
        repair: Write anew what is derived and wrong, never the log or a trace; then check.
        json: Print one JSON document.
        place: Which store.
    """
    from seasoned.checks import stored

    with opened(place) as here:
        done = stored.repair(here.store.database, by=this_person().name) if repair else ()
        for each in done:
            note(f"repaired: {each}")
        checks = list(stored.stored(here.store.database))
    is_ok = all(each.state != "failed" for each in checks)
    if json:
        found: list[JsonValue] = [each.model_dump(mode="json") for each in checks]
        emit_json({"ok": is_ok, "checks": found, "repaired": list(done)})
    else:
        for each in checks:
            head = Text(f"{each.state:<8}", _STYLES[each.state])
            out.print(head + safe(f"{each.name:<15}{each.said}"), soft_wrap=True)
            if each.hint:
                out.print(Text(f"{'':<8}{'next:':<15}", "dim") + safe(each.hint), soft_wrap=True)
    sys.exit(0 if is_ok else 1)


def upgrade(*, no_backup: bool = False, place: WholeStore | None = None) -> None:
    """Bring the store to this release's schema. Every command does that by itself; this one keeps the old file first.

    Args:
        no_backup: Keep no copy of the file as it was. A store on a server is never copied here: use its own backup.
        place: Which store.
    """
    where = _where(place)
    version, latest = whole.schema_version(where), SCHEMA_VERSIONS[-1]
    if version is None:
        raise StoreError("there is no store here", where=whole.shown(where), hint="--store names another place")
    if version == latest:
        note(f"The store has schema {latest}, which is this release's; there is nothing to do.")
        return
    file = file_of(where)
    if file is not None and version in SCHEMA_VERSIONS and not no_backup:
        kept = file.with_name(f"{file.name}.{version}")
        whole.keep(file, kept)
        note(f"The store as it was is kept in {kept}.")
    with opened(place) as here:
        here.store.audit.record(this_person().name, "upgrade", f"schema {version} to {latest}")
    note(f"The store had schema {version} and has {latest} now.")


def backup(file: Path, /, *, force: bool = False, json: bool = False, place: WholeStore | None = None) -> None:
    """Write the whole store into one SQLite file, a complete store itself, and prove it equal.

    Others may go on writing meanwhile: the backup holds the store as it was when it began.

    Args:
        file: Where to. It appears when it is whole, readable by you alone.
        force: Take the place of a file that is there.
        json: Print one JSON document.
        place: Which store to back up.
    """
    with opened(place) as here, copying() as tell:
        by = this_person().name
        copied = whole.backup(here.store.database, file, by=by, is_forced=force, tell=tell)
    _tell(copied, str(file), json=json)


def restore(file: Path, /, *, json: bool = False, place: WholeStore | None = None) -> None:
    """Bring a backup back into a store that is not there yet, or holds nothing, and prove it equal.

    Args:
        file: What `seasoned db backup` wrote, by this release or an earlier one; it stays as it is.
        json: Print one JSON document.
        place: Where to: a new file, or an empty database.
    """
    where = _where(place)
    with copying() as tell:
        copied = whole.restore(file, where, by=this_person().name, tell=tell)
    _tell(copied, whole.shown(where), json=json)


def move(*, to: str, json: bool = False, place: WholeStore | None = None) -> None:
    """Copy the whole store into another database, SQLite or PostgreSQL, and prove it equal; the old one stays.

    Stop what writes to the old store first: what is written there afterwards is not in the new one.

    Args:
        to: File or SQLAlchemy URL of a store that is not there yet, or holds nothing.
        json: Print one JSON document.
        place: Which store.
    """
    with opened(place) as here, copying() as tell:
        copied = whole.move(here.store.database, to, by=this_person().name, tell=tell)
    _tell(copied, whole.shown(to), json=json)
    password = ", with its password" if "***" in whole.shown(to) else ""
    note(f"From now on set SEASONED_STORE={whole.shown(to)}{password}. The old store is as it was.")


def _where(place: WholeStore | None) -> str:
    return store_location(place.store if place else None, load(), Path.cwd())


def _tell(copied: Copied, where: str, *, json: bool) -> None:
    if json:
        tables: list[JsonValue] = [each.model_dump(mode="json") for each in copied.tables]
        emit_json({"to": where, "n_rows": copied.n_rows, "n_books": copied.n_books, "tables": tables})
        return
    books = plural(copied.n_books, "skillbook")
    note(f"{where}: {plural(copied.n_rows, 'row')} are there and equal, {books} folded to what the log says")


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1_000_000:,.1f} MB" if n_bytes >= 1_000_000 else f"{n_bytes / 1000:,.1f} kB"
