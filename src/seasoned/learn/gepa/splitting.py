"""What a search begins with: its base prompt, and examples in two parts that share no task. Pure; raises nothing."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Generic, TypeVar

from seasoned.core.ids import content_id
from seasoned.core.trace import Trace
from seasoned.learn.gepa.config import GepaConfig
from seasoned.learn.injected import WITHHELD, HandedOut

ExampleT = TypeVar("ExampleT")


@dataclass(frozen=True)
class Parts(Generic[ExampleT]):
    """Examples to reflect on, and others to accept by."""

    train: tuple[ExampleT, ...]
    val: tuple[ExampleT, ...]


def shared_base(traces: Sequence[Trace], ours: HandedOut) -> str:
    """The system text that most runs begin with, without what we handed out; empty where none has any."""
    texts = Counter[str]()
    for trace in traces:
        index = next((i for i, step in enumerate(trace.steps) if step.kind == "system" and not step.injected), None)
        if index is not None:
            texts[_without_ours(ours.shown(trace, index))] += 1
    del texts[""]
    return texts.most_common(1)[0][0] if texts else ""


def _without_ours(shown: str) -> str:
    """The text without what is withheld, and without lines of which only marks are left then."""
    lines = [(line, line.replace(WITHHELD, "")) for line in shown.splitlines()]
    return "\n".join(left for line, left in lines if left == line or any(map(str.isalnum, left))).strip()


def parted(examples: Sequence[ExampleT], task_of: Callable[[ExampleT], str], config: GepaConfig) -> Parts[ExampleT]:
    """The examples of some tasks for training, those of the others for validation; nothing where there is one task.

    Which task is where depends on the tasks' keys and the seed alone.
    """
    by_task: dict[str, list[ExampleT]] = {}
    for example in examples:
        by_task.setdefault(task_of(example), []).append(example)
    keys = sorted(by_task, key=lambda key: content_id("split", [config.seed, key]))
    if len(keys) < 2:
        return Parts((), ())
    n_val = min(len(keys) - 1, max(1, round(len(keys) * config.val_share)))
    val, train = ([_shuffled(by_task[key], key, config) for key in part] for part in (keys[:n_val], keys[n_val:]))
    return Parts(_spread(train, config.max_examples), _spread(val, config.max_examples))


def _shuffled(examples: Sequence[ExampleT], key: str, config: GepaConfig) -> list[ExampleT]:
    """In another order, so that not the first decision of every run is taken: agents begin much alike."""
    order = sorted(range(len(examples)), key=lambda place: content_id("split", [config.seed, key, place]))
    return [examples[place] for place in order]


def _spread(tasks: Sequence[Sequence[ExampleT]], n: int) -> tuple[ExampleT, ...]:
    """At most `n` examples, of as many tasks as possible."""
    rounds = zip_longest(*tasks)
    return tuple(example for each in rounds for example in each if example is not None)[:n]
