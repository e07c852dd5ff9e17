"""ToolBench (ToolLLM) answers: `{win, tree | trys, answer_generation}`, one run a document: the chain that was chosen.

The chain is the last of `answer_generation.train_messages`; an answer without them (an invalid one) is read along the
tree's branch that finished, or was tried last. Failed branches are no part of the run. Where the search comes back to a
state, it shows the agent what it tried there before: a user message that is marked as injected.

Success, one meaning for all files: `win` and `valid_data` and a `finish_type` of `give_answer`. The agent itself ends
the search by saying that it has the answer, so that is its own claim; ToolBench's judges write theirs to other files.

Source: ToolLLM, arXiv:2307.16789, and the answers in its repository.
"""

from collections.abc import Iterator

from pydantic import JsonValue

from seasoned.core.outcome import Outcome
from seasoned.core.trace import Task
from seasoned.ingest.each_run import each_run
from seasoned.ingest.format import SURE, Detection, Document, Parsed, Problem, Sample
from seasoned.ingest.messages import add_messages
from seasoned.ingest.narrow import as_count, as_list, as_object, as_text
from seasoned.ingest.run import Place, run_of, text_key
from seasoned.ingest.steps import StepList

_SHOWN_AGAIN = "This is not the first time you try this task"
_GOOD_END = "give_answer"


class ToolBenchAnswer:
    """ToolBench's answer files."""

    name = "toolbench_answer"

    def detect(self, sample: Sample) -> Detection | None:
        """Sure where an answer generation has a query or its messages."""
        answer = as_object(sample.first.get("answer_generation"))
        if not answer.keys() & {"train_messages", "query", "finish_type"}:
            return None
        return Detection(format=self.name, confidence=SURE, reason="an answer_generation with its query and messages")

    def read(self, document: Document) -> Iterator[Parsed | Problem]:
        """One run for each record."""
        yield from each_run(document.records(), _parsed, format_name=self.name, path=document.path)


def _parsed(value: JsonValue, place: Place) -> list[Parsed | Problem]:
    entry = as_object(value)
    answer, steps = as_object(entry.get("answer_generation")), StepList()
    problems = list[Parsed | Problem]()
    chains = [chain for chain in map(as_list, as_list(answer.get("train_messages"))) if chain]
    query = as_text(answer.get("query"))
    if chains:
        for message in chains[-1]:
            if _is_shown_again(message):
                steps.add("user", as_text(as_object(message).get("content")), injected=True)
            else:
                problems += add_messages([message], steps, place.where)
    else:
        if query:
            steps.add("user", query)
        _add_nodes(_branch(as_object(as_object(entry.get("tree")).get("tree"))), steps)
    steps.offer(answer.get("function"))
    if not len(steps):
        return [*problems, Problem(where=place.where, why="no messages and no tree in it")]
    asked = query or steps.asked()
    parsed = run_of(
        steps,
        place,
        task=Task(key=text_key(asked), text=asked),
        outcome=_outcome(entry, answer),
        agent="toolbench",
    )
    return [*problems, parsed]


def _is_shown_again(message: JsonValue) -> bool:
    entry = as_object(message)
    return entry.get("role") == "user" and as_text(entry.get("content")).startswith(_SHOWN_AGAIN)


def _branch(root: dict[str, JsonValue]) -> list[dict[str, JsonValue]]:
    """The nodes from the root to the leaf that finished, or to the last one that was expanded."""
    nodes, parents = [root], [-1]
    best, best_rank = 0, (False, -1)
    for index, node in enumerate(nodes):
        children = [as_object(child) for child in as_list(node.get("children"))]
        nodes += children
        parents += [index] * len(children)
        rank = (node.get("finished") is True, as_count(node.get("expand_num")) or 0)
        if not children and rank > best_rank:
            best, best_rank = index, rank
    path: list[dict[str, JsonValue]] = []
    while best >= 0:
        path.append(nodes[best])
        best = parents[best]
    return path[::-1]


def _add_nodes(nodes: list[dict[str, JsonValue]], steps: StepList) -> None:
    """A node is a thought, the name of a call, or the arguments of the call named last, with what came back."""
    name = ""
    for node in nodes:
        text = as_text(node.get("description"))
        match node.get("node_type"):
            case "Thought":
                steps.add("assistant", text)
            case "Action":
                name = text
            case "Action Input" if name:
                steps.call(name, text)
                steps.result(as_text(node.get("observation")), name=name)
                name = ""
            case _:
                continue


def _outcome(entry: dict[str, JsonValue], answer: dict[str, JsonValue]) -> Outcome | None:
    if not isinstance(win := entry.get("win"), bool):
        return None
    ended = as_text(answer.get("finish_type"))
    success = win and answer.get("valid_data") is not False and ended in ("", _GOOD_END)
    return Outcome(success=success, feedback=ended, source="self-report", name="win")
