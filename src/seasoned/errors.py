"""The error model: one type for each boundary that can be crossed, and `boundary()` to attribute whatever escapes.

An error says what went wrong, where (file, line, offset, id), why, and what to do next. Types are named after the
boundary: a bad trace is a `TraceError`, an unreachable provider a `ProviderError`. A bad record among many is data
(a `Problem` in a report), not an exception; exceptions are for what stops the work at hand.

    SeasonedError
    ├── UsageError        what the user asked for cannot be done as asked      exit code 2
    ├── ConfigError       settings that do not parse or contradict             exit code 2
    ├── TraceError        a trace that cannot be read                          exit code 3
    ├── StoreError        the store cannot be opened, read or written          exit code 3
    │   └── StoreConflict another writer was first; retry on the new revision
    ├── OperationError    an operation that the skillbook's state forbids      exit code 1
    ├── SkillbookError    a file of skills that cannot be read or written      exit code 3
    ├── EvidenceError     a quote that the stored trace does not hold
    ├── PromptError       a prompt that cannot be compiled as asked            exit code 1
    ├── ProviderError     a language model did not answer                      exit code 3
    │   ├── ProviderUnreachable  no connection, or no answer in time
    │   ├── QuotaSpent    the account with the provider is empty
    │   └── ReplayMiss    a recording has no answer to this request
    ├── ServiceError      a service for traces or prompts did not answer       exit code 3
    ├── AgentUnreachable  an agent under test, or its world, cannot be reached  exit code 3
    ├── BudgetExceeded    a run has spent what it was given                    exit code 1
    │   └── ShareSpent    one part of a run has spent its share of that
    └── SandboxError      the sandbox itself failed (not the code in it)       exit code 3
"""

from types import TracebackType
from typing import ClassVar


class SeasonedError(Exception):
    """Base of every error that Seasoned raises on purpose.

    Args:
        what: What went wrong, as a sentence without a full stop.
        where: The place: a file and line, an offset, an id.
        why: The cause, as far as known.
        hint: What the reader can do next.
    """

    exit_code: ClassVar[int] = 3

    def __init__(self, what: str, *, where: str | None = None, why: str | None = None, hint: str | None = None) -> None:
        """Keep the four parts apart so that every face can lay them out its own way."""
        super().__init__(what)
        self.what, self.where, self.why, self.hint = what, where, why, hint

    def __str__(self) -> str:
        """All parts on one line."""
        text = self.what if self.where is None else f"{self.what} ({self.where})"
        if self.why:
            text += f": {self.why}"
        return text if self.hint is None else f"{text}. {self.hint}"


class UsageError(SeasonedError):
    """What the user asked for cannot be done as asked."""

    exit_code = 2


class ConfigError(SeasonedError):
    """Settings that do not parse, or that contradict each other."""

    exit_code = 2


class TraceError(SeasonedError):
    """A trace that cannot be read, or one that is not there."""


class StoreError(SeasonedError):
    """The store cannot be opened, read or written."""


class StoreConflict(StoreError):
    """Another writer moved the skillbook on; read the new revision and try again."""


class OperationError(SeasonedError):
    """An operation that the skillbook's present state forbids."""

    exit_code = 1


class SkillbookError(SeasonedError):
    """A file of skills that cannot be read as what it says it is, or that must not be written."""


class EvidenceError(SeasonedError):
    """A quote that the stored trace does not hold at the place named."""

    exit_code = 1


class PromptError(SeasonedError):
    """A prompt that cannot be compiled as asked, such as a budget below the base prompt's size."""

    exit_code = 1


class ProviderError(SeasonedError):
    """A language model did not answer.

    Args:
        what: As in `SeasonedError`, like the other parts.
        status: HTTP status, where there was one.
        retry_after_s: Seconds that the provider asked us to wait.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        why: str | None = None,
        hint: str | None = None,
        status: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        """Keep what a retry policy needs beside the text."""
        super().__init__(what, where=where, why=why, hint=hint)
        self.status, self.retry_after_s = status, retry_after_s

    @property
    def may_pass(self) -> bool:
        """Whether the same request may succeed later, so that asking again is worth it."""
        return self.status in {408, 409, 429} or (self.status or 0) >= 500


class ProviderUnreachable(ProviderError):
    """There was no connection to the provider, or no answer in time."""

    @property
    def may_pass(self) -> bool:
        """It may."""
        return True


class QuotaSpent(ProviderError):
    """The account with the provider is empty; some say so with the status of a rate limit."""

    @property
    def may_pass(self) -> bool:
        """Not by waiting."""
        return False


class ReplayMiss(ProviderError):
    """A recording has no answer to this request; the message says what differs from the nearest one."""


class ServiceError(SeasonedError):
    """A service that keeps traces, or a server that keeps prompts, did not answer as it documents.

    Args:
        what: As in `SeasonedError`, like the other parts.
        status: HTTP status, where there was one.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        why: str | None = None,
        hint: str | None = None,
        status: int | None = None,
    ) -> None:
        """Keep the status beside the text, as an older service answers 404 where a newer one has a page."""
        super().__init__(what, where=where, why=why, hint=hint)
        self.status = status


class AgentUnreachable(SeasonedError):
    """An agent under test, or the world that it works in, could not be reached: this says nothing of the agent.

    Args:
        what: As in `SeasonedError`, like the other parts.
        retry_after_s: Seconds that it asked us to wait.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        why: str | None = None,
        hint: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        """Keep what whoever tries again needs beside the text."""
        super().__init__(what, where=where, why=why, hint=hint)
        self.retry_after_s = retry_after_s


class BudgetExceeded(SeasonedError):
    """A run has spent what it was given; what was finished is kept."""

    exit_code = 1


class ShareSpent(BudgetExceeded):
    """One part of a run has spent its fair share of the budget, so that the other parts keep theirs."""


class SandboxError(SeasonedError):
    """The sandbox itself failed. Errors of the code inside it are results, never this."""


class Boundary:
    """What `boundary` gives: a block to be entered as often as wanted, which costs little each time."""

    __slots__ = ("_error", "_what", "_where")

    def __init__(self, error: type[SeasonedError], what: str, *, where: str | None = None) -> None:
        """See `boundary`."""
        self._error, self._what, self._where = error, what, where

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self, kind: type[BaseException] | None, cause: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Raise the boundary's error in the place of a foreign one."""
        if isinstance(cause, Exception) and not isinstance(cause, SeasonedError):
            raise self._error(self._what, where=self._where, why=f"{type(cause).__name__}: {cause}") from cause


def boundary(error: type[SeasonedError], what: str, *, where: str | None = None) -> Boundary:
    """Attribute any foreign exception that escapes the block to one boundary.

    Args:
        error: The type to raise instead.
        what: What was being done, in the form "could not …".
        where: The place, if one is known.

    Raises:
        SeasonedError: `error`, chained to the cause; our own errors pass through unchanged.
    """
    return Boundary(error, what, where=where)
