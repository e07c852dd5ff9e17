"""A plan for a task from the approved skills of a book, as a durable run: asked for again, it costs nothing.

Raises what the parts raise.
"""

import asyncio
from dataclasses import dataclass

from pydantic import JsonValue

from seasoned.compile.compiler import compile_prompt
from seasoned.compile.config import CompileConfig
from seasoned.compile.render import indented, inert
from seasoned.core.ids import content_id
from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook
from seasoned.errors import UsageError
from seasoned.ingest.redaction.policy import SECRETS, Policy
from seasoned.ingest.redaction.redact import redact
from seasoned.learn.planning.planning import PROMPT, plan_for
from seasoned.llm.budget import Budget
from seasoned.llm.model import Model
from seasoned.pipeline.compiling import RELEVANT, selection_for
from seasoned.pipeline.surroundings import accounting
from seasoned.runs.hold import hold
from seasoned.store.store import Store
from seasoned.threads import refuse_in_event_loop

SKILLS_TOKENS = 8_000
"""So many tokens of skills are put before the model, the nearest to the task."""
CALLS = Budget(max_calls=4)
"""A question and a second one, and each once more where its shape does not fit."""


@dataclass(frozen=True, kw_only=True)
class PlanOptions:
    """How to plan."""

    book: str
    """The skillbook whose approved skills are used."""
    model: Model
    budget: Budget = CALLS
    n_skills: int = RELEVANT
    """At most so many skills come into question."""
    policy: Policy = SECRETS
    """What is redacted of the task before it is sent."""


def plan(store: Store, task: str, options: PlanOptions) -> str:
    """Plan where no event loop is running; see `plan_async`.

    Raises:
        UsageError: An event loop is running in this thread, as in a notebook; nothing was begun.
    """
    refuse_in_event_loop("a plan", "book.aplan(...)")
    return asyncio.run(plan_async(store, task, options))


async def plan_async(store: Store, task: str, options: PlanOptions) -> str:
    """A plan for a task: numbered steps and the skills that they rest on.

    Raises:
        UsageError: The task is empty, no approved skill fits, or a living process plans this now.
        ProviderError: The model does not answer, or not with a plan.
        BudgetExceeded: The budget does not reach.
    """
    if not task.strip():
        raise UsageError("there is no task to plan for", hint="say what the agent will be asked")
    book = store.books.read(options.book)
    asked = redact(task, store.salt, options.policy).text
    skills = _nearest(book, asked, options.n_skills)
    with hold(store, "plan", _identity(asked, skills, options)) as held:
        if held.is_done:
            return str(held.summary["plan"])
        with accounting(store, held.run, options.budget, options.policy) as shared:
            made = _harmless(await plan_for(asked, skills, shared.of(options.model)))
        held.summary = {"plan": made}
    return made


def _harmless(made: str) -> str:
    """The plan as an agent may be handed it: a model's words and a skill's can be read, but cannot act."""
    return "\n".join(indented(inert(line)) for line in made.split("\n"))


def _nearest(book: Skillbook, task: str, n_skills: int) -> list[Skill]:
    """The approved skills that a prompt for this task would hold; all of few."""
    config = CompileConfig(selection=selection_for(book, task, n_skills))
    found = compile_prompt(book, "", budget_tokens=SKILLS_TOKENS, config=config).included
    if not found:
        raise UsageError(
            f"there is no approved skill of {book.name!r} to plan with",
            hint="approve proposals first: `seasoned review`, or `book.approve(skill)`",
        )
    return [book.skills[cost.skill_id] for cost in found]


def _identity(task: str, skills: list[Skill], options: PlanOptions) -> dict[str, JsonValue]:
    return {
        "book": options.book,
        "model": options.model.model_id,
        "prompt": f"{PROMPT.id} {PROMPT.version}",
        "skills": content_id("skills", [[skill.id, skill.text] for skill in skills]),
        "task": content_id("task", task),
    }
