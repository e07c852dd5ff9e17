"""What the spans of a run say that it was handed, and how much of it is believed.

An agent that pulls its prompt draws on its own machine, and its spans tell what came of it (`core.handed`). Whoever can
send spans could say anything there, and so make skills look good or bad. So nothing is believed but what this store can
draw again: the prompt is one of its own, the record is of every skill of it, each probability is one that the rules of
keeping have or had, every draw is the one of the run's key, and no other trace was drawn by that key. Raises
`StoreError`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from seasoned.core.assigning import kept, salt_for_agents
from seasoned.core.handed import EXPOSURES, PROMPT, RUN, read
from seasoned.core.prompt import Exposure, Prompt
from seasoned.core.trace import Trace
from seasoned.errors import UsageError
from seasoned.ingest.narrow import as_text
from seasoned.ingest.spans.span import Span
from seasoned.store.keeping import BOOK
from seasoned.store.store import Store

_PROMPT_ID = re.compile(r"prompt-[0-9a-f]{16}")


class Unbelieved(Exception):
    """What is said of a run is dropped; the text says why."""


class Believer:
    """Looks at what spans say, for one store.

    Args:
        store: Has the prompts and the rules of keeping.
        otherwise: With which probability a skill is kept where neither it nor its book has a rule.
    """

    def __init__(self, store: Store, otherwise: float) -> None:
        """Ask the store for its salt once."""
        self._store, self._otherwise = store, otherwise
        self._salt = salt_for_agents(store.salt)

    def handed(self, run: Trace, origin: str, spans: Sequence[Span]) -> Trace:
        """The run with the prompt and the exposures that its spans tell of; the run itself where they tell of none.

        Args:
            run: As it was made of the spans.
            origin: The trace id that the run's spans arrived under.
            spans: Its spans.

        Raises:
            Unbelieved: What they tell cannot be.
        """
        prompt_id, record = _said(spans, PROMPT), _said(spans, EXPOSURES)
        if not prompt_id and not record:
            return run
        prompt = self._prompt(prompt_id)
        exposures = self._drawn(prompt, record, _said(spans, RUN), origin) if record else ()
        return run.model_copy(update={"prompt_id": prompt.id, "exposures": exposures})

    def _prompt(self, prompt_id: str) -> Prompt:
        try:
            # The store also finds a prompt by the beginning of its id.
            found = self._store.prompts.get(prompt_id) if _PROMPT_ID.fullmatch(prompt_id) else None
        except UsageError:
            found = None
        if found is None or found.is_placebo:
            raise Unbelieved(f"{PROMPT} names no prompt of this store that agents are handed")
        return found

    def _drawn(self, prompt: Prompt, said: str, run_key: str, origin: str) -> tuple[Exposure, ...]:
        if not run_key:
            raise Unbelieved(f"{EXPOSURES} stands there without {RUN}")
        try:
            record = read(said)
        except ValueError as error:
            raise Unbelieved(f"{EXPOSURES} is no record of skills") from error
        self._check(prompt, run_key, record)
        if not self._store.inbox.draw_for(origin, run_key):
            raise Unbelieved(f"another trace has the same {RUN}, so that chance did not decide for this one")
        return tuple(
            Exposure(
                skill_id=cost.skill_id,
                revision=prompt.revision,
                included=record[cost.skill_id][0],
                probability=record[cost.skill_id][1],
                book=prompt.book,
            )
            for cost in prompt.included
        )

    def _check(self, prompt: Prompt, run_key: str, record: Mapping[str, tuple[bool, float]]) -> None:
        """Draw again; raises `Unbelieved`."""
        if set(record) != {cost.skill_id for cost in prompt.included}:
            raise Unbelieved(f"{EXPOSURES} is not of the skills of {prompt.id}")
        said = self._store.keeping.said(prompt.book)
        for skill_id, (included, probability) in record.items():
            # A skill that was in the run for certain tells of no effect, so that anybody may say that it was.
            if probability not in {1.0, self._otherwise, *said.get(skill_id, ()), *said.get(BOOK, ())}:
                raise Unbelieved(f"{skill_id} was never to be kept with that probability")
            if included != kept(run_key, skill_id, self._salt, probability):
                raise Unbelieved(f"{skill_id} was not drawn so for this run")


def _said(spans: Iterable[Span], name: str) -> str:
    """What the spans say under a name, the roots before the others; empty where they say nothing.

    Raises:
        Unbelieved: They say several things.
    """
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for span in spans:
        if said := as_text(span.attributes.get(name)):
            found[span.parent_span_id is None].add(said)
    told = found[True] or found[False]
    if len(told) > 1:
        raise Unbelieved(f"its spans say several things as {name}")
    return next(iter(told), "")
