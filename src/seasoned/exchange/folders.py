"""Folders of Agent Skills on disk: read, and written without touching anything that is not ours.

All is looked at before anything is written. Folders that an earlier export of the same book left and that hold no skill
any more are taken away: an agent would go on reading a retired skill. Raises `SkillbookError`.
"""

from collections.abc import Mapping
from pathlib import Path

from seasoned.core.value import Value
from seasoned.errors import SkillbookError, boundary
from seasoned.exchange.agent_skills import FILE, MARK, front_matter, mark_of, metadata
from seasoned.exchange.files import decoded, read_bytes, replace


class Written(Value):
    """What came of writing folders."""

    folders: tuple[str, ...]
    """Names, sorted."""
    removed: tuple[str, ...]
    """Names of those of an earlier export that were taken away."""


def skill_files(path: Path) -> dict[str, str]:
    """The text of each `SKILL.md` in a folder: its own, or those of the folders in it; links are not followed.

    Raises:
        SkillbookError: There is none, or one cannot be read.
    """
    with boundary(SkillbookError, "the folder cannot be read", where=str(path)):
        places = [path, *sorted(each for each in path.iterdir() if each.is_dir() and not each.is_symlink())]
        found = [place / FILE for place in places if (place / FILE).is_file() and not (place / FILE).is_symlink()]
    if not found:
        raise SkillbookError(
            "there are no Agent Skills here",
            where=str(path),
            why=f"neither the folder nor one in it has a {FILE}",
            hint="name the folder that holds the skills' folders",
        )
    return {str(file): decoded(read_bytes(file), str(file)) for file in found}


def write(target: Path, files: Mapping[str, str], book: str) -> Written:
    """Write a `SKILL.md` into each folder of that name.

    Args:
        target: The folder that holds them, made if it is not there.
        files: Text by the folder's name.
        book: Whose skills they are; folders of another book are left alone.

    Raises:
        SkillbookError: A folder is there that no export has written, or is a link; nothing is written then.
    """
    for name in files:
        _refuse_foreign(target / name)
    gone = [name for name in _of_book(target, mark_of(book)) if name not in files]
    for name, text in files.items():
        replace(target / name / FILE, text.encode())
    for name in gone:
        with boundary(SkillbookError, "a folder of an earlier export cannot be removed", where=str(target / name)):
            (target / name / FILE).unlink()
            if not any((target / name).iterdir()):
                (target / name).rmdir()
    return Written(folders=tuple(sorted(files)), removed=tuple(gone))


def _refuse_foreign(folder: Path) -> None:
    file = folder / FILE
    if folder.is_symlink() or file.is_symlink():
        raise SkillbookError("the folder is a link", where=str(folder), hint="remove it, or export to another place")
    if folder.exists() and not folder.is_dir():
        raise SkillbookError("this is no folder", where=str(folder), hint="move it, or export to another place")
    if file.exists() and _book_of(file) is None:
        raise SkillbookError(
            "a skill of this name is there that no export has written",
            where=str(file),
            why=f"its metadata has no {MARK!r}",
            hint="move it, or export to another place; nothing was written",
        )


def _of_book(target: Path, mark: str) -> list[str]:
    with boundary(SkillbookError, "the folder cannot be read", where=str(target)):
        inside = sorted(each for each in target.iterdir() if each.is_dir()) if target.exists() else []
    return [
        folder.name
        for folder in inside
        if not folder.is_symlink() and not (folder / FILE).is_symlink() and _book_of(folder / FILE) == mark
    ]


def _book_of(file: Path) -> str | None:
    """The book whose export wrote the file; None where none did."""
    if not file.is_file():
        return None
    try:
        mark = metadata(front_matter(str(file), decoded(read_bytes(file), str(file)))).get(MARK)
    except SkillbookError:
        return None
    return mark if isinstance(mark, str) else None
