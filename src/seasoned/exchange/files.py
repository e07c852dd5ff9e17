"""Reading a file within bounds, and replacing one whole or not at all.

A link is followed within its own folder and nowhere else. Knows nothing of skills. Raises `SkillbookError`.
"""

from pathlib import Path

from seasoned.errors import SkillbookError, boundary
from seasoned.files import made_whole

MAX_FILE_BYTES = 64 << 20
"""Ten thousand skills with a quote each and their history take a fifth of this."""


def read_bytes(path: Path) -> bytes:
    """The bytes of a file of at most `MAX_FILE_BYTES`."""
    with boundary(SkillbookError, "the file cannot be read", where=str(path)), path.open("rb") as stream:
        data = stream.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise SkillbookError(
            "the file is too big",
            where=str(path),
            why=f"it is over {MAX_FILE_BYTES >> 20} MiB",
            hint="export fewer skills, or without their history",
        )
    return data


def refuse_unreadable(data: bytes, where: str) -> None:
    """Refuse to write what `read_bytes` would not read again."""
    if len(data) > MAX_FILE_BYTES:
        raise SkillbookError(
            "the export would be too big to be imported again",
            where=where,
            why=f"it is over {MAX_FILE_BYTES >> 20} MiB",
            hint="choose skills with --status or --tag, or leave the log out with --no-history",
        )


def decoded(data: bytes, where: str) -> str:
    """The bytes as text: UTF-8, with or without a byte-order mark; line breaks become line feeds."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        raise SkillbookError(
            "the file is not UTF-8",
            where=f"{where}, byte {cause.start}",
            why=cause.reason,
            hint="save it as UTF-8 and try again",
        ) from cause
    return text.replace("\r\n", "\n")


def target_of(path: Path) -> Path:
    """The file that is written to when this path is: the path itself, or what it links to in the same folder."""
    target = path
    with boundary(SkillbookError, "the file cannot be written", where=str(path)):
        folder = path.parent.resolve()
        if path.is_symlink():
            target = path.resolve()
            if not target.is_relative_to(folder):
                raise SkillbookError(
                    "the file is a link out of its folder",
                    where=str(path),
                    why=f"it leads to {target}",
                    hint="name that file itself if it is meant",
                )
        if target.exists() and not target.is_file():
            raise SkillbookError("this is no file", where=str(path), hint="name a file to write to")
    return target


def replace(path: Path, data: bytes) -> None:
    """Write a file whole: a reader sees the old bytes or the new ones, and after a failure the old ones are there."""
    target = target_of(path)
    with boundary(SkillbookError, "the file cannot be written", where=str(path)):
        target.parent.mkdir(parents=True, exist_ok=True)
        with made_whole(target) as part:
            part.write_bytes(data)
