"""A run told by an agent, put right by the record of the calls that were really made in the world.

Where the agent tells just the calls that were made, in their order, they stay where it tells them, with the results
that it really got. Else what it tells of the world's tools is left out and the record stands before its last words.
Calls of tools of its own stay as they are told. A result without a call, of the world's tools or of none that it names,
is nothing that the world said, and is left out. Pure; raises nothing.
"""

import unicodedata
from collections.abc import Collection, Iterator, Sequence

from seasoned.core.trace import Step

_SEPARATORS = ("__", ".", "/", ":")
"""Frameworks put the name of a server before that of its tool, such as `mcp__desk__cancel_order`."""


def with_made_calls(told: Sequence[Step], made: Sequence[Step], names: Collection[str]) -> tuple[Step, ...]:
    """The run's steps.

    Args:
        told: As the agent tells it; each `pair` is an index of this sequence.
        made: The calls that were made with their results, likewise.
        names: The world's tools.
    """
    told = _without(told, [place for place, step in enumerate(told) if _is_made_up(step, names)])
    places = [place for place, step in enumerate(told) if step.kind == "tool_call" and _named(step, names)]
    calls = [step for step in made if step.kind == "tool_call"]
    if len(places) == len(calls) and all(_same(told, place, call) for place, call in zip(places, calls, strict=True)):
        return _put_right(told, places, made, calls)
    left = [place for place, step in enumerate(told) if not _is_of_world(told, step, names)]
    at = _before_last_words([told[place] for place in left])
    return tuple(_joined(told, left, made, at))


def _named(step: Step, names: Collection[str]) -> str | None:
    """The world's tool that the step is about."""
    said = _plain(step.name or "")
    return next((name for name in names if said == _plain(name) or said.endswith(_with_server(name))), None)


def _with_server(name: str) -> tuple[str, ...]:
    return tuple(f"{separator}{_plain(name)}" for separator in _SEPARATORS)


def _plain(name: str) -> str:
    """A name as a reader sees it: one that looks like a tool's is no name of another tool."""
    seen = (character for character in unicodedata.normalize("NFKC", name) if character.isprintable())
    return "".join("".join(seen).split()).casefold()


def _is_made_up(step: Step, names: Collection[str]) -> bool:
    is_without_call = step.kind == "tool_result" and step.pair is None
    return is_without_call and (not _plain(step.name or "") or _named(step, names) is not None)


def _without(steps: Sequence[Step], places: Collection[int]) -> Sequence[Step]:
    left = [place for place in range(len(steps)) if place not in places]
    new_places = {place: n for n, place in enumerate(left)}
    return [_moved(steps[place], new_places) for place in left] if places else steps


def _same(told: Sequence[Step], place: int, call: Step) -> bool:
    step = told[place]
    is_answered = (step.pair is None) == (call.pair is None)
    return (
        is_answered and call.name is not None and step.arguments == call.arguments and bool(_named(step, [call.name]))
    )


def _put_right(
    told: Sequence[Step], places: Sequence[int], made: Sequence[Step], calls: Sequence[Step]
) -> tuple[Step, ...]:
    steps = list(told)
    for place, call in zip(places, calls, strict=True):
        steps[place] = _as_made(told[place], call)
        pair = told[place].pair
        if pair is not None and call.pair is not None:
            steps[pair] = _as_made(told[pair], made[call.pair])
    return tuple(steps)


def _as_made(told: Step, made: Step) -> Step:
    return made.model_copy(update={"call_id": told.call_id, "pair": told.pair, "at": told.at})


def _is_of_world(told: Sequence[Step], step: Step, names: Collection[str]) -> bool:
    """Whether it is a call of the world's tools, or a result of one."""
    if step.kind == "tool_result" and step.pair is not None:
        step = told[step.pair]
    return step.kind in ("tool_call", "tool_result") and _named(step, names) is not None


def _before_last_words(steps: Sequence[Step]) -> int:
    """Where what the agent did ends, and its answer or the error begins."""
    at = len(steps)
    while at and steps[at - 1].kind == "error":
        at -= 1
    return at - 1 if at and steps[at - 1].kind == "assistant" else at


def _joined(told: Sequence[Step], left: Sequence[int], made: Sequence[Step], at: int) -> Iterator[Step]:
    """The steps that are left with those that were made among them, and every pair at its new place."""
    new_places = {place: n + (len(made) if n >= at else 0) for n, place in enumerate(left)}
    moved = [_moved(told[place], new_places) for place in left]
    yield from moved[:at]
    for step in made:
        yield step if step.pair is None else step.model_copy(update={"pair": step.pair + at})
    yield from moved[at:]


def _moved(step: Step, new_places: dict[int, int]) -> Step:
    return step if step.pair is None else step.model_copy(update={"pair": new_places.get(step.pair)})
