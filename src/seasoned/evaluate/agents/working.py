"""One trial while it is worked: what came of it becomes an `Attempted`, whichever way it ended.

The trace is made of chat messages as every format's is (`ingest.chat_run`). What an agent leaves out of its messages is
put before them: the prompt where none of them is the system's, and the task where none is a user's. Nothing that an
agent says of its own success is kept. Knows nothing of how agents are called. Raises `Unreadable`.
"""

import time
from datetime import UTC, datetime

from pydantic import JsonValue

from seasoned.core.parsed import Parsed
from seasoned.core.text import visible
from seasoned.core.trace import Source, Trace
from seasoned.core.trial import Ended
from seasoned.evaluate.agents.answer import Given, Unreadable
from seasoned.evaluate.agents.made_calls import with_made_calls
from seasoned.evaluate.agents.openai_messages import written
from seasoned.evaluate.attempt import FORMAT, Attempt, Attempted, World, last_answer
from seasoned.evaluate.tools.watched import MadeCall
from seasoned.ingest.attempt import attempt as tried
from seasoned.ingest.chat_run import chat_run
from seasoned.ingest.record import Problem
from seasoned.ingest.run import Place
from seasoned.llm.model import Message

ERROR_CHARS = 500
"""How much is kept of what an agent did wrong."""


class Working:
    """A trial that has just begun.

    Args:
        agent: Whose it is.
        attempt: What is asked.
        world: What it is worked in. It says how it stands at the end; what the agent says of that counts only where
            there are no tools to have changed it with.
    """

    def __init__(self, agent: str, attempt: Attempt, world: World | None = None) -> None:
        """The clock runs from here on."""
        self._agent, self._attempt, self._world = agent, attempt, world
        self.made: tuple[MadeCall, ...] | None = None
        """The calls that were seen to be made; None where nobody looked, so that the agent's word is all there is."""
        self._at, self._began = datetime.now(UTC), time.monotonic()

    def answered(self, given: Given) -> Attempted:
        """What the agent gave; it crashed where it says so itself.

        Raises:
            Unreadable: None of its messages is one.
        """
        return self._told(given, "crashed" if given.error else "answered", given.error)

    def failed(self, ended: Ended, error: str, given: Given | None = None) -> Attempted:
        """The trial ended otherwise than by an answer.

        Args:
            ended: How.
            error: What the agent did wrong; may be anything, and long.
            given: What it gave nevertheless; what cannot be read of it is left out.
        """
        try:
            return self._told(given or Given(), ended, error)
        except Unreadable:
            return self._told(Given(), ended, error)

    def worked(self, run: Trace) -> Attempted:
        """The agent tells its run as a trace, of which the steps count, the usage, the model and the tools."""
        run = run if self.made is None else self._put_right(run, self.made)
        return Attempted(trace=self._trace(run), answer=last_answer(run.steps), state=self._state(None))

    def _told(self, given: Given, ended: Ended, error: str) -> Attempted:
        shown = visible(error[:ERROR_CHARS])[:ERROR_CHARS]
        run = self._run(given, shown if ended != "answered" else "")
        said = last_answer(run.steps) if given.answer is None else given.answer
        state = self._state(given.state)
        return Attempted(trace=self._trace(run), ended=ended, answer=said, state=state, error=shown)

    def _run(self, given: Given, error: str) -> Trace:
        messages = given.messages
        told = self._read(given, messages).steps if messages else ()
        kinds = {step.kind for step in told}
        before: list[JsonValue] = []
        if "system" not in kinds and self._attempt.prompt:
            before.append({"role": "system", "content": self._attempt.prompt})
        if "user" not in kinds:
            before.append({"role": "user", "content": self._attempt.task.text})
        after: list[JsonValue] = []
        is_new = given.answer != last_answer(told) if given.answer else not messages
        if given.answer is not None and is_new:
            after.append({"role": "assistant", "content": given.answer})
        run = self._read(given, (*before, *messages, *after), error)
        return run if self.made is None else self._put_right(run, self.made)

    def _put_right(self, run: Trace, made: tuple[MadeCall, ...]) -> Trace:
        names = () if self._world is None else tuple(tool.name for tool in self._world.tools)
        messages = tuple(written(message) for call in made for message in _messages_of(call))
        calls = self._read(Given(), messages).steps if messages else ()
        return run.model_copy(update={"steps": with_made_calls(run.steps, calls, names), "tools": names})

    def _read(self, given: Given, messages: tuple[JsonValue, ...], error: str = "") -> Trace:
        record: dict[str, JsonValue] = {"messages": list(messages), "tools": list(given.tools), "error": error}
        where = self._attempt.run_key
        found = tried(lambda: chat_run(record, Place(format=FORMAT, path="", where=where)), where)
        items = [found] if isinstance(found, Problem) else found
        run = next((item.trace for item in items if isinstance(item, Parsed)), None)
        if run is None:
            raise Unreadable("; ".join(item.why for item in items if isinstance(item, Problem))[:ERROR_CHARS])
        return run.model_copy(update={"usage": given.usage, "model": given.model})

    def _trace(self, run: Trace) -> Trace:
        """The run as this trial's; definitions of tools are bytes beside a trace, and nothing here keeps them."""
        lasted_s = time.monotonic() - self._began
        usage = run.usage if run.usage.duration_s is not None else run.usage.model_copy(update={"duration_s": lasted_s})
        return Trace.of(
            task=self._attempt.task,
            steps=run.steps,
            source=Source(format=FORMAT, run_key=self._attempt.run_key),
            usage=usage,
            agent=self._agent,
            model=run.model,
            tools=run.tools,
            started_at=run.started_at or self._at,
        )

    def _state(self, given: JsonValue) -> JsonValue:
        if self._world is None or (given is not None and not self._world.tools):
            return given
        return self._world.state()


def _messages_of(call: MadeCall) -> tuple[Message, ...]:
    request = call.request
    asked = Message(role="assistant", tool_requests=(request,))
    if call.result is None:
        return (asked,)
    return asked, Message(role="tool", content=call.result, call_id=request.call_id, name=request.name)
