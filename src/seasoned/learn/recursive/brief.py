"""The opening message of an episode: what a model is told of the runs before it looks at them with code.

All trace text in the brief is JSON, on one line, inside <data>; a tag of ours inside it is defused, so it cannot pose
as something that we say. What we handed the agent is withheld. Pure; raises nothing.
"""

import json
from collections import Counter
from collections.abc import Sequence

from seasoned.core.skillbook import Skillbook
from seasoned.core.trace import Trace
from seasoned.learn.injected import NOTHING, HandedOut
from seasoned.learn.patterns.signs import signs
from seasoned.learn.quoting import block
from seasoned.learn.recursive.episodes import Episode
from seasoned.learn.recursive.spreading import n_chars
from seasoned.learn.transcript import verdict

TASK_CHARS = 400
"""Of one task's text where the episode has a few tasks; where it has many they share `TASKS_CHARS`."""
TASKS_CHARS = 2_400
FEEDBACK_CHARS = 240
MAX_TOOLS = 25
MAX_TASKS = 24
MAX_SIGNS = 4
"""Kinds of signs named of one run, trouble first."""
MAX_SIGN_STEPS = 2
"""Steps named of one kind of sign."""
MAX_SKILLS = 20
SKILL_CHARS = 110

_WHY = {
    "contrast": "Runs of the same task ended differently: compare them.",
    "similar": "The failed tasks never passed; beside them stand passed runs of similar tasks: compare how they went "
    "about it, and mind that the tasks differ.",
    "failures": "All of these failed; they are grouped because they look alike.",
    "unlabelled": "Nobody said whether these succeeded: begin where the signs of trouble are, and judge only what the "
    "steps themselves show.",
    "question": "Another reader of more runs than these asks you the question below. Answer it with findings.",
}


def brief(episode: Episode, traces: Sequence[Trace], book: Skillbook, ours: HandedOut = NOTHING) -> str:
    """The opening message of an episode.

    Args:
        episode: The plan's entry.
        traces: Its traces, in its order.
        book: What is known already.
        ours: What agents were handed, which is withheld.
    """
    n_failed = sum(t.verdict is False for t in traces)
    n_passed = sum(t.verdict is True for t in traces)
    n_tasks = len({t.task.key for t in traces})
    n_unknown = len(traces) - n_failed - n_passed
    counts = f"{n_failed} failed, {n_passed} passed, {n_unknown} unknown"
    # Agents send the same policy in every run; reading it once is enough.
    is_shared = len(traces) > 1 and len({t.steps[0].text for t in traces}) == 1
    size = len(traces[0].steps[0].text)
    shared = f" Step 0 is the same text in all of them, {size:,} characters: print it once, alone." if is_shared else ""
    data = [*_common(episode), *_run_lines(traces), *_task_lines(traces, ours), *_tool_lines(traces)]
    lines = [
        f"{len(traces)} runs of {n_tasks} task{'s' * (n_tasks != 1)}: {counts}. {_WHY[episode.kind]}{shared}",
        block("data", "\n".join(data)),
        *_book_lines(book),
        *([block("question", episode.why)] if episode.kind == "question" else []),
    ]
    return "\n".join(lines)


def _run_lines(traces: Sequence[Trace]) -> list[str]:
    lines: list[str] = []
    for index, trace in enumerate(traces):
        kinds = Counter(step.kind for step in trace.steps)
        n_errors = sum(step.is_error or step.kind == "error" for step in trace.steps)
        facts = [
            f"traces[{index}] {trace.id} task {_json(trace.task.key, 60)} {verdict(trace).upper()}",
            f"{len(trace.steps)} steps, {kinds['tool_call']} calls, {n_errors} errors, {n_chars(trace):,} characters",
            *_signs(trace),
        ]
        if trace.outcome is not None and trace.outcome.feedback:
            facts.append(f"feedback {_json(trace.outcome.feedback, FEEDBACK_CHARS)}")
        lines.append("; ".join(facts))
    return lines


def _signs(trace: Trace) -> list[str]:
    """What the detectors see, with step numbers; at most one part of the run's line."""
    steps: dict[str, list[int]] = {}
    for sign in sorted(signs(trace), key=lambda sign: not sign.is_trouble):
        steps.setdefault(sign.name, []).append(sign.step)
    shown: list[str] = []
    for name, found in list(steps.items())[:MAX_SIGNS]:
        more = f" and {len(found) - MAX_SIGN_STEPS} more" if len(found) > MAX_SIGN_STEPS else ""
        shown.append(f"{name} {' '.join(map(str, found[:MAX_SIGN_STEPS]))}{more}")
    return [f"signs: {', '.join(shown)}"] if shown else []


def _common(episode: Episode) -> list[str]:
    # The lines of unlabelled runs name their signs, and a question has a block of its own.
    has_any = episode.why and episode.kind in ("similar", "failures")
    return [f"in common: {_json(episode.why, FEEDBACK_CHARS)}"] if has_any else []


def _task_lines(traces: Sequence[Trace], ours: HandedOut) -> list[str]:
    tasks = {trace.task.key: ours.without(trace.task.text) for trace in traces}
    max_chars = min(TASK_CHARS, TASKS_CHARS // max(1, len(tasks)))
    lines = [f"task {_json(key, 60)}: {_json(text, max_chars)}" for key, text in list(tasks.items())[:MAX_TASKS]]
    return [*lines, f"and {len(tasks) - MAX_TASKS} more tasks"] if len(tasks) > MAX_TASKS else lines


def _tool_lines(traces: Sequence[Trace]) -> list[str]:
    counts: dict[str, Counter[str]] = {}
    for trace in traces:
        for name in {step.name or "?" for step in trace.steps if step.kind == "tool_call"}:
            counts.setdefault(name, Counter())[verdict(trace)] += 1
    shown = sorted(counts.items(), key=lambda item: (-item[1].total(), item[0]))[:MAX_TOOLS]
    if not shown:
        return []
    parts = (f"{_json(name, 60)} {n['failed']}/{n['passed']}/{n['unknown']}" for name, n in shown)
    return [f"runs that called each tool (failed/passed/unknown): {', '.join(parts)}"]


def _book_lines(book: Skillbook) -> list[str]:
    skills = book.with_status("approved", "proposed")
    if not skills:
        return ["The skillbook is empty."]
    lines = [f"{s.status} {_json(s.section, 40)} {_json(s.text, SKILL_CHARS)}" for s in skills[:MAX_SKILLS]]
    more = f" The first {MAX_SKILLS} of them; book.search(text) finds others." if len(skills) > MAX_SKILLS else ""
    return [f"The skillbook has {len(skills)} skills.{more}", block("data", "\n".join(lines))]


def _json(text: str, max_chars: int) -> str:
    return json.dumps(text if len(text) <= max_chars else text[: max_chars - 1] + "…", ensure_ascii=False)
