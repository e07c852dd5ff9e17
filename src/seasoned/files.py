"""Files made whole: written under a hidden name beside their place, put on disk, then given their own name.

Whoever reads the place sees what was there before or all of what is new. A process that dies on the way leaves a hidden
`.part` file and nothing else. Knows nothing of what is written. Raises `OSError`.
"""

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

PRIVATE_MODE = 0o600
"""For nobody else's eyes."""
NEW_FILE_MODE = 0o644


@contextmanager
def made_whole(path: Path, *, mode: int | None = None, is_synced: bool = True) -> Generator[Path]:
    """A file to write, closed at the end of the block; it takes its place when the block ends well.

    Args:
        path: Its place, in a folder that is there. A link there is replaced, not followed.
        mode: Its permissions; None: those of the file that is there, else `NEW_FILE_MODE`.
        is_synced: Wait until it is on disk, for what must outlast a loss of power.
    """
    number, name = tempfile.mkstemp(prefix=f".{path.name}-", suffix=".part", dir=path.parent)
    os.close(number)
    part = Path(name)
    try:
        yield part
        part.chmod(_mode_at(path) if mode is None else mode)
        if is_synced:
            _sync(part, os.O_RDWR)
        part.replace(path)
        # Elsewhere a folder cannot be opened, and its entries need no such thing.
        if is_synced and os.name == "posix":
            _sync(path.parent, os.O_RDONLY)
    finally:
        part.unlink(missing_ok=True)


def _mode_at(path: Path) -> int:
    return path.stat().st_mode & 0o7777 if path.exists() else NEW_FILE_MODE


def _sync(path: Path, flags: int) -> None:
    number = os.open(path, flags)
    try:
        os.fsync(number)
    finally:
        os.close(number)
