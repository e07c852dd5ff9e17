"""Handing a prompt to a run with each of its skills kept by chance, so that what single skills do can be measured.

Each skill of the prompt is kept with its probability (`store.keeping`), drawn by a hash of the run's key before the run
begins (`core.assigning`), and what was drawn is on record as the run's exposures, whatever the agent does
with it. A prompt that cannot be taken apart is handed out whole, and then each skill was in it for certain.
Raises `StoreError`.
"""

import logging
import threading
from collections.abc import Mapping

from seasoned.compile.reduced import LaidOut, laid_out
from seasoned.core.assigning import kept
from seasoned.core.prompt import Exposure, Prompt
from seasoned.core.skillbook import Skillbook
from seasoned.errors import PromptError
from seasoned.store.keeping import DEFAULT_PROBABILITY, Keeping
from seasoned.store.store import Store

_log = logging.getLogger(__name__)
_MAX_LAID_OUT = 64
"""Prompts whose layout is kept in memory; a label has one, a prompt for each task is asked for once."""


def exposures_of(prompt: Prompt) -> tuple[Exposure, ...]:
    """That each skill of a prompt was in it for certain."""
    return tuple(_exposure(prompt, cost.skill_id, included=True, probability=1.0) for cost in prompt.included)


class Handing:
    """Hands prompts of a store to runs, on any number of threads.

    Args:
        store: Has the rules of keeping, the books and the salt.
        otherwise: With which probability a skill is kept where neither it nor its book has a rule.
    """

    def __init__(self, store: Store, otherwise: float = DEFAULT_PROBABILITY) -> None:
        """Look at this store."""
        self._store, self._otherwise = store, otherwise
        self._salt = store.salt
        self._laid_out: dict[tuple[str, int], LaidOut | None] = {}
        self._turn = threading.Lock()

    def __call__(self, prompt: Prompt, run_key: str) -> tuple[Prompt, tuple[Exposure, ...]]:
        """The prompt for one run, and the record of what was kept with which probability.

        Asked again for the same run under the same rules, it gives the same.

        Args:
            prompt: What was compiled. The run's `prompt_id` is this one's, not that of what is handed out.
            run_key: Sets the run apart from every other one; becomes the trace's `source.run_key`.
        """
        return self.by(self._store.keeping.of(prompt.book), prompt, run_key)

    def by(self, keeping: Keeping, prompt: Prompt, run_key: str) -> tuple[Prompt, tuple[Exposure, ...]]:
        """The same by rules that were read before."""
        known, laid = self._chances(keeping, prompt)
        if laid is None:
            return prompt, exposures_of(prompt)
        stays = {i: kept(run_key, i, self._salt, probability) for i, probability in known.items()}
        exposures = (_exposure(prompt, i, included=stays[i], probability=known[i]) for i in known)
        return laid.without([i for i in stays if not stays[i]]), tuple(exposures)

    def chances(self, prompt: Prompt) -> tuple[Mapping[str, float], LaidOut | None]:
        """By skill id, with which probability each skill of a prompt is kept now, and how to leave some out.

        Where no skill can be left out, by the rules or as the prompt cannot be taken apart, all are kept for certain
        and there is no layout.
        """
        return self._chances(self._store.keeping.of(prompt.book), prompt)

    def _chances(self, keeping: Keeping, prompt: Prompt) -> tuple[Mapping[str, float], LaidOut | None]:
        known = {cost.skill_id: keeping.probability(cost.skill_id, self._otherwise) for cost in prompt.included}
        if all(probability == 1.0 for probability in known.values()) or (laid := self._layout(prompt)) is None:
            return dict.fromkeys(known, 1.0), None
        return known, laid

    def _layout(self, prompt: Prompt) -> LaidOut | None:
        key = prompt.id, prompt.revision
        with self._turn:
            if key not in self._laid_out:
                while len(self._laid_out) >= _MAX_LAID_OUT:
                    del self._laid_out[next(iter(self._laid_out))]
                try:
                    self._laid_out[key] = laid_out(prompt, self._book(prompt))
                except PromptError as refused:
                    _log.warning("%s", refused)
                    self._laid_out[key] = None
            return self._laid_out[key]

    def _book(self, prompt: Prompt) -> Skillbook:
        now = self._store.books.read(prompt.book)
        # A log that is shorter than the prompt's revision is another book's of this name, which `laid_out` refuses.
        return now if now.revision <= prompt.revision else self._store.books.at(prompt.book, prompt.revision)


def _exposure(prompt: Prompt, skill_id: str, *, included: bool, probability: float) -> Exposure:
    return Exposure(
        skill_id=skill_id,
        revision=prompt.revision,
        included=included,
        probability=probability,
        book=prompt.book,
    )
