"""What suites are, for lists: tasks per split, graders, tools and the hash of their content.

Raises what `suite_named` raises for one suite; a list says of a suite that does not load why that is.
"""

from pydantic import Field

from seasoned.core.value import Text, Value
from seasoned.errors import ConfigError, SeasonedError, boundary
from seasoned.evaluate.attempt import BringsAgent, HasGraders, Suite
from seasoned.evaluate.suites.registry import (
    chosen,
    splits_of,
    suite_hash,
    suite_named,
    suite_names,
    suite_prompt_names,
)


class SuiteInfo(Value):
    """One suite."""

    name: Text
    """The word that names it."""
    n_tasks: int = 0
    splits: dict[str, int] = Field(default_factory=dict[str, int])
    """Tasks by split; the empty name is no split."""
    graders: tuple[Text, ...] = ()
    """The suite's, then those that single tasks name; empty where whoever evaluates says how to grade."""
    tools: tuple[Text, ...] = ()
    """Of its first task's world; empty for tasks that are only talked about."""
    prompts: tuple[Text, ...] = ()
    """Texts of its own that can be handed to an agent."""
    brings_agent: bool = False
    """Its tasks are worked by an agent of its own."""
    content_hash: str = ""
    """Of all tasks; empty where it does not load."""
    why_not: Text = ""
    """Why it cannot be used as it is named here; empty if it can."""


def described_suites() -> tuple[SuiteInfo, ...]:
    """All suites that are installed, by name."""
    return tuple(_or_why_not(name) for name in suite_names())


def described(word: str) -> SuiteInfo:
    """The suite that a word names.

    Raises:
        UsageError: There is no such suite, or it has no tasks.
        ConfigError: It does not load, or what it says of itself is no suite.
    """
    suite = suite_named(word)
    with boundary(ConfigError, "the suite does not say what it has", where=word):
        return _info(word, suite)


def _info(word: str, suite: Suite) -> SuiteInfo:
    tasks = chosen(suite)
    own = [grader.name for grader in suite.graders] if isinstance(suite, HasGraders) else []
    named = [grader.name for task in tasks for grader in task.graders]
    world = suite.world(tasks[0])
    return SuiteInfo(
        name=word,
        n_tasks=len(tasks),
        splits=splits_of(tasks),
        graders=tuple(dict.fromkeys([*own, *named])),
        tools=() if world is None else tuple(tool.name for tool in world.tools),
        prompts=suite_prompt_names(suite),
        brings_agent=isinstance(suite, BringsAgent),
        content_hash=suite_hash(tasks),
    )


def _or_why_not(name: str) -> SuiteInfo:
    try:
        return described(name)
    except SeasonedError as error:
        return SuiteInfo(name=name, why_not=str(error))
