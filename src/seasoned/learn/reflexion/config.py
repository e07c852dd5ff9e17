"""How Reflexion works."""

from typing import Literal

from pydantic import Field

from seasoned.learn.tempered import Asking

NAME = "reflexion"

Strategy = Literal["none", "last_attempt", "reflexion", "last_attempt_and_reflexion"]
"""What the next attempt is shown: nothing, the last attempt, the reflections, or both."""


class ReflexionConfig(Asking):
    """How reflections are written and shown; all of it is part of a run's identity.

    Source: Reflexion, arXiv 2303.11366, and the published code: its environments show the last three reflections, its
    question answering cuts a transcript to 1,600 tokens and knows the four strategies.
    """

    max_trials: int = Field(default=5, ge=1)
    """Attempts at one task, the first one counted."""
    memory_limit: int = Field(default=3, ge=1)
    """So many of a task's reflections are shown, the last ones; all are kept."""
    strategy: Strategy = "reflexion"
    max_trajectory_tokens: int = Field(default=1_600, ge=100)
    """Of the transcript of the failed attempt, reckoned at four characters each."""
    max_instruction_tokens: int = Field(default=2_000, ge=0)
    """Of the agent's own instructions, such as its policy; 0 shows none. The paper's agents have none to speak of; who
    reads the run of one that has some can only guess without them."""
    few_shot: bool = True
    """Show two reflections on made-up tasks; without them models answer the task instead of planning for it."""
    n_similar: int = Field(default=0, ge=0)
    """So many reflections of similar tasks are shown to whoever writes one."""
    max_words: int = Field(default=200, ge=20)
    """A plan that is longer goes back once."""
    max_tokens: int | None = Field(default=1_024, ge=1)
    """Completion tokens of one reflection."""
