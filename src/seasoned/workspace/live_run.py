"""One run of an agent as it happens: the prompt that it is handed, and its trace when it is over.

Raises `UsageError` for a run that is finished twice and what `pipeline.recording` raises.
"""

import threading
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from seasoned.core.prompt import Exposure, Prompt
from seasoned.core.trace import Task, Trace
from seasoned.errors import SeasonedError, UsageError
from seasoned.pipeline.handing import exposures_of
from seasoned.pipeline.recording import Recorded, Told, record_run, record_trace
from seasoned.workspace.given import Opened


class LiveRun:
    """A run that is about to happen; use it as a context manager.

    Nothing is stored before `finish`. Where an exception leaves the block, the messages that `add` was given are
    stored as a run that ended in an error and that nobody has judged; without any, nothing is.
    """

    def __init__(
        self,
        opened: Opened,
        task: Task,
        compiled: Prompt,
        agent: str = "",
        *,
        run_key: str,
        keep_all: bool = False,
    ) -> None:
        """Hand a prompt out for a task: each of its skills by its probability, or with `keep_all` every one."""
        self._store, self._policy = opened.store, opened.policy
        self._task, self._agent = task, agent
        self._started_at = datetime.now(UTC)
        self._messages: list[object] = []
        self._recorded: Recorded | None = None
        self._turn = threading.Lock()
        self.id = run_key
        """Sets this run apart from every other; it stands in the trace's `source.run_key`."""
        self.compiled = compiled
        """What was compiled for the task, with the cost of each skill; its id is the trace's `prompt_id`."""
        handed = (compiled, exposures_of(compiled)) if keep_all else opened.hand_out(compiled, self.id)
        self.handed_out: Prompt = handed[0]
        """What the agent is handed: `compiled` without the skills that were left out by chance."""
        self.exposures: tuple[Exposure, ...] = handed[1]
        """Which skills were kept and which left out, each with the probability that it had."""

    @property
    def task(self) -> str:
        """What the agent is asked."""
        return self._task.text

    @property
    def prompt(self) -> str:
        """The agent's system prompt for this run."""
        return self.handed_out.text

    @property
    def recorded(self) -> Recorded | None:
        """The trace's id, and what could not be read; None while the run is not stored."""
        return self._recorded

    def add(self, *messages: object) -> None:
        """Note messages as they come, so that they are not lost where the agent fails half-way."""
        self._messages += messages

    def finish(
        self,
        messages: Trace | Iterable[object] = (),
        *,
        score: float | None = None,
        success: bool | None = None,
        feedback: str = "",
    ) -> Recorded:
        """Store the run: redacted, with what it was handed.

        Args:
            messages: The conversation, as OpenAI's or Anthropic's API or their clients have it, behind what `add` was
                given; or a trace, which then is the run.
            score: In [0, 1], of something that can tell; 1.0 is a success unless `success` says otherwise.
            success: Whether the task was done. Without either, nobody has judged the run.
            feedback: What was wrong, in words.

        Raises:
            UsageError: It is finished, there is no message, or one cannot be stored.
            StoreError: The store cannot be written.
        """
        with self._turn:
            if self._recorded is not None:
                raise UsageError(
                    "this run is finished",
                    where=self._recorded.trace_id,
                    hint="begin another one with `book.run(task)`",
                )
            if isinstance(messages, Trace):
                told = self._told((), score=score, success=success, feedback=feedback)
                self._recorded = record_trace(self._store, messages, told, self._policy)
            else:
                told = self._told((*self._messages, *messages), score=score, success=success, feedback=feedback)
                self._recorded = record_run(self._store, told, self._policy)
            return self._recorded

    def __enter__(self) -> Self:
        """The run itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Store what there is of a run that an exception ended; the exception goes on."""
        # A timeout or a person's Ctrl-C ends a run as any error does; a generator that is closed ends none.
        if error is None or isinstance(error, GeneratorExit) or self._recorded is not None or not self._messages:
            return
        try:
            told = self._told(self._messages, error=_in_words(error))
            self._recorded = record_run(self._store, told, self._policy)
        except SeasonedError as failed:
            # The agent's own error is the one to tell.
            error.add_note(f"its messages were not stored: {failed}")

    def _told(
        self,
        messages: Iterable[object],
        *,
        score: float | None = None,
        success: bool | None = None,
        feedback: str = "",
        error: str = "",
    ) -> Told:
        return Told(
            run_key=self.id,
            task=self._task.text,
            task_key=self._task.key,
            agent=self._agent,
            messages=tuple(messages),
            score=score,
            success=success,
            feedback=feedback,
            error=error,
            exposures=self.exposures,
            prompt_id=self.compiled.id,
            started_at=self._started_at,
        )


def new_run_key() -> str:
    """What sets a run apart from every other one."""
    return uuid.uuid4().hex


def _in_words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")
