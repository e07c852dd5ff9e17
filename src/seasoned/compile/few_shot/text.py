"""Cases as text: in words, or as a compact transcript such as ReAct's.

Whatever a trace says, it stands in lines that begin with our words or are indented, so that it can begin nothing of
ours; it is made inert by `compile.render`, and holds no mark of ours. Pure; raises nothing.

Source of the transcript's labels: Yao et al., "ReAct" (arXiv 2210.03629).
"""

from collections.abc import Mapping, Sequence

from seasoned.compile.few_shot.showing import DEFAULTS, NO_RESULT, Showing, Solution, Turn, solution_of
from seasoned.compile.render import indented, inert
from seasoned.core.exemplar import Case
from seasoned.core.marks import begin_mark, end_mark, without_marks
from seasoned.core.trace import StepKind

BETWEEN = "\n\n"
"""Between two examples."""

_WORDS: Mapping[StepKind, str] = {
    "user": "The user said: ",
    "assistant": "The agent said: ",
    "thought": "The agent thought: ",
    "error": "Something failed: ",
    "image": "There was an image: ",
}
_LABELS: Mapping[StepKind, str] = {
    "user": "User: ",
    "assistant": "Agent: ",
    "thought": "Thought: ",
    "error": "Error: ",
    "image": "Image: ",
}


def as_text(cases: Sequence[Case], showing: Showing = DEFAULTS) -> str:
    """The cases in words, each between its marks; empty without cases."""
    return BETWEEN.join(example(case, showing) for case in cases)


def as_transcript(cases: Sequence[Case], showing: Showing = DEFAULTS) -> str:
    """The cases as transcripts, each between its marks; empty without cases."""
    return BETWEEN.join(transcript(case, showing) for case in cases)


def example(case: Case, showing: Showing = DEFAULTS) -> str:
    """One case in words, from mark to mark, without a line's end."""
    told = solution_of(case, showing)
    lines = [_line("Problem: ", told.problem)]
    for number, turn in enumerate(told.turns, start=1):
        lines += _in_words(turn, f"{number}. ")
    return _between_marks(case, [*lines, *_closing(told)])


def transcript(case: Case, showing: Showing = DEFAULTS) -> str:
    """One case as a transcript, from mark to mark, without a line's end."""
    told = solution_of(case, showing)
    lines = [_line("Task: ", told.problem)]
    for turn in told.turns:
        lines += _labelled(turn)
    return _between_marks(case, [*lines, *_closing(told)])


def _in_words(turn: Turn, number: str) -> list[str]:
    if turn.kind == "tool_call":
        back = NO_RESULT if turn.result is None else turn.result
        return [_line(f"{number}The agent called ", turn.text), _line("   It returned: ", back)]
    if turn.kind == "tool_result":
        return [_line(f"{number}A tool returned: ", turn.text)]
    return [_line(f"{number}{_WORDS[turn.kind]}", turn.text)]


def _labelled(turn: Turn) -> list[str]:
    if turn.kind == "tool_call":
        back = NO_RESULT if turn.result is None else turn.result
        return [_line("Action: ", turn.text), _line("Observation: ", back)]
    return [_line(_LABELS.get(turn.kind, "Observation: "), turn.text)]


def _closing(told: Solution) -> list[str]:
    parts = (("Outcome: ", told.feedback), ("For the task at hand: ", told.plan))
    return [_line(label, text) for label, text in parts if text]


def _line(label: str, text: str) -> str:
    """Hostile text behind a label; its further lines are indented."""
    return label + (indented(inert(without_marks(text))) or "(nothing)")


def _between_marks(case: Case, lines: Sequence[str]) -> str:
    return "\n".join([begin_mark(case.exemplar.id), *lines, end_mark(case.exemplar.id)])
