"""The end state of the world is the expected one.

The expected one stands in the reference, or is what its actions lead to when they are called in a fresh world of the
suite. How the agent came to it does not count. Raises `ConfigError` for a task whose reference has neither, and what
the suite's world raises (`AgentUnreachable`).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Self

from pydantic import JsonValue

from seasoned.core.text import shortened
from seasoned.core.trial import Difference
from seasoned.core.value import Value
from seasoned.evaluate.attempt import Attempted, Grade, GradedTask, Suite
from seasoned.evaluate.graders.configured import Configured
from seasoned.evaluate.graders.expected import check, expected_of, lacking, wanted
from seasoned.llm.model import ToolRequest
from seasoned.plugins import configured

NAME = "state"
MAX_DIFFERENCES = 20
"""Of one trial; what comes beyond is counted in the feedback alone."""
_PATH_CHARS = 200
_ANY = "*"

Path = tuple[str, ...]


class StateConfig(Value):
    """What is compared."""

    field: str = "state"
    """Where in the reference the expected state stands, with dots between names."""
    ignore: str = ""
    """Paths that do not matter, with commas between them: `orders.*.updated_at, log`. A star is any name or number."""

    @property
    def ignored(self) -> tuple[Path, ...]:
        """The same, apart."""
        return tuple(tuple(path.strip().split(".")) for path in self.ignore.split(",") if path.strip())


class State(Configured[StateConfig]):
    """Compares end states."""

    def __init__(self, config: StateConfig, suite: Suite | None = None) -> None:
        """Compare by these settings; without a suite the reference has to hold the state itself."""
        super().__init__(NAME, config)
        self._suite = suite

    def in_suite(self, suite: Suite) -> Self:
        """The same grader, which can work the reference's actions in this suite's worlds."""
        return type(self)(self._config, suite)

    async def grade(self, task: GradedTask, attempted: Attempted) -> Grade:
        """Passes where nothing differs but what does not matter."""
        expected = await self._expected(task)
        if attempted.state is None and expected is not None:
            return check(NAME, False, "there is no end state to look at")
        places = differing(expected, attempted.state, self._config.ignored)
        differences = (Difference(kind="other state", where=_shown(place)) for place in places[:MAX_DIFFERENCES])
        return check(NAME, not places, f"the end state differs in {len(places)} places", differences)

    async def _expected(self, task: GradedTask) -> JsonValue:
        """What the reference holds, else what its actions lead to."""
        reference = task.reference
        calls = expected_of(reference)
        if calls is None or (isinstance(reference, dict) and self._config.field.split(".")[0] in reference):
            return wanted(task, self._config.field, NAME)
        world = None if self._suite is None else self._suite.world(task)
        if world is None:
            raise lacking(task, NAME, "its reference lists actions, and there is no world to call them in")
        for number, call in enumerate(calls.calls):
            arguments = json.dumps(call.arguments)
            await world.call(ToolRequest(call_id=f"expected-{number}", name=call.tool, arguments=arguments))
        return world.state()


def differing(expected: JsonValue, found: JsonValue, ignored: Sequence[Path] = ()) -> tuple[Path, ...]:
    """The places where a state is not the expected one, as paths into the state that was found.

    What is missing from it is named by the place that should hold it, since its own name may be part of the answer.

    Args:
        expected: The right state.
        found: The state as it is.
        ignored: Paths that do not matter; `*` in one is any name or number.
    """
    places = dict[Path, None]()
    waiting: list[tuple[Path, JsonValue, JsonValue]] = [((), expected, found)]
    while waiting:
        path, right, left = waiting.pop()
        if any(_covers(pattern, path) for pattern in ignored):
            continue
        rights, lefts = _parts(right), _parts(left)
        if rights is None or lefts is None or isinstance(right, list) != isinstance(left, list):
            if not same(right, left):
                places[path] = None
            continue
        for name in lefts.keys() | rights.keys():
            below = (*path, name)
            if name in lefts and name in rights:
                waiting.append((below, rights[name], lefts[name]))
            elif not any(_covers(pattern, below) for pattern in ignored):
                places[below if name in lefts else path] = None
    return tuple(sorted(places))


def same(one: JsonValue, other: JsonValue) -> bool:
    """Whether two JSON values are equal: 1 and 1.0 are, 1 and true are not."""
    waiting: list[tuple[JsonValue, JsonValue]] = [(one, other)]
    while waiting:
        left, right = waiting.pop()
        if isinstance(left, bool) or isinstance(right, bool):
            if left is not right:
                return False
        elif isinstance(left, dict) and isinstance(right, dict):
            if left.keys() != right.keys():
                return False
            waiting.extend((left[name], right[name]) for name in left)
        elif isinstance(left, list) and isinstance(right, list):
            if len(left) != len(right):
                return False
            waiting.extend(zip(left, right, strict=True))
        elif left != right:
            return False
    return True


def _parts(value: JsonValue) -> dict[str, JsonValue] | None:
    """What stands in an object or a list, by name or number; None for anything else."""
    if isinstance(value, list):
        return {str(number): each for number, each in enumerate(value)}
    return value if isinstance(value, dict) else None


def _covers(pattern: Path, path: Path) -> bool:
    return len(pattern) <= len(path) and all(p in (_ANY, name) for p, name in zip(pattern, path, strict=False))


def _shown(path: Path) -> str:
    return shortened(".".join(path), _PATH_CHARS) or "the whole state"


def make(settings: Mapping[str, str]) -> State:
    """The grader with these settings."""
    return State(configured(StateConfig, settings, f"grader {NAME!r}"))
