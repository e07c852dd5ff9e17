"""Where two runs part ways. Bounded work: long runs are aligned step by step with a short look ahead."""

# The modules are one namespace in the sandbox, which is also the model's: what is not for it has an underscore.
# pyright: reportPrivateUsage=false

import json
from typing import Any

from seasoned.learn.recursive.inside.objects import Call, Trace, _field, _one_line, _run

_MAX_CELLS = 400_000
"""Of the table that aligns exactly; about a tenth of a second in the slowest sandbox."""
_LOOK_AHEAD = 40
_MAX_LINES = 12
_SHOWN_CHARS = 160


class Diff:
    """Two runs, aligned."""

    fields = ("a", "b", "n_same", "first_a", "first_b", "apart", "only_a", "only_b", "n_moved")

    def __init__(self, a: Trace, b: Trace) -> None:
        keys_a, keys_b = _keys(a), _keys(b)
        pairs = _aligned(keys_a, keys_b)
        self.a = a.id
        self.b = b.id
        self.n_same = _n_shared(keys_a, keys_b)
        self.first_a: int | None = self.n_same if self.n_same < len(keys_a) else None
        self.first_b: int | None = self.n_same if self.n_same < len(keys_b) else None
        self.apart = _apart(pairs, len(keys_a), len(keys_b))
        left_a, left_b = _unpaired(a, [i for i, _ in pairs]), _unpaired(b, [j for _, j in pairs])
        self.only_a = _without(left_a, keys_a, [keys_b[call.step] for call in left_b])
        self.only_b = _without(left_b, keys_b, [keys_a[call.step] for call in left_a])
        self.n_moved = len(left_a) - len(self.only_a)
        self._repr = (
            f"<Diff n_same={self.n_same} first_a={self.first_a} first_b={self.first_b} "
            f"only_a={len(self.only_a)} calls, only_b={len(self.only_b)} calls>"
        )

    def __repr__(self) -> str:
        return self._repr

    def __getitem__(self, key: Any) -> Any:
        return _field(self, "Diff", key)


def diff(a: Any, b: Any) -> Diff:
    """Align two runs, print where they part ways, and return it."""
    one, other = _run(a), _run(b)
    found = Diff(one, other)
    for name, trace in (("a", one), ("b", other)):
        print(f"{name} = {trace.id} {trace.verdict}, {len(trace.steps)} steps")
    if found.first_a is None and found.first_b is None:
        print("the same calls and kinds of steps throughout; what the steps say may differ")
        return found
    print(f"the first {found.n_same} steps are alike (same calls, same kinds of steps), then")
    for name, trace, first in (("a", one, found.first_a), ("b", other, found.first_b)):
        if first is None:
            print(f"  {name} ends")
        else:
            step = trace.steps[first]
            print(f"  {name} {step.i} {step.kind}: {_one_line(step.text, _SHOWN_CHARS)}")
    spans = [f"a {_span(part['a'])} | b {_span(part['b'])}" for part in found.apart[:_MAX_LINES]]
    more = f"; {len(found.apart) - len(spans)} more in .apart" if len(found.apart) > len(spans) else ""
    print(f"unlike steps: {'; '.join(spans)}{more}")
    _print_calls("a", found.only_a)
    _print_calls("b", found.only_b)
    if found.n_moved > 0:
        print(f"calls that both made, in another order: {found.n_moved}")
    return found


def _span(part: list[int]) -> str:
    start, end = part
    return "none" if start == end else f"{start}" if end == start + 1 else f"{start}-{end - 1}"


def _print_calls(name: str, calls: list[Call]) -> None:
    print(f"calls that only {name} made: {len(calls)}")
    for call in calls[:_MAX_LINES]:
        text = f"{call.name}({json.dumps(call.arguments, ensure_ascii=False)})"
        print(f"  {call.step} {_one_line(text, _SHOWN_CHARS)}{' ERROR' if call.is_error else ''}")
    if len(calls) > _MAX_LINES:
        print(f"  … {len(calls) - _MAX_LINES} more in .only_{name}")


def _keys(trace: Trace) -> list[str]:
    keys: list[str] = []
    for step in trace.steps:
        if step.kind != "tool_call":
            # What messages and results say differs in nearly every run.
            keys.append(f"{step.kind} {step.name} {step.is_error}")
        elif step.arguments is None:
            keys.append(f"call {step.name} {step.text}")
        else:
            keys.append(f"call {step.name} {json.dumps(step.arguments, sort_keys=True)}")
    return keys


def _n_shared(a: list[str], b: list[str]) -> int:
    n_shared = 0
    while n_shared < min(len(a), len(b)) and a[n_shared] == b[n_shared]:
        n_shared += 1
    return n_shared


def _aligned(a: list[str], b: list[str]) -> list[tuple[int, int]]:
    """Pairs of indexes of equal steps, rising in both."""
    start = _n_shared(a, b)
    tail = _n_shared(a[start:][::-1], b[start:][::-1])
    inner_a, inner_b = a[start : len(a) - tail], b[start : len(b) - tail]
    exact = len(inner_a) * len(inner_b) <= _MAX_CELLS
    inner = _longest(inner_a, inner_b) if exact else _nearest(inner_a, inner_b)
    return [
        *[(i, i) for i in range(start)],
        *[(start + i, start + j) for i, j in inner],
        *[(len(a) - tail + i, len(b) - tail + i) for i in range(tail)],
    ]


def _longest(a: list[str], b: list[str]) -> list[tuple[int, int]]:
    """The longest common subsequence, from a table of its lengths."""
    rows = [[0] * (len(b) + 1)]
    for key in a:
        above, left = rows[-1], 0
        row = [0]
        for j, other in enumerate(b):
            if key == other:
                left = above[j] + 1
            elif above[j + 1] > left:
                left = above[j + 1]
            row.append(left)
        rows.append(row)
    pairs: list[tuple[int, int]] = []
    i, j = len(a), len(b)
    while i and j:
        if a[i - 1] == b[j - 1]:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif rows[i - 1][j] >= rows[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return pairs[::-1]


def _nearest(a: list[str], b: list[str]) -> list[tuple[int, int]]:
    """Each step with the next equal one, if it is near."""
    pairs: list[tuple[int, int]] = []
    at = 0
    for i, key in enumerate(a):
        ahead = b[at : at + _LOOK_AHEAD]
        if key in ahead:
            at += ahead.index(key) + 1
            pairs.append((i, at - 1))
    return pairs


def _apart(pairs: list[tuple[int, int]], n_a: int, n_b: int) -> list[dict[str, list[int]]]:
    parts: list[dict[str, list[int]]] = []
    at_a = at_b = 0
    for i, j in [*pairs, (n_a, n_b)]:
        if i > at_a or j > at_b:
            parts.append({"a": [at_a, i], "b": [at_b, j]})
        at_a, at_b = i + 1, j + 1
    return parts


def _unpaired(trace: Trace, paired: list[int]) -> list[Call]:
    steps = set(paired)
    return [call for call in trace.calls() if call.step not in steps]


def _without(calls: list[Call], keys: list[str], others: list[str]) -> list[Call]:
    """The calls less one for each equal call of the other run."""
    left: dict[str, int] = {}
    for key in others:
        left[key] = left.get(key, 0) + 1
    only: list[Call] = []
    for call in calls:
        key = keys[call.step]
        if left.get(key, 0):
            left[key] -= 1
        else:
            only.append(call)
    return only
