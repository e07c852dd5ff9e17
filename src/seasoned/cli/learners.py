"""`seasoned learners`: who can learn, with which settings, and where each is from."""

from pydantic import JsonValue
from rich.text import Text

from seasoned.cli.choosing_learner import PATTERNS
from seasoned.cli.output import emit_json, note, out, safe
from seasoned.core.text import shortened
from seasoned.learn.describing import LearnerInfo, described_learners

_DEFAULT_CHARS = 60


def learners(*, json: bool = False) -> None:
    """List the learners that are installed: what each does, its settings with their defaults, and its source.

    Args:
        json: Print one JSON document.
    """
    found = described_learners()
    if json:
        emit_json({"learners": [each.model_dump(mode="json") for each in found]})
        return
    for each in found:
        _print(each)
    note(f"`seasoned learn --learner NAME --set setting=value`; {PATTERNS} counts without a model and has no settings.")


def _print(learner: LearnerInfo) -> None:
    out.print(Text(learner.name, "bold") + safe(f"  {learner.description}"), soft_wrap=not out.is_terminal)
    settings = [f"{name}={shortened(_word(value), _DEFAULT_CHARS)}" for name, value in learner.settings.items()]
    if settings:
        _print_part("settings", "dim", ", ".join(settings))
    if learner.source:
        _print_part("source", "dim", learner.source)
    if learner.why_not:
        _print_part("not here", "yellow", learner.why_not)


def _print_part(name: str, style: str, text: str) -> None:
    """A name and what it has, set in on a terminal; a pipe gets one line."""
    head = f"  {name:<8}  "
    if not out.is_terminal:
        out.print(Text(head, style) + safe(text), soft_wrap=True)
        return
    lines = safe(text).wrap(out, max(1, out.width - len(head)))
    for number, line in enumerate(lines):
        out.print(Text(head if not number else " " * len(head), style) + line, soft_wrap=True)


def _word(value: JsonValue) -> str:
    """A default as it would be typed."""
    if isinstance(value, list):
        return ",".join(map(_word, value))
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)
