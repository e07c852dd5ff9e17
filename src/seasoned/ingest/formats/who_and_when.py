"""Who&When: failed runs of many agents, `{history, question, mistake_agent, mistake_step, ground_truth, …}`.

The agent's name is in `name`, or in `role` where there is no name: `Orchestrator (thought)` is a thought,
`Orchestrator (-> WebSurfer)` and any other role a speaker under just that name, `human` the user. What the terminal
answers is a tool's result. The message that hands out the task is the user's, whoever passes it on. Every agent's
`system_prompt` opens the run.

`is_correct` (generated teams) and `is_corrected` (hand-crafted ones) are the benchmark's check of the answer against
the ground truth. That, and who made which mistake and why, is sealed; `mistake_step` counts the history from 0.

Source: "Which Agent Causes Task Failures and When?", arXiv:2505.00212, and its published data.
"""

import re
from collections.abc import Iterator

from pydantic import JsonValue

from seasoned.core.outcome import Outcome, scored
from seasoned.core.trace import Task
from seasoned.ingest.dialects.autogen import exit_failed, is_user
from seasoned.ingest.each_run import each_run
from seasoned.ingest.format import SURE, Detection, Document, Parsed, Problem, Sample
from seasoned.ingest.narrow import as_label, as_list, as_object, as_text, compact_json
from seasoned.ingest.run import Place, run_of, text_key
from seasoned.ingest.steps import StepList

_LABELS = ("mistake_agent", "mistake_step", "mistake_reason")
_SEALED = (*_LABELS, "ground_truth", "groundtruth")
_CORRECT = ("is_correct", "is_corrected")
_THOUGHT = re.compile(r"(.*?) ?\(thought\)")
_TERMINAL = "computer_terminal"


class WhoAndWhen:
    """Who&When's annotated failures."""

    name = "who_and_when"

    def detect(self, sample: Sample) -> Detection | None:
        """Sure where a history stands beside the name of the agent who made the mistake."""
        first = sample.first
        if not isinstance(first.get("history"), list) or not first.keys() & {*_LABELS, *_CORRECT}:
            return None
        if not any("role" in as_object(message) for message in as_list(first["history"])[:3]):
            return None
        return Detection(format=self.name, confidence=SURE, reason="a history with who made the mistake, and when")

    def read(self, document: Document) -> Iterator[Parsed | Problem]:
        """One run for each record."""
        yield from each_run(document.records(), _parsed, format_name=self.name, path=document.path)


def _parsed(value: JsonValue, place: Place) -> list[Parsed | Problem]:
    entry = as_object(value)
    steps, problems = StepList(), list[Parsed | Problem]()
    prompts = entry.get("system_prompt")
    for name, prompt in as_object(prompts).items():
        steps.add("system", as_text(prompt), name=name)
    if isinstance(prompts, str):
        steps.add("system", prompts)
    n_before = len(steps)
    question = as_text(entry.get("question"))
    for number, message in enumerate(map(as_object, as_list(entry.get("history"))), 1):
        if isinstance(message.get("role"), str) or isinstance(message.get("name"), str):
            _add_message(message, steps, is_task=number == 1)
        else:
            problems.append(Problem(where=f"{place.where}, message {number}", why="nobody's name; it was left out"))
    if len(steps) == n_before:
        return [*problems, Problem(where=place.where, why="no `history` in it")]
    sealed = {key: entry[key] for key in _SEALED if entry.get(key) is not None}
    question = question or steps.asked()
    parsed = run_of(
        steps,
        place,
        task=Task(key=as_label(entry.get("question_ID")) or text_key(question), text=question),
        reference=sealed or None,
        outcome=_outcome(entry),
    )
    return [*problems, parsed]


def _add_message(message: dict[str, JsonValue], steps: StepList, *, is_task: bool) -> None:
    content = message.get("content")
    text = content if isinstance(content, str) else "" if content is None else compact_json(content)
    role, name = as_text(message.get("role")), as_text(message.get("name"))
    speaker = name or role
    if is_task or is_user(speaker):
        steps.add("user", text, name=name)
    elif not name and (thought := _THOUGHT.fullmatch(role)):
        steps.add("thought", text, name=thought[1])
    elif speaker.casefold() == _TERMINAL or exit_failed(text) is not None:
        steps.result(text, name=speaker, failed=exit_failed(text))
    elif role == "system":
        steps.add("system", text, name=name)
    else:
        steps.add("assistant", text, name="" if speaker == "assistant" else speaker)


def _outcome(entry: dict[str, JsonValue]) -> Outcome | None:
    for name in _CORRECT:
        if isinstance(value := entry.get(name), bool):
            return scored(float(value), "verifier", name=name)
    return None
