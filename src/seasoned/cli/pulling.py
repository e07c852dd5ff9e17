"""`seasoned prompt pull`: the prompt that a label points at, from the store here or from a server."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number
from pydantic import JsonValue

from seasoned.agents.asking import ask, waited_for
from seasoned.agents.place import prompt_place
from seasoned.cli.output import emit_json, emit_text, note, write_text
from seasoned.cli.place import Place, opened
from seasoned.config import TOKEN_VARIABLE, load
from seasoned.core.text import plural
from seasoned.errors import ConfigError, UsageError, boundary
from seasoned.pipeline.promoting import labelled


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Server:
    """Where to pull from, if not from the store here."""

    url: str | None = None
    """Address of a server that `seasoned serve` runs."""
    token_env: str | None = None
    """Variable that holds the server's token; without it SEASONED_TOKEN, if it is set."""
    timeout_s: Annotated[float, Parameter(validator=Number(gt=0, lte=3600))] = 30.0
    """Seconds that the server may take."""
    allow_http: bool = False
    """Let the token be sent over plain HTTP to another machine."""


@dataclass(frozen=True, kw_only=True)
class _Pulled:
    id: str
    text: str
    book: str
    label: str
    revision: int
    skills: tuple[str, ...]


def pull(
    *,
    label: str,
    output: Path | None = None,
    json: bool = False,
    server: Server | None = None,
    place: Place | None = None,
) -> None:
    """Fetch the prompt that a label points at; it goes to standard output.

    A server that does not answer is an error here; an agent that must go on without it uses `seasoned.PromptClient`.

    Args:
        label: Name of the label, such as production.
        output: File to write the prompt to instead; it is replaced as a whole, or left as it was.
        json: Print one JSON document.
        server: Where to pull from.
        place: Where to look; of it, only --book matters to a server.
    """
    pulled = _from_store(label, place) if server is None or server.url is None else _from_server(label, server, place)
    if output is not None:
        with boundary(UsageError, "the prompt cannot be written", where=str(output)):
            write_text(output, pulled.text)
    if json:
        document: dict[str, JsonValue] = {**vars(pulled), "skills": [*pulled.skills]}
        emit_json(document)
    elif output is None:
        emit_text(pulled.text)
    note(
        f"{pulled.label} of {pulled.book}: {pulled.id}, {plural(len(pulled.skills), 'skill')}, "
        f"revision {pulled.revision}",
        "bold",
    )


def _from_store(label: str, place: Place | None) -> _Pulled:
    with opened(place) as here:
        prompt = labelled(here.store, here.book, label)
        if prompt is None:
            labels = ", ".join(here.store.labels.current(here.book))
            raise UsageError(
                f"the skillbook {here.book!r} has no label {label!r}",
                why=f"it has {labels or 'none'}",
                hint=f"`seasoned prompt promote --label {label} --reason …` makes it",
            )
        skills = tuple(cost.skill_id for cost in prompt.included)
        return _Pulled(
            id=prompt.id, text=prompt.text, book=here.book, label=label, revision=prompt.revision, skills=skills
        )


def _from_server(label: str, server: Server, place: Place | None) -> _Pulled:
    token = os.environ.get(server.token_env or TOKEN_VARIABLE) or None
    if server.token_env is not None and token is None:
        raise ConfigError(f"the variable {server.token_env!r} holds no token", hint="set it, or leave --token-env out")
    book = (place.book if place is not None else None) or load().book
    where = prompt_place(server.url or "", book, label, token=token, allow_http=server.allow_http)
    found = waited_for(ask(where, token=token, timeout_s=server.timeout_s, known=None))
    return _Pulled(id=found.id, text=found.text, book=book, label=label, revision=found.revision, skills=found.skills)
