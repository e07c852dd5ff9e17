"""A stand-in for the package `fastembed`: the same functions, and a model that needs no file."""

from collections.abc import Iterator, Sequence
from types import ModuleType


class Standin(ModuleType):
    """The module as far as it is used.

    Args:
        n_failing: So many calls of a model fail, from the first.
        unavailable: Why no model can be had; empty where one can.
        vector: What every text gets; None: something of its length.
    """

    def __init__(self, *, n_failing: int = 0, unavailable: str = "", vector: Sequence[float] | None = None) -> None:
        super().__init__("fastembed")
        self.n_failing, self.unavailable, self.vector = n_failing, unavailable, vector
        self.batches: list[list[str]] = []
        standin = self

        class TextEmbedding:
            @staticmethod
            def list_supported_models() -> list[dict[str, object]]:
                return [{"model": "some/model", "dim": 3}, {"model": "another/model", "dim": 3}]

            def __init__(self, model_name: str) -> None:
                if standin.unavailable:
                    raise OSError(standin.unavailable)
                self.model_name = model_name

            def embed(self, documents: Sequence[str]) -> Iterator[Sequence[float]]:
                standin.batches.append(list(documents))
                if standin.n_failing:
                    standin.n_failing -= 1
                    raise RuntimeError("the session is broken")
                for text in documents:
                    yield standin.vector or (1.0, float(len(text)), float(sum(map(ord, text)) % 97))

        self.TextEmbedding = TextEmbedding
