"""A skillbook as a program uses it: learn, decide, compile, plan, and hand prompts to runs.

The same nouns as the commands, and the same parts below them: a decision here is under the rules of review, a prompt
is kept, a learning run is durable. Raises what those parts raise.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Unpack

from seasoned.compile.config import DEFAULTS, CompileConfig
from seasoned.core.exemplar import Case
from seasoned.core.merging import Choices
from seasoned.core.operation import OperationKind
from seasoned.core.prompt import Prompt
from seasoned.core.scope import Situation
from seasoned.core.skill import Skill, SkillStatus
from seasoned.core.skillbook import Skillbook
from seasoned.core.trace import Task
from seasoned.curate.history import Merged, merge_books
from seasoned.curate.placing import GENERAL
from seasoned.curate.review.sitting import Review
from seasoned.errors import UsageError
from seasoned.evaluate.attempt import Suite
from seasoned.ingest.run import text_key
from seasoned.learn.learner import Learner
from seasoned.llm.budget import Budget
from seasoned.llm.model import Model
from seasoned.pipeline.canary import prompt_for_run
from seasoned.pipeline.compiling import compile_and_keep
from seasoned.pipeline.evaluating import evaluate, evaluate_sync
from seasoned.pipeline.evaluation.options import Evaluated
from seasoned.pipeline.given import Learned, LearnOptions
from seasoned.pipeline.learning import learn_from, learn_from_async
from seasoned.pipeline.planning import CALLS, PlanOptions, plan, plan_async
from seasoned.pipeline.promoting import Promotion, Unproven, labelled, promote, roll_back
from seasoned.pipeline.reflexion.recalling import Planned, Recall, reflections_for
from seasoned.store.keeping import BOOK
from seasoned.threads import refuse_in_event_loop
from seasoned.workspace.bank import Bank
from seasoned.workspace.evaluation import AnyAgent, EvaluateMore, as_options
from seasoned.workspace.given import LearnMore, Opened, Runs, SkillName, as_budget, as_learner, as_model, stored
from seasoned.workspace.live_run import LiveRun, new_run_key

if TYPE_CHECKING:
    from seasoned.pipeline.crediting import Uplift

BUDGET = "200 calls"
"""What one learning run may spend where nobody says."""
BUDGET_TOKENS = 4_000
"""Upper bound on a compiled prompt where nobody says."""


class Book:
    """One skillbook of a workspace.

    Args:
        opened: Where it is, and in whose name decisions are made.
        name: Its name.
    """

    def __init__(self, opened: Opened, name: str) -> None:
        """Look at this skillbook."""
        self._opened, self._store, self._author = opened, opened.store, opened.author
        self.name = name
        self.exemplars = Bank(opened, name)

    @property
    def revision(self) -> int:
        """How many changes the book has seen."""
        return self.read().revision

    def read(self) -> Skillbook:
        """The skillbook as it stands."""
        return self._store.books.read(self.name)

    def skills(self, status: SkillStatus | None = None) -> tuple[Skill, ...]:
        """The skills that stand so, in order of birth; None: all that ever were."""
        book = self.read()
        return tuple(book.skills.values()) if status is None else book.with_status(status)

    def review(self) -> Review:
        """A sitting of this reviewer, for all that can be decided."""
        return Review(self._store, self.name, self._author)

    def learn(
        self,
        runs: Runs | None = None,
        *,
        model: str | Model,
        learner: str | Learner = "recursive",
        budget: str | Budget = BUDGET,
        settings: Mapping[str, object] | None = None,
        **more: Unpack[LearnMore],
    ) -> Learned:
        """Learn from traces, and propose what was found; nothing is used before it is approved.

        Asked for again, interrupted work goes on, and finished work is not done or paid for twice.

        Args:
            runs: Files and folders in any known format, or traces; None: all traces of the store.
            model: Who learns, `provider:model` or a model.
            learner: Its name, as `seasoned learners` lists them, or a learner.
            budget: A hard stop, such as `2 usd` or `100 calls, 10 min`.
            settings: Of the learner that is named, by the names of its configuration.
            more: See `LearnMore`.

        Raises:
            UsageError: An event loop is running, as in a notebook; a name, a setting or the budget is none; there is
                no trace; or a living process does this work.
            ProviderError: A recording cannot be read; a call that failed is in the report instead.
            StoreError: The store cannot be written.
        """
        refuse_in_event_loop("learn", "book.alearn(...)")
        options = self._options(model, learner, budget, settings, more)
        return learn_from(self._store, stored(self._opened, runs), options)

    async def alearn(
        self,
        runs: Runs | None = None,
        *,
        model: str | Model,
        learner: str | Learner = "recursive",
        budget: str | Budget = BUDGET,
        settings: Mapping[str, object] | None = None,
        **more: Unpack[LearnMore],
    ) -> Learned:
        """As `learn`, where an event loop is running."""
        options = self._options(model, learner, budget, settings, more)
        return await learn_from_async(self._store, stored(self._opened, runs), options)

    def evaluate(
        self,
        suite: Suite | str,
        *,
        agent: AnyAgent,
        prompt: Prompt | str = "",
        trials: int = 1,
        **more: Unpack[EvaluateMore],
    ) -> Evaluated:
        """Let an agent work the tasks of a suite, grade every trial and keep it as a trace.

        Asked for again, an interrupted evaluation goes on, and a finished one is not run again.

        Args:
            suite: A suite, its name, or a `.jsonl` file of tasks.
            agent: Who works them: a function from task and prompt to messages or an answer, a model, an agent, or a
                word such as `python agent.py`.
            prompt: What it is told: a compiled prompt, or a text.
            trials: Of each task; pass^k takes k of them.
            more: See `EvaluateMore`.

        Raises:
            UsageError: An event loop is running, a name or a number is none, tasks share a key or read otherwise than
                in an earlier evaluation, or a living process does this work.
            ConfigError: The agent or a grader cannot work at all, or all of the first trials are broken.
            StoreError: The store cannot be written.
        """
        refuse_in_event_loop("evaluate", "book.aevaluate(...)")
        return evaluate_sync(self._store, as_options(self._opened, suite, agent, prompt, trials, more))

    async def aevaluate(
        self,
        suite: Suite | str,
        *,
        agent: AnyAgent,
        prompt: Prompt | str = "",
        trials: int = 1,
        **more: Unpack[EvaluateMore],
    ) -> Evaluated:
        """As `evaluate`, where an event loop is running."""
        return await evaluate(self._store, as_options(self._opened, suite, agent, prompt, trials, more))

    def add(self, text: str, *, reason: str = "", section: str = GENERAL) -> Skill:
        """Propose a skill that a person wrote; returns it."""
        skill_id = self.review().add(text, reason=reason, section=section)
        return self.read().skills[skill_id]

    def edit(self, skill: SkillName, text: str, *, reason: str = "", section: str | None = None) -> Skill:
        """Reword a skill, or move it to another section; what it read like before stays in its history."""
        found = self._found(skill)
        self.review().edit(found.id, text, reason=reason, section=section)
        return self.read().skills[found.id]

    def approve(self, *skills: SkillName, reason: str = "") -> None:
        """Let proposals into compiled prompts, all or none."""
        self._decide("APPROVE", skills, reason)

    def reject(self, *skills: SkillName, reason: str) -> None:
        """Turn proposals down; the same wording is not proposed again without as many new runs behind it."""
        self._decide("REJECT", skills, reason)

    def retire(self, *skills: SkillName, reason: str) -> None:
        """Take approved skills out of compiled prompts; their history stays."""
        self._decide("RETIRE", skills, reason)

    def restore(self, *skills: SkillName, reason: str = "") -> None:
        """Take the last verdict on skills back, or keep skills whose removal was proposed."""
        self._decide("RESTORE", skills, reason)

    def keep(self, *skills: SkillName, probability: float, reason: str = "") -> None:
        """Say with which probability live runs keep skills in their prompts, in (0, 1].

        Args:
            skills: The skills; none: all of the book that have no rule of their own.
            probability: 0.5 shows soonest what a skill on trial does; 1 is for a skill that no run may lack, of which
                nothing can be estimated then.
            reason: Why.

        Raises:
            UsageError: It is no such probability, or a skill is not there.
        """
        ids = [self._found(skill).id for skill in skills] or [BOOK]
        self._store.keeping.keep(self.name, ids, probability, by=self._author.name, reason=reason)

    def uplift(self) -> "Uplift":
        """What each approved skill does to the success of runs, the worst first; to be looked at as often as liked.

        From runs that were handed it, or not, by chance, as `run` does. `seasoned eval uplift --measure` writes what
        was found down as counters and proposes the removal of skills that harm.
        """
        # NumPy is loaded by who estimates, not by whoever opens a book.
        from seasoned.pipeline.crediting import uplift

        return uplift(self._store, self.name, otherwise=self._opened.keep_probability)

    def branch(self, name: str) -> "Book":
        """Begin a skillbook that shares this one's history so far, to try things out in."""
        made = self._store.books.branch(self.name, name, at=self.revision)
        return Book(self._opened, made.name)

    def merge(self, source: "Book | str", *, choices: Choices | None = None, dry_run: bool = False) -> Merged:
        """Bring what a branch did into this book; with a conflict that is not decided, nothing is merged."""
        name = source if isinstance(source, str) else source.name
        return merge_books(self._store, name, self.name, by=self._author, choices=choices, dry_run=dry_run)

    def compile(
        self, base: str = "", *, budget_tokens: int = BUDGET_TOKENS, task: str = "", config: CompileConfig = DEFAULTS
    ) -> Prompt:
        """Put the approved skills onto a base prompt, and keep the result.

        Args:
            base: The agent's own prompt.
            budget_tokens: Upper bound on the tokens of the whole.
            task: Of more than 20 skills only those nearest to it by their words; empty: what `config` selects.
            config: What else is to be said; without rates, those of the book's ratings hold, without a day today.

        Raises:
            PromptError: The base prompt alone is larger than the budget.
        """
        return compile_and_keep(self._store, self.name, base, budget_tokens=budget_tokens, task=task, config=config)

    def promote(self, label: str, prompt: Prompt | str, *, reason: str = "", unproven: str = "") -> Promotion:
        """Let a label such as `production` point at a prompt of the store, given itself or by its id.

        Args:
            label: Its name.
            prompt: Where it is to point. It must have been compared with the prompt that it replaces, and passed.
            reason: Why.
            unproven: Why it is promoted without such a comparison.

        Raises:
            PromptError: It is a placebo, or nothing on record shows that it is no worse.
        """
        chosen = self._store.prompts.get(prompt) if isinstance(prompt, str) else prompt
        why = Unproven("; ".join(part for part in (unproven, reason) if part)) if unproven else reason
        return promote(self._store, self.name, label, chosen, by=self._author.name, reason=why)

    def roll_back(self, label: str, *, reason: str = "") -> Promotion:
        """Let a label point where it pointed before."""
        return roll_back(self._store, self.name, label, by=self._author.name, reason=reason)

    def labelled(self, label: str) -> Prompt:
        """The prompt that a label points at; raises `UsageError` where there is no such label."""
        found = labelled(self._store, self.name, label)
        if found is None:
            raise UsageError(
                f"the skillbook {self.name!r} has no label {label!r}", hint="`book.promote(label, prompt)` makes one"
            )
        return found

    def plan(self, task: str, model: str | Model, *, budget: str | Budget = CALLS) -> str:
        """A plan for a task from the approved skills that come nearest to it: one question to a model.

        Args:
            task: What the agent will be asked.
            model: Who plans, `provider:model` or a model.
            budget: A hard stop.

        Returns:
            Numbered steps, with the numbers of the skills that they rest on, and then those skills.

        Raises:
            UsageError: An event loop is running, there is no approved skill, or no task.
            ProviderError: The model does not answer, or not with a plan that holds.
        """
        return plan(self._store, task, self._planning(model, budget))

    async def aplan(self, task: str, model: str | Model, *, budget: str | Budget = CALLS) -> str:
        """As `plan`, where an event loop is running."""
        return await plan_async(self._store, task, self._planning(model, budget))

    def reflections(self, task: str | Task, *, n_similar: int = 0) -> Planned:
        """What was planned after failed attempts at a task, for the next one; `text` is the section for its prompt.

        Args:
            task: What the agent is asked; reflections are kept by a `Task`'s key, or by that of the text.
            n_similar: So many reflections on similar tasks besides.
        """
        refuse_in_event_loop("reflections", "book.areflections(...)")
        return asyncio.run(self.areflections(task, n_similar=n_similar))

    async def areflections(self, task: str | Task, *, n_similar: int = 0) -> Planned:
        """As `reflections`, where an event loop is running."""
        asked = _task(task)
        recall = Recall(task=asked.text, n_similar=n_similar)
        return await reflections_for(self._store, self.name, asked.key, recall)

    def run(
        self,
        task: str | Task,
        *,
        label: str = "",
        base: str | None = None,
        budget_tokens: int = BUDGET_TOKENS,
        agent: str = "",
        examples: Sequence[Case] = (),
        keep_all: bool = False,
    ) -> LiveRun:
        """Begin a run of an agent: hand it a prompt, and keep its trace when it is over.

        Each skill of the prompt is kept by chance, with the probability 0.8 unless its own rule, its book's or the
        setting `keep_probability` says otherwise, so that `book.uplift()` can tell what it does. A skill that no run
        may lack is marked with `book.keep(skill, probability=1)`; `keep_all` is for runs that must not be measured on.

        Args:
            task: What the agent is asked; a `Task` says besides which runs are tries at the same one.
            label: Hand out the prompt of this label, or its canary's to the share of runs that get it; empty: one
                compiled for this task.
            base: The agent's own prompt, to compile for the task.
            budget_tokens: Upper bound on the tokens of the prompt that is compiled.
            agent: The agent's name; skills of other agents are left out of what is compiled.
            examples: Cases to show behind the skills, as `book.exemplars.find(task)` gives them.
            keep_all: Leave no skill out by chance.

        Raises:
            UsageError: There is no such label, or something to compile is given beside one.
            PromptError: The base prompt alone is larger than the budget.
        """
        asked, run_key = _task(task), new_run_key()
        if label and (base is not None or examples):
            raise UsageError("the prompt of a label is compiled already", hint="give no label, or no base and examples")
        if label:
            prompt = prompt_for_run(self._store, self.name, label, self.labelled(label), run_key)
        else:
            config = replace(DEFAULTS, situation=Situation(agent=agent), cases=tuple(examples))
            prompt = self.compile(base or "", budget_tokens=budget_tokens, task=asked.text, config=config)
        return LiveRun(self._opened, asked, prompt, agent, run_key=run_key, keep_all=keep_all)

    def _options(
        self,
        model: str | Model,
        learner: str | Learner,
        budget: str | Budget,
        settings: Mapping[str, object] | None,
        more: LearnMore,
    ) -> LearnOptions:
        base_url, sub_model = more.get("base_url"), more.get("sub_model")
        options = LearnOptions(
            book=self.name,
            learner=as_learner(learner, settings or {}),
            model=as_model(model, base_url),
            budget=as_budget(budget),
            sub_model=None if sub_model is None else as_model(sub_model, base_url),
            embedder=more.get("embedder"),
            ignores_outcomes=more.get("ignores_outcomes", False),
            policy=self._opened.policy,
        )
        told = more.get("on_progress")
        return options if told is None else replace(options, on_progress=told)

    def _planning(self, model: str | Model, budget: str | Budget) -> PlanOptions:
        return PlanOptions(book=self.name, model=as_model(model), budget=as_budget(budget), policy=self._opened.policy)

    def _found(self, skill: SkillName) -> Skill:
        return self.read().find(skill if isinstance(skill, str) else skill.id)

    def _decide(self, kind: OperationKind, skills: tuple[SkillName, ...], reason: str) -> None:
        if not skills:
            raise UsageError("no skill was named", hint="give skills, or their ids")
        book = self.read()
        read_as = {skill.id: skill.text for skill in skills if isinstance(skill, Skill)}
        ids = dict.fromkeys(book.find(skill if isinstance(skill, str) else skill.id).id for skill in skills)
        self.review().decide(kind, ids, reason=reason, wordings=read_as)


def _task(task: str | Task) -> Task:
    return task if isinstance(task, Task) else Task(key=text_key(task), text=task)
