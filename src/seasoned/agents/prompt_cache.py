"""The last good prompt of each place, in a folder that processes may share.

A file is written whole or not at all and checked when it is read; one that does not hold is passed over. Whatever goes
wrong is logged and nothing is raised: an agent must not stop because of a cache.
"""

import logging
import os
import sys
from pathlib import Path

from seasoned.agents.place import PromptPlace
from seasoned.agents.pulled import PulledPrompt, checked
from seasoned.files import PRIVATE_MODE, made_whole

_log = logging.getLogger(__name__)


def user_cache() -> Path | None:
    """Where this system keeps what a user's programs can fetch again; None for a user without a home."""
    try:
        if sys.platform == "darwin":
            root = Path.home() / "Library" / "Caches"
        elif sys.platform == "win32":
            root = Path(os.environ.get("LOCALAPPDATA") or Path.home())
        else:
            root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:
        return None
    return root / "seasoned" / "prompts"


class PromptCache:
    """One file in a folder.

    Args:
        folder: Made with the first prompt that is kept; None keeps nothing.
        place: Where the prompt is from.
    """

    def __init__(self, folder: Path | None, place: PromptPlace) -> None:
        """Nothing is read yet."""
        self._file = None if folder is None else folder / f"{place.key}.json"
        self._place = place

    def read(self) -> PulledPrompt | None:
        """The prompt that was kept last; None where there is none, or none that holds."""
        if self._file is None:
            return None
        try:
            return checked(PulledPrompt.model_validate_json(self._file.read_bytes()), self._place)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            _log.warning("the kept prompt in %s is passed over: %s", self._file, _in_short(error))
            return None

    def keep(self, prompt: PulledPrompt) -> None:
        """Put the prompt in the place of the one before."""
        if self._file is None:
            return
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # What a loss of power takes is fetched again, and an agent waits here.
            with made_whole(self._file, mode=PRIVATE_MODE, is_synced=False) as part:
                part.write_text(prompt.model_dump_json(), encoding="utf-8")
        except OSError as error:
            _log.warning("the prompt cannot be kept in %s: %s", self._file, _in_short(error))


def _in_short(error: Exception) -> str:
    """Without the file's content, which pydantic would repeat."""
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else str(error).partition("\n")[0]
