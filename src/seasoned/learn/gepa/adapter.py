"""The bridge to the library `gepa`: its adapter, which works on a thread, asking models on our event loop.

What ends the work (a spent budget, a store that cannot be written, a provider that stays away, whoever waits giving up)
is remembered, and from then on nothing is asked any more; `gepa` itself takes any error for one lost iteration.
"""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from importlib import import_module
from typing import Any, Generic, TypeVar

from seasoned.errors import BudgetExceeded, ProviderError
from seasoned.learn.gepa.config import GepaConfig
from seasoned.learn.gepa.reflecting import reworded, shown
from seasoned.learn.gepa.trying import Tried, Way
from seasoned.learn.learner import LearnContext
from seasoned.learn.rounds import in_rounds
from seasoned.learn.tempered import Tempered

COMPONENT = "base_prompt"
"""The one text of a candidate."""
MAX_FAILURES = 3
"""So many failures of the provider, one after the other, end the work."""

ExampleT = TypeVar("ExampleT")
ResultT = TypeVar("ResultT")


class Bridge(Generic[ExampleT]):
    """A `GEPAAdapter`; made in the event loop, called on a thread."""

    def __init__(self, way: Way[ExampleT], config: GepaConfig, context: LearnContext) -> None:
        """Nothing is asked yet."""
        self._way, self._config, self._context = way, config, context
        self._model = Tempered(context.model, config)
        self._loop = asyncio.get_running_loop()
        self._known: dict[tuple[str, str], Tried] = {}
        self._n_failures = 0
        self.why_stopped = ""
        """Why nothing is asked any more; empty while it is."""
        self.error: Exception | None = None
        """An error that the learner has to raise."""

    def evaluate(self, batch: list[ExampleT], candidate: dict[str, str], capture_traces: bool = False) -> Any:
        """Try a candidate on examples."""
        tried = self._asked(self._tried(candidate[COMPONENT], batch))
        return import_module("gepa.core.adapter").EvaluationBatch(
            outputs=[each.did for each in tried],
            scores=[each.score for each in tried],
            trajectories=tried if capture_traces else None,
        )

    def make_reflective_dataset(
        self, candidate: dict[str, str], eval_batch: Any, components_to_update: list[str]
    ) -> dict[str, list[dict[str, object]]]:
        """The examples as the reflecting model sees them, together within their bound."""
        tried: list[Tried] = eval_batch.trajectories
        share = self._config.max_reflection_chars // max(1, len(tried))
        return {name: [shown(each, share) for each in tried] for name in components_to_update if name in candidate}

    def propose_new_texts(
        self,
        candidate: dict[str, str],
        reflective_dataset: Mapping[str, Sequence[Mapping[str, Any]]],
        components_to_update: list[str],
    ) -> dict[str, str]:
        """A new wording for each component, which is one."""
        return {
            name: self._asked(reworded(candidate[name], reflective_dataset[name], self._model, self._config))
            for name in components_to_update
        }

    def is_over(self, _state: object) -> bool:
        """Whether to stop, as `gepa` asks before each iteration."""
        return bool(self.why_stopped)

    def both(self, first: str, second: str, examples: Sequence[ExampleT]) -> list[tuple[float, float]]:
        """The scores of two prompts on the examples that both were tried on."""
        keys = [self._way.key(example) for example in examples]
        known = [(self._known.get((first, key)), self._known.get((second, key))) for key in keys]
        return [(a.score, b.score) for a, b in known if a is not None and b is not None]

    def _asked(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Do the work on the loop, and wait for it here."""
        if self.why_stopped:
            work.close()
            raise BudgetExceeded(self.why_stopped)
        try:
            result = asyncio.run_coroutine_threadsafe(work, self._loop).result()
        except BudgetExceeded as error:
            self.why_stopped = str(error)
            raise
        except ProviderError as error:
            self._n_failures += 1
            if self._n_failures >= MAX_FAILURES:
                self.why_stopped = str(error)
            raise
        except Exception as error:
            self.error, self.why_stopped = error, str(error)
            raise
        self._n_failures = 0
        return result

    async def _tried(self, prompt: str, batch: Sequence[ExampleT]) -> list[Tried]:
        open_ones = {self._way.key(example): example for example in batch}
        missing = [(key, example) for key, example in open_ones.items() if (prompt, key) not in self._known]
        spent: list[BudgetExceeded] = []

        async def one(piece: tuple[str, ExampleT]) -> None:
            try:
                self._known[prompt, piece[0]] = await self._way.tried(prompt, piece[1])
            except BudgetExceeded as error:
                spent.append(error)
                raise

        rounds = await in_rounds(
            missing, one, self._context.quiet(), unit="examples", concurrency=self._config.concurrency
        )
        self._tell()
        if spent:
            raise spent[0]
        if rounds.n_undone:
            raise ProviderError("not all examples could be tried", why="; ".join(rounds.notes))
        return [self._known[prompt, self._way.key(example)] for example in batch]

    def _tell(self) -> None:
        n = len(self._known)
        self._context.tell(n, max(n, self._config.max_metric_calls), "evaluations")
