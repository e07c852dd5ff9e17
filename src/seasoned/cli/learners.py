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
    out.print(Text(learner.name, "bold") + safe(f"  {learner.description}"), soft_wrap=True)
    settings = [f"{name}={shortened(_word(value), _DEFAULT_CHARS)}" for name, value in learner.settings.items()]
    if settings:
        out.print(Text("  settings  ", "dim") + safe(", ".join(settings)), soft_wrap=True)
    if learner.source:
        out.print(Text("  source    ", "dim") + safe(learner.source), soft_wrap=True)
    if learner.why_not:
        out.print(Text("  not here  ", "yellow") + safe(learner.why_not), soft_wrap=True)


def _word(value: JsonValue) -> str:
    """A default as it would be typed."""
    if isinstance(value, list):
        return ",".join(map(_word, value))
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)
