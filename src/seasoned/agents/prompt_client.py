"""The prompt of a label, for an agent in production: fetched rarely, checked, and there while the server is not.

No threads of its own. Raises `ConfigError` where it is made wrongly, and `ServiceError` where a server that was never
reached does not answer; once there is a prompt, nothing.
"""

import logging
import threading
import time
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from seasoned.agents.asking import ask, waited_for
from seasoned.agents.place import PromptPlace, prompt_place
from seasoned.agents.prompt_cache import PromptCache, user_cache
from seasoned.agents.pulled import PulledPrompt
from seasoned.errors import ConfigError, ServiceError
from seasoned.threads import refuse_in_event_loop

_log = logging.getLogger(__name__)
_PAUSE_S = 5.0
"""After a request that failed, the server is left alone so long, if there is a prompt and it may be that old."""


@dataclass(frozen=True)
class PromptClient:
    """Hands out the prompt that a label points at.

    One client serves any number of threads and event loops, and processes may share its cache. `get` never takes longer
    than `timeout_s`, and asks the server at most once in `max_age_s`. Where the server does not answer, or not with the
    prompt, the last good one is handed out, marked `is_stale`, and a warning is logged.

    Raises:
        ConfigError: An address, a token or a number that cannot be used.
        UsageError: No label can be called so.
    """

    url: str
    """Address of the server that `seasoned serve` runs."""
    _: KW_ONLY
    book: str = "default"
    """The skillbook."""
    label: str = "production"
    """One of its labels."""
    token: str | None = field(default=None, repr=False)
    """The server's token, if it asks for one."""
    cache: Path | None = None
    """Folder that keeps the last good prompt; None: the user's own cache folder."""
    timeout_s: float = 5.0
    """Seconds that `get` may take, at most."""
    max_age_s: float = 60.0
    """A prompt is handed out for so many seconds before the server is asked again; 0 asks every time."""
    allow_http: bool = False
    """Let the token be sent over plain HTTP to another machine."""
    _place: PromptPlace = field(init=False, repr=False, compare=False)
    _state: "_State" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check what was given; nothing is asked or read yet."""
        if not self.timeout_s > 0 or not self.max_age_s >= 0:
            raise ConfigError("a time of the prompt client is out of range", hint="timeout_s > 0, max_age_s >= 0")
        place = prompt_place(self.url, self.book, self.label, token=self.token, allow_http=self.allow_http)
        object.__setattr__(self, "_place", place)
        object.__setattr__(self, "_state", _State(PromptCache(self.cache or user_cache(), place)))

    def get(self) -> PulledPrompt:
        """The prompt, where no event loop is running; see `get_async`.

        Raises:
            ServiceError: There is no prompt: none was ever had, and the server did not give one.
            UsageError: An event loop is running in this thread.
        """
        refuse_in_event_loop("PromptClient.get", "client.get_async()")
        known = self._state.known(self.max_age_s)
        if known is not None and is_young(known, self.max_age_s):
            return known
        return waited_for(self._asked(known))

    async def get_async(self) -> PulledPrompt:
        """The prompt: the one at hand while it is young enough, else the server's, else the last good one.

        Raises:
            ServiceError: There is no prompt: none was ever had, and the server did not give one.
        """
        known = self._state.known(self.max_age_s)
        return known if known is not None and is_young(known, self.max_age_s) else await self._asked(known)

    async def _asked(self, known: PulledPrompt | None) -> PulledPrompt:
        """The server's prompt, or the last good one where it gives none, or another thread asks it already."""
        if known is None:
            return await self._fetched(None)
        if not self._state.begins_to_ask():
            return _stale(known)
        pause_s = 0.0
        try:
            return await self._fetched(known)
        except ServiceError as error:
            pause_s = min(_PAUSE_S, self.max_age_s)
            _log.warning("the prompt %s of %s is handed out further: %s", known.id, known.fetched_at, error)
            return _stale(known)
        finally:
            self._state.has_asked(pause_s)

    async def _fetched(self, known: PulledPrompt | None) -> PulledPrompt:
        prompt = await ask(self._place, token=self.token, timeout_s=self.timeout_s, known=known)
        self._state.keep(prompt)
        return prompt


class _State:
    """What one client knows, for all of its threads; no lock is held while anything waits."""

    def __init__(self, cache: PromptCache) -> None:
        self._cache = cache
        self._lock = threading.Lock()
        self._last: PulledPrompt | None = None
        self._is_asking = False
        self._quiet_until = 0.0

    def known(self, max_age_s: float) -> PulledPrompt | None:
        """The last good prompt: the file's where another process asked later than this one."""
        last = self._last
        if last is not None and is_young(last, max_age_s):
            return last
        kept = self._cache.read()
        if last is None or (kept is not None and kept.fetched_at > last.fetched_at):
            return kept
        return last

    def keep(self, prompt: PulledPrompt) -> None:
        """This is the last good one from now on."""
        self._last = prompt
        self._cache.keep(prompt)

    def begins_to_ask(self) -> bool:
        """Whether the caller is the one to ask the server now; it must say when it has."""
        with self._lock:
            if self._is_asking or time.monotonic() < self._quiet_until:
                return False
            self._is_asking = True
            return True

    def has_asked(self, pause_s: float) -> None:
        """The next may ask after so many seconds."""
        with self._lock:
            self._is_asking = False
            self._quiet_until = time.monotonic() + pause_s


def is_young(prompt: PulledPrompt, max_age_s: float) -> bool:
    """Whether the server was asked less than so many seconds ago; one from the future says nothing."""
    return 0 <= (datetime.now(UTC) - prompt.fetched_at).total_seconds() < max_age_s


def _stale(prompt: PulledPrompt) -> PulledPrompt:
    return prompt.model_copy(update={"is_stale": True})
