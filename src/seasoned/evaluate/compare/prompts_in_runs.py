"""Which compiled prompt a run was given, found by its text in what the run was told. Pure; raises nothing."""

from collections.abc import Iterable

from seasoned.core.prompt import Prompt
from seasoned.core.trace import Trace
from seasoned.learn.injected import plain_words


class PromptsInRuns:
    """The compiled prompts of a store, ready to be found in runs.

    Args:
        prompts: The prompts; one without words is passed over.
    """

    def __init__(self, prompts: Iterable[Prompt]) -> None:
        """Read every prompt once."""
        words = {prompt.id: plain_words(prompt.text).strip() for prompt in prompts}
        # Where one prompt holds another one whole, as after a skill was added at its end, the longer was given.
        self._words = sorted(((id_, text) for id_, text in words.items() if text), key=lambda each: -len(each[1]))

    def of(self, run: Trace) -> str | None:
        """The id of the prompt that the run says it was handed, or whose words its system and user steps hold; or None.

        All words have to be there, whatever their spacing.
        """
        if run.prompt_id is not None:
            return run.prompt_id
        told = (plain_words(step.text).strip() for step in run.steps if step.kind in ("system", "user"))
        given = f" {' '.join(part for part in told if part)} "
        return next((id_ for id_, text in self._words if f" {text} " in given), None)
