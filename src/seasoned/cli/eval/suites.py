"""`seasoned eval suites`: the suites that are installed, or one of them with its tasks counted."""

from pydantic import JsonValue
from rich.text import Text

from seasoned.cli.output import emit_json, emit_table, note
from seasoned.evaluate.suites.describing import SuiteInfo, described, described_suites


def suites(name: str | None = None, /, *, json: bool = False) -> None:
    """List the suites that agents can be evaluated on: tasks per split, graders, tools, and the hash of their content.

    Args:
        name: One suite: its name, with what stands behind a colon where it has parts, or the path of a .jsonl file of
            tasks. Left out, all that are installed are listed.
        json: Print one JSON document.
    """
    found = described_suites() if name is None else (described(name),)
    if json:
        entries: list[JsonValue] = [each.model_dump(mode="json") for each in found]
        emit_json({"suites": entries} if name is None else entries[0])
        return
    emit_table(
        ("suite", "#tasks", "splits", "graders", "content", "tools"),
        [_row(each) for each in found if not each.why_not],
        empty="No suite is installed. A .jsonl file of tasks is one: `seasoned eval suites tasks.jsonl`.",
    )
    for each in found:
        if each.why_not:
            note(each.why_not, "yellow")
    if name is None:
        note("A .jsonl file of tasks is a suite too: `seasoned eval suites tasks.jsonl`.")


def _row(suite: SuiteInfo) -> list[str | Text]:
    splits = ", ".join(f"{split or '(none)'} {n:,}" for split, n in suite.splits.items())
    tools = ", ".join(suite.tools) or ("its own agent's" if suite.brings_agent else "none")
    return [suite.name, f"{suite.n_tasks:,}", splits, ", ".join(suite.graders) or "none", suite.content_hash, tools]
