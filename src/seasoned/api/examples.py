"""The examples for one task, as the answer to a POST: what an agent is shown before it begins.

Nothing is written, and no model is asked: nobody who may send a request spends the server's money by it. Raises
`Refusal` and `StoreError`.
"""

import asyncio
from collections.abc import Callable

from fastapi import Response
from pydantic import ConfigDict, Field, ValidationError

from seasoned.api.answers import JSON
from seasoned.api.intake import Refusal
from seasoned.compile.few_shot.showing import Form, Showing
from seasoned.compile.vocabularies import tokenizer_for
from seasoned.core.value import Text, Value
from seasoned.errors import UsageError
from seasoned.pipeline.exemplars.showing import ShowOptions, examples_for
from seasoned.retrieve.embedder import Embedder
from seasoned.retrieve.exemplars import By, Retrieval, Sought
from seasoned.store.store import Store

NewEmbedder = Callable[[], Embedder | None]
"""Makes the embedder for one request; None finds by words and type alone."""


class ExamplesAsked(Value):
    """For which task, and how."""

    model_config = ConfigDict(populate_by_name=True)

    task: Text = Field(min_length=1, max_length=100_000)
    """What the agent is asked."""
    book: Text = Field(default="default", min_length=1, max_length=200)
    n: int = Field(default=4, ge=1, le=50)
    by: By = "hybrid"
    form: Form = Field(default="text", alias="as")
    budget_tokens: int | None = Field(default=None, ge=1)
    """For all examples together."""
    max_result_chars: int = Field(default=2_000, ge=0)
    tools: tuple[Text, ...] = Field(default=(), max_length=1_000)
    tags: tuple[Text, ...] = Field(default=(), max_length=1_000)
    agent: Text = Field(default="", max_length=1_000)
    task_key: Text = Field(default="", max_length=10_000)
    """Exemplars of this task are not shown."""
    model: Text = Field(default="", max_length=200)
    """Model that will read them: it says how tokens are counted, and is never asked."""

    @property
    def sought(self) -> Sought:
        """The task to find exemplars for."""
        return Sought(text=self.task, tools=self.tools, tags=self.tags, agent=self.agent, task_key=self.task_key)

    def options(self, embedder: Embedder | None) -> ShowOptions:
        """How they are found and shown."""
        return ShowOptions(
            retrieval=Retrieval(by=self.by, n=self.n, max_tokens=self.budget_tokens),
            form=self.form,
            tokenizer=tokenizer_for(self.model),
            showing=Showing(max_result_chars=self.max_result_chars),
            embedder=embedder if self.by in ("meaning", "hybrid") else None,
        )


def asked_in(body: bytes) -> ExamplesAsked:
    """The question that a body holds; raises `Refusal`."""
    try:
        return ExamplesAsked.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Refusal(400, f"{place}: {first['msg']}" if place else first["msg"]) from error


def examples_answer(store: Store, asked: ExamplesAsked, new_embedder: NewEmbedder) -> Response:
    """The examples, why each was chosen and what was left out.

    It blocks, and is called where no event loop is running.

    Args:
        store: Where the bank is.
        asked: For which task, and how.
        new_embedder: Makes the vector of the task.
    """
    try:
        shown = asyncio.run(examples_for(store, asked.book, asked.sought, asked.options(new_embedder())))
    except UsageError as error:
        raise Refusal(400, str(error)) from error
    return Response(shown.model_dump_json(), 200, {"Cache-Control": "no-store"}, JSON)
