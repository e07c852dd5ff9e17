"""The prompt that a label points at, as the answer to a GET; asked again with its ETag, it is not sent again.

A label's canary is sent along with its share: which runs get it is drawn where they begin.

Source: RFC 9110, conditional requests. Raises `StoreError`.
"""

import json

from fastapi import Response
from pydantic import JsonValue

from seasoned.api.answers import JSON
from seasoned.core.canary import version
from seasoned.core.prompt import Prompt
from seasoned.pipeline.promoting import labelled
from seasoned.store.store import Store

_NOT_FOUND = 5
"""gRPC's code, as the other answers of this server have one."""
_ALWAYS_ASKED = {"Cache-Control": "private, no-cache"}
"""A label moves at any time, so whoever keeps the answer asks whether it still holds before using it."""


def prompt_answer(store: Store, book: str, label: str, if_none_match: str = "") -> Response:
    """The prompt, `304` where the asker has it, `404` where there is no such label.

    Args:
        store: Where labels and prompts are.
        book: The skillbook.
        label: One of its labels.
        if_none_match: That header of the request.
    """
    prompt = labelled(store, book, label)
    if prompt is None:
        return _absent(book, label, sorted(store.labels.current(book)))
    canary = store.canaries.at(book, label)
    etag = f'"{prompt.id if canary is None else version(prompt.id, canary.prompt_id or "", canary.share)}"'
    headers = {"ETag": etag, **_ALWAYS_ASKED}
    if etag in {each.strip().removeprefix("W/") for each in if_none_match.split(",")} or if_none_match.strip() == "*":
        return Response(None, 304, headers)
    document = _document(prompt, book, label)
    if canary is not None and canary.prompt_id is not None:
        document["canary"] = {**_handed(store.prompts.get(canary.prompt_id)), "share": canary.share}
    return Response(json.dumps(document, ensure_ascii=False), 200, headers, JSON)


def _document(prompt: Prompt, book: str, label: str) -> dict[str, JsonValue]:
    document: dict[str, JsonValue] = {
        **_handed(prompt),
        "book": book,
        "label": label,
        "n_tokens": prompt.n_tokens,
        "tokenizer": prompt.tokenizer,
    }
    if prompt.examples:
        document["examples"] = [cost.exemplar_id for cost in prompt.examples]
    return document


def _handed(prompt: Prompt) -> dict[str, JsonValue]:
    """What an agent that is handed a prompt knows of it."""
    skills: list[JsonValue] = [cost.skill_id for cost in prompt.included]
    return {"id": prompt.id, "text": prompt.text, "revision": prompt.revision, "skills": skills}


def _absent(book: str, label: str, labels: list[str]) -> Response:
    has = f"it has {', '.join(labels)}" if labels else "it has none"
    message = f"the skillbook {book!r} has no label {label!r}; {has}"
    answer = {"code": _NOT_FOUND, "message": message, "labels": labels}
    return Response(json.dumps(answer), 404, _ALWAYS_ASKED, JSON)
