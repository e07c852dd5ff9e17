"""`seasoned.files`: a place holds what was there before, or all of what is new."""

from pathlib import Path

import pytest

from seasoned.files import NEW_FILE_MODE, made_whole


def write_half(place: Path) -> None:
    with made_whole(place) as part:
        part.write_text("half", encoding="utf-8")
        raise OSError("no room")


def test_a_file_takes_its_place_when_the_block_ends_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    place = tmp_path / "prompt.md"
    with made_whole(place) as part:
        part.write_text("new", encoding="utf-8")
        assert not place.exists()
    assert place.read_text(encoding="utf-8") == "new"
    assert [each.name for each in tmp_path.iterdir()] == ["prompt.md"]
    assert place.stat().st_mode & 0o777 == NEW_FILE_MODE


def test_a_file_that_is_there_keeps_its_mode_and_after_an_error_its_text(tmp_path: Path) -> None:
    place = tmp_path / "prompt.md"
    place.write_text("old", encoding="utf-8")
    place.chmod(0o640)
    with pytest.raises(OSError, match="no room"):
        write_half(place)
    assert place.read_text(encoding="utf-8") == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["prompt.md"]
    with made_whole(place, is_synced=False) as part:
        part.write_text("new", encoding="utf-8")
    assert (place.read_text(encoding="utf-8"), place.stat().st_mode & 0o777) == ("new", 0o640)
