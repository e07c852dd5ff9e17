"""The prompt that a label points at, as the answer to a GET; asked again with its ETag, it is not sent again.

A label's canary is sent along with its share, and each skill with the probability that it is kept with: what a run
gets is drawn where it begins.

Source: RFC 9110, conditional requests. Raises `StoreError`.
"""

import json
from typing import TypedDict

from fastapi import Response
from pydantic import JsonValue

from seasoned.agents.pulled import ServedCanary, ServedKeeping, ServedPrompt
from seasoned.api.answers import JSON
from seasoned.core.assigning import salt_for_agents
from seasoned.core.prompt import Prompt
from seasoned.pipeline.handing import Handing
from seasoned.pipeline.promoting import labelled
from seasoned.store.keeping import DEFAULT_PROBABILITY
from seasoned.store.store import Store

_NOT_FOUND = 5
"""gRPC's code, as the other answers of this server have one."""
_ALWAYS_ASKED = {"Cache-Control": "private, no-cache"}
"""A label moves at any time, so whoever keeps the answer asks whether it still holds before using it."""


class PromptAnswers:
    """Answers for one store, on any number of threads.

    Args:
        store: Where labels and prompts are.
        keep_probability: With which a skill is kept in a run where neither it nor its book has a rule.
    """

    def __init__(self, store: Store, keep_probability: float = DEFAULT_PROBABILITY) -> None:
        """Ask the store for its salt once."""
        self._store, self._handing = store, Handing(store, keep_probability)
        self._salt = salt_for_agents(store.salt).hex()

    def __call__(self, book: str, label: str, if_none_match: str = "") -> Response:
        """The prompt, `304` where the asker has it, `404` where there is no such label.

        Args:
            book: The skillbook.
            label: One of its labels.
            if_none_match: That header of the request.
        """
        prompt = labelled(self._store, book, label)
        if prompt is None:
            return _absent(book, label, sorted(self._store.labels.current(book)))
        served = ServedPrompt(**self._handed(prompt), book=book, label=label, canary=self._canary(book, label))
        etag = f'"{served.version}"'
        headers, known = {"ETag": etag, **_ALWAYS_ASKED}, if_none_match.strip()
        if known == "*" or etag in {each.strip().removeprefix("W/") for each in known.split(",")}:
            return Response(None, 304, headers)
        counted: dict[str, JsonValue] = {"n_tokens": prompt.n_tokens, "tokenizer": prompt.tokenizer}
        if prompt.examples:
            counted["examples"] = [cost.exemplar_id for cost in prompt.examples]
        document = {**served.model_dump(mode="json", exclude_none=True), **counted}
        return Response(json.dumps(document, ensure_ascii=False), 200, headers, JSON)

    def _canary(self, book: str, label: str) -> ServedCanary | None:
        move = self._store.canaries.at(book, label)
        if move is None or move.prompt_id is None:
            return None
        return ServedCanary(**self._handed(self._store.prompts.get(move.prompt_id)), share=move.share)

    def _handed(self, prompt: Prompt) -> "_Handed":
        skills = tuple(cost.skill_id for cost in prompt.included)
        keeping = self._keeping(prompt) if skills else None
        return _Handed(id=prompt.id, text=prompt.text, revision=prompt.revision, skills=skills, keeping=keeping)

    def _keeping(self, prompt: Prompt) -> ServedKeeping:
        """How likely each skill is kept, and the pieces that may go."""
        chances, laid = self._handing.chances(prompt)
        pieces = () if laid is None else laid.cuts()
        return ServedKeeping(
            book=prompt.book,
            salt=self._salt,
            probabilities={**chances},
            cuts=tuple(each for each in pieces if all(chances[skill_id] < 1.0 for skill_id in each.skills)),
        )


class _Handed(TypedDict):
    """What an agent that is handed a prompt knows of it."""

    id: str
    text: str
    revision: int
    skills: tuple[str, ...]
    keeping: ServedKeeping | None


def _absent(book: str, label: str, labels: list[str]) -> Response:
    has = f"it has {', '.join(labels)}" if labels else "it has none"
    message = f"the skillbook {book!r} has no label {label!r}; {has}"
    answer = {"code": _NOT_FOUND, "message": message, "labels": labels}
    return Response(json.dumps(answer), 404, _ALWAYS_ASKED, JSON)
