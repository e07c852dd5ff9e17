"""Says in words what tells a request from the nearest one of a list, so that a replay miss can be understood.

Nearest is the request that shares the most leading messages, and then the most leading characters of the first
message that differs. Knows nothing of recordings. Raises nothing.
"""

from collections.abc import Sequence

from seasoned.core.ids import canonical_json
from seasoned.llm.model import Message, OutputShape, Request

_SHOWN_CHARS = 40
"""How much of each text is shown from the first difference on."""


def nearest_difference(asked: Request, recorded: Sequence[Request]) -> str:
    """How `asked` differs from the nearest of `recorded`."""
    if not recorded:
        return "it holds no exchange at all"
    nearest = max(recorded, key=lambda request: _shared(asked, request))
    n_shared, n_chars = _shared(asked, nearest)
    if n_shared < min(len(asked.messages), len(nearest.messages)):
        ours, theirs = asked.messages[n_shared], nearest.messages[n_shared]
        return _message_difference(n_shared, n_chars, ours, theirs)
    if len(asked.messages) != len(nearest.messages):
        return (
            f"the nearest recorded request has {len(nearest.messages)} messages, this one {len(asked.messages)}; "
            f"the first {n_shared} are equal"
        )
    differing = [
        f"{name} is {getattr(nearest, name)!r} in the recording and {getattr(asked, name)!r} here"
        for name in ("temperature", "max_tokens", "seed")
        if getattr(nearest, name) != getattr(asked, name)
    ]
    if nearest.tools != asked.tools:
        names = [", ".join(tool.name for tool in request.tools) or "none" for request in (nearest, asked)]
        differing.append(f"the tools differ (recorded: {names[0]}; here: {names[1]})")
    if nearest.output != asked.output:
        differing.append(_output_difference(nearest.output, asked.output))
    return f"all {n_shared} messages are equal, but " + " and ".join(differing)


def _output_difference(recorded: OutputShape | None, here: OutputShape | None) -> str:
    """How the shapes that replies must have differ."""
    names = ["none" if shape is None else shape.name for shape in (recorded, here)]
    if names[0] == names[1]:
        return f"the JSON schema of the output {names[0]} differs"
    return f"the output differs (recorded: {names[0]}; here: {names[1]})"


def _message_difference(index: int, n_chars: int, ours: Message, theirs: Message) -> str:
    if ours.role != theirs.role:
        return f"message {index} has the role {theirs.role} in the nearest recorded request and {ours.role} here"
    texts = _text(theirs), _text(ours)
    shown = [repr(text[n_chars : n_chars + _SHOWN_CHARS]) if n_chars < len(text) else "its end" for text in texts]
    return (
        f"message {index} ({ours.role}) differs from the nearest recorded request at character {n_chars}: "
        f"recorded {shown[0]}, here {shown[1]}"
    )


def _shared(asked: Request, recorded: Request) -> tuple[int, int]:
    """Leading messages in common, and characters in common of the first that differs."""
    n_shared = 0
    for ours, theirs in zip(asked.messages, recorded.messages, strict=False):
        if ours != theirs:
            n_chars = _n_common(_text(ours), _text(theirs)) if ours.role == theirs.role else 0
            return n_shared, n_chars
        n_shared += 1
    return n_shared, 0


def _text(message: Message) -> str:
    """What is compared of a message: its content, followed by what else it holds."""
    rest = message.model_dump(mode="json", exclude_defaults=True, exclude={"role", "content"})
    return message.content + (canonical_json(rest).decode() if rest else "")


def _n_common(left: str, right: str) -> int:
    """Length of the common prefix, found by bisection (comparing slices is fast, comparing characters is not)."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[:middle] == right[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
