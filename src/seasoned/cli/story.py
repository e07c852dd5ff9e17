"""The story of a run's episodes on a terminal: what the model wrote, asked and was shown, and what came of it."""

from collections.abc import Iterable, Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from seasoned.cli.output import safe, usd
from seasoned.core.run import Asked, RunCall, RunTurn
from seasoned.core.text import plural
from seasoned.core.trace import Usage

ASKED_CHARS = 600
"""Of a call's question, its end: before it stand the runs that it is about."""
INDENT = 4
"""Columns by which an episode within an episode is set in."""


def print_story(to: Console, turns: Iterable[RunTurn]) -> None:
    """Print turns in the order given; findings are told in the turn that brought them."""
    before: dict[int, RunTurn] = {}
    for turn in turns:
        to.print(_told(turn, before.get(turn.episode), "episode"))
        before[turn.episode] = turn


def print_calls(to: Console, calls: Sequence[RunCall]) -> None:
    """Print the calls of a run that has no turns: the end of each question, and the answer."""
    for number, call in enumerate(calls, start=1):
        price = "" if call.cost_usd is None else f"; {usd(call.cost_usd)}"
        to.print(Rule(safe(f"call {number}, {call.state}{price}"), align="left"))
        if call.asked:
            left_out = "… " if len(call.asked) > ASKED_CHARS else ""
            to.print(safe(left_out + call.asked[-ASKED_CHARS:], "dim"))
        to.print(safe(call.reply or call.error or "(nothing)", "" if call.reply else "yellow"))


def _told(turn: RunTurn, before: RunTurn | None, what: str) -> RenderableType:
    title = f"{what} {turn.episode + 1}, turn {turn.turn + 1}: {turn.title}{_spent(turn.usage, prefix='; ')}"
    parts: list[RenderableType] = [Rule(safe(title), align="left"), safe(turn.reply)]
    parts += [_asked(asked) for asked in turn.asked]
    if turn.output:
        parts.append(safe(turn.output, "dim"))
    parts += [Text("kept     ", "green") + safe(claim) for claim in _new(turn.kept, before.kept if before else ())]
    parts += [
        Text("refused  ", "yellow") + safe(claim) for claim in _new(turn.dropped, before.dropped if before else ())
    ]
    return Group(*parts)


def _asked(asked: Asked) -> RenderableType:
    if asked.kind == "reflect":
        head = f"reflect: {asked.question}"
    else:
        failed = f", {asked.n_failed} without an answer" if asked.n_failed else ""
        spent = f"{plural(asked.n_calls, 'call')}{failed}{_spent(asked.usage, prefix='; ')}"
        head = f"{asked.kind} ({spent}): {asked.question}"
    parts: list[RenderableType] = [safe(head, "cyan")]
    before: RunTurn | None = None
    for turn in asked.turns:
        parts.append(_told(turn, before, "child"))
        before = turn
    parts.append(Text("answer: ", "cyan") + safe(asked.answer))
    return Padding(Group(*parts), (0, 0, 0, INDENT))


def _spent(usage: Usage, *, prefix: str) -> str:
    if usage.input_tokens is None and usage.output_tokens is None:
        return ""
    return f"{prefix}{usage.input_tokens or 0:,} tokens in, {usage.output_tokens or 0:,} out, {usd(usage.cost_usd)}"


def _new(now: Sequence[str], before: Sequence[str]) -> list[str]:
    return [claim for claim in now if claim not in before]
