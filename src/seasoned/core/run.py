"""One durable job of ours: what it was asked to do, how far it is, what it spent."""

from datetime import datetime
from typing import Literal

from pydantic import Field, JsonValue

from seasoned.core.ids import content_id
from seasoned.core.trace import Usage
from seasoned.core.value import Text, Value

RunState = Literal["running", "done", "incomplete", "failed"]
"""`incomplete`: a limit or a provider cut some of the work off; taking the run up again does the rest."""


class Run(Value):
    """One job. Equal work has an equal id, so asking for it again continues or finds it done."""

    id: str
    kind: str
    """`learn`, later `evaluate` or `train`."""
    state: RunState
    config: dict[str, JsonValue]
    """All that determines the work."""
    summary: dict[str, JsonValue] | None = None
    """What came of it, or why it failed."""
    started_at: datetime
    ended_at: datetime | None = None
    is_alive: bool = False
    """Some process holds its lease: a `running` run that is not alive was interrupted and can be resumed."""


class Spending(Value):
    """What the calls of one run came to."""

    n_calls: int = 0
    """Finished calls."""
    n_failed: int = 0
    n_unknown: int = 0
    """Calls that were sent when the process died: the provider may have billed them."""
    cost_usd: float | None = None
    """Sum of the known costs; None when no price is known."""
    n_unpriced: int = 0
    """Finished calls of unknown price."""


class RunCall(Value):
    """One call of a run as its journal has it."""

    state: Literal["started", "done", "failed", "unknown", "erased"]
    """`unknown`: its process died meanwhile; `erased`: its texts went with a trace."""
    asked: Text = ""
    """The last message that was sent; what stands before it is much the same from call to call."""
    reply: Text = ""
    error: Text = ""
    cost_usd: float | None = None


class Asked(Value):
    """A question that the code of a turn put to a model, and what came back."""

    kind: Literal["llm", "llm_map", "reflect"]
    """One question, one for each of many pieces, or an episode of its own."""
    question: Text
    answer: Text
    """Its beginning, where it is long."""
    n_calls: int = 0
    n_failed: int = 0
    """Of these, calls that got no answer."""
    usage: Usage = Usage()
    turns: tuple["RunTurn", ...] = ()
    """Of the episode that `reflect` started."""


class RunTurn(Value):
    """One turn of an episode as it happened: what the model wrote and what came back."""

    episode: int = Field(ge=0)
    turn: int = Field(ge=0)
    title: Text = ""
    """What the episode is about."""
    reply: Text
    code: Text | None = None
    """What of the reply was run; None where it held no code."""
    output: Text
    """What came back: what the model was shown next, and on the last turn what it would have been shown."""
    kept: tuple[Text, ...] = ()
    """Claims of the findings that held, so far in this episode."""
    dropped: tuple[Text, ...] = ()
    """Claims and reasons of those that did not, so far."""
    asked: tuple[Asked, ...] = ()
    usage: Usage = Usage()
    """Of the turn's own model call, questions not counted."""


def run_id(kind: str, config: dict[str, JsonValue]) -> str:
    """The id of the run that does this work."""
    return content_id("run", [kind, config])
