"""`seasoned doctor`: whether everything that Seasoned needs is there and works."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number
from rich.table import Column, Table
from rich.text import Text

from seasoned.checks import machine
from seasoned.checks import model as asked
from seasoned.checks.check import Check, State
from seasoned.cli.output import emit_json, out, safe
from seasoned.cli.place import Place
from seasoned.config import store_location
from seasoned.llm.providers import DEFAULT_CONFIG

_STYLES: dict[State, str] = {"ok": "green", "warning": "yellow", "failed": "bold red"}


def doctor(
    *,
    model: str | None = None,
    base_url: str | None = None,
    timeout_s: Annotated[float, Parameter(validator=Number(gt=0))] = DEFAULT_CONFIG.timeout_s,
    json: bool = False,
    place: Place | None = None,
) -> None:
    """Check Python, packages, settings, the store and the sandboxes, and with --model that a model answers.

    Exits with 1 if something has to be mended.

    Args:
        model: provider:model to ask: one call, and one more to see whether it answers in a given shape.
        base_url: Address of an OpenAI-compatible server, up to and including /v1.
        timeout_s: Seconds that each call may take.
        json: Print one JSON document.
        place: Which store to look at.
    """
    checks = asyncio.run(_collect(_checks(model, base_url, timeout_s, place), is_shown=not json))
    is_ok = all(check.state != "failed" for check in checks)
    if json:
        emit_json({"ok": is_ok, "checks": [check.model_dump(mode="json") for check in checks]})
    sys.exit(0 if is_ok else 1)


async def _collect(checks: AsyncGenerator[Check], *, is_shown: bool) -> list[Check]:
    found: list[Check] = []
    async for check in checks:
        found.append(check)
        if is_shown:
            _show(check)
    return found


async def _checks(
    model: str | None, base_url: str | None, timeout_s: float, place: Place | None
) -> AsyncGenerator[Check]:
    yield machine.python()
    for check in machine.packages():
        yield check
    yield machine.sqlite()
    read, settings = machine.settings()
    yield read
    yield machine.store(store_location(place.store if place else None, settings, Path.cwd()))
    for check in await machine.sandboxes(settings.sandbox):
        yield check
    base_url = base_url or settings.base_url
    if model is not None:
        config = DEFAULT_CONFIG.model_copy(update={"timeout_s": timeout_s})
        async for check in asked.model(model, base_url=base_url, config=config):
            yield check
    elif settings.model is not None:
        yield asked.set_up(settings.model, base_url=base_url)
    else:
        said = "none set; `seasoned doctor --model provider:model` asks one, and patterns need none"
        yield Check(name="model", said=said)
    if settings.sub_model is not None:
        yield asked.set_up(settings.sub_model, base_url=base_url, name="sub-model")
    if settings.embedder is not None:
        yield asked.embedder(settings.embedder, base_url=base_url)


def _show(check: Check) -> None:
    _print_line(Text(f"{check.state:<8}", _STYLES[check.state]) + safe(f"{check.name:<18}"), check.said)
    if check.hint:
        _print_line(Text(f"{'':<8}{'next:':<18}", "dim"), check.hint)


def _print_line(head: Text, said: str) -> None:
    """A terminal wraps what is said beside its head; a file keeps it on one line."""
    if out.is_terminal:
        line = Table.grid(Column(no_wrap=True), Column(overflow="fold"))
        line.add_row(head, safe(said))
        out.print(line)
    else:
        out.print(head + safe(said), soft_wrap=True)
