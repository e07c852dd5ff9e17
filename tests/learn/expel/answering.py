"""A model that answers ExpeL's questions by what they show it."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import JsonValue

from seasoned.llm.model import Request

SPOKEN = ("thought", "assistant", "tool_call")


@dataclass(frozen=True)
class Shown:
    """What a question shows."""

    n_runs: int
    outcomes: tuple[str, ...]
    tasks: tuple[str, ...]
    rules: dict[str, str]
    """Text by id, in the order of the list."""
    quotes: tuple[dict[str, JsonValue], ...]
    """Of each run, words that its agent said."""
    is_full: bool


def shown(request: Request) -> Shown:
    """Read a question as a model would."""
    asked = request.messages[1].content
    lines = [line for block in re.findall(r"<data>\n(.*?)\n</data>", asked, re.DOTALL) for line in block.splitlines()]
    heads: list[dict[str, str]] = []
    quotes: list[dict[str, JsonValue]] = []
    rules: dict[str, str] = {}
    for line in lines:
        each = json.loads(line)
        if "run" in each:
            heads.append(each)
        elif "id" in each:
            rules[each["id"]] = each["text"]
        elif each.get("kind") in SPOKEN and len(quotes) < len(heads):
            quotes.append({"run": len(heads), "step": each["step"], "quote": each["text"][:60].rstrip()})
    return Shown(
        len(heads),
        tuple(head["outcome"] for head in heads),
        tuple(head["task"] for head in heads),
        rules,
        tuple(quotes),
        "The list is full" in asked,
    )


def operation(kind: str, rule: str = "", text: str = "", *quotes: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return {"operation": kind, "rule": rule, "text": text, "reason": f"why {kind}", "evidence": list(quotes)}


def says(answer: Callable[[Shown], list[dict[str, JsonValue]]]) -> Callable[[Request], str]:
    """A script's entry: the operations for what a question shows."""
    return lambda request: json.dumps({"operations": answer(shown(request))})
