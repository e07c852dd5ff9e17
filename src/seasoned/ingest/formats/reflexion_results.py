"""What Reflexion's decision making came to: a list of `{name, memory, is_success}`, one entry for each environment.

A trial leaves one such file (AlfWorld's newer ones have `skip` besides), and nothing in it shows what was done. Each
entry is a run: its task is known by the name alone, and `is_success` is a verifier's word. It is cumulative: an
environment that was solved in an earlier trial stays solved and is not tried again.

`memory` holds the reflections so far, one for each trial that failed. After a failed trial its agent is asked for one
more, which therefore stands last in the entry of an environment that is not solved: what the agent said in the end. Of
those before it the code of the source hands the agent the last three (AlfWorld puts them into its prompt; WebShop's
code keeps them for the log only, which the file does not tell); they are injected steps. With an environment that was
solved, all were written before. An entry without any reflection is a run without steps. A run that was started without
memory on the results of one with memory keeps the reflections of that one and is handed none; its file does not say so.

The same environment has the same name in each trial's file, so a digest of the file tells their runs apart: the same
bytes in another place are the same runs.

Source: Reflexion, arXiv:2303.11366, and the code in its repository that writes these files.
"""

from collections.abc import Iterator

from pydantic import JsonValue

from seasoned.core.outcome import scored
from seasoned.core.trace import Task
from seasoned.ingest.attempt import attempt
from seasoned.ingest.format import SURE, Detection, Document, Parsed, Problem, Sample
from seasoned.ingest.narrow import as_label, as_object
from seasoned.ingest.run import Place, run_of
from seasoned.ingest.steps import StepList

_KEYS = frozenset({"name", "memory", "is_success"})
_TOLD = 3
"""Reflections that are handed to the agent, the newest ones."""


class ReflexionResults:
    """Reflexion's `env_results_trial_N.json`."""

    name = "reflexion_results"

    def detect(self, sample: Sample) -> Detection | None:
        """Sure with a name, a list of texts as the memory, and whether it succeeded, as nothing else has them."""
        if not any(_why_not(as_object(record)) is None for record in sample.records):
            return None
        return Detection(format=self.name, confidence=SURE, reason="entries with name, memory and is_success")

    def read(self, document: Document) -> Iterator[Parsed | Problem]:
        """One run for each environment."""
        digest = document.digest()[:16]
        for item in document.records():
            if isinstance(item, Problem):
                yield item
                continue
            place = Place(format=self.name, path=document.path, where=item.where)
            yield attempt(lambda value=item.value, place=place: _parsed(as_object(value), place, digest), item.where)


def _parsed(entry: dict[str, JsonValue], place: Place, digest: str) -> Parsed | Problem:
    if why := _why_not(entry):
        return Problem(where=place.where, why=why)
    solved, memory = entry["is_success"] is True, _texts(entry["memory"])
    if entry.get("skip") is True and not solved:
        return Problem(where=place.where, why="the environment was skipped, so nobody tried it; it was left out")
    steps = StepList()
    told = memory if solved else memory[:-1]
    for text in told[-_TOLD:]:
        steps.add("system", text, injected=True)
    if not solved and memory:
        steps.add("assistant", memory[-1])
    return run_of(
        steps,
        place,
        task=Task(key=as_label(entry["name"]), text=""),
        run_key=f"{digest}, {place.where}",
        outcome=scored(float(solved), "verifier", name="is_success"),
        agent="reflexion",
    )


def _why_not(entry: dict[str, JsonValue]) -> str | None:
    """Why it is no entry of such a file; None where it is."""
    if lacking := sorted(_KEYS - entry.keys()):
        return f"no {' and no '.join(f'`{key}`' for key in lacking)} in it"
    if not as_label(entry["name"]).strip() or not isinstance(entry["name"], str):
        return "its `name` is no text"
    if not isinstance(entry["is_success"], bool):
        return "its `is_success` is neither true nor false"
    memory = entry["memory"]
    if not isinstance(memory, list) or not all(isinstance(text, str) for text in memory):
        return "its `memory` is no list of texts"
    return None


def _texts(memory: JsonValue) -> list[str]:
    return [text for text in memory if isinstance(text, str)] if isinstance(memory, list) else []
