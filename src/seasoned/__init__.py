"""Seasoned: the learning layer for AI agents.

The names below are the public ones. Each is loaded when it is first used (PEP 562), so `import seasoned` stays cheap.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seasoned.agents.prompt_client import PromptClient as PromptClient
    from seasoned.compile.compiler import compile_prompt as compile_prompt
    from seasoned.compile.config import CompileConfig as CompileConfig
    from seasoned.compile.diff import diff_prompts as diff_prompts
    from seasoned.core.finding import Evidence as Evidence
    from seasoned.core.finding import Finding as Finding
    from seasoned.core.outcome import Outcome as Outcome
    from seasoned.core.prompt import Prompt as Prompt
    from seasoned.core.prompt import Selection as Selection
    from seasoned.core.scope import Situation as Situation
    from seasoned.core.skill import Skill as Skill
    from seasoned.core.skillbook import Skillbook as Skillbook
    from seasoned.core.trace import Step as Step
    from seasoned.core.trace import Task as Task
    from seasoned.core.trace import Trace as Trace
    from seasoned.curate.review.sitting import Review as Review
    from seasoned.errors import SeasonedError as SeasonedError
    from seasoned.learn.learner import Learner as Learner
    from seasoned.learn.patterns.find import find_patterns as find_patterns
    from seasoned.learn.recursive.config import RecursiveConfig as RecursiveConfig
    from seasoned.learn.recursive.learner import RecursiveLearner as RecursiveLearner
    from seasoned.learn.registry import learner_named as learner_named
    from seasoned.learn.registry import learner_names as learner_names
    from seasoned.llm.budget import Budget as Budget
    from seasoned.llm.model import Model as Model
    from seasoned.llm.model import Request as Request
    from seasoned.llm.providers import resolve as resolve
    from seasoned.llm.recording import Recorder as Recorder
    from seasoned.llm.recording import ReplayModel as ReplayModel
    from seasoned.llm.testing import TestModel as TestModel
    from seasoned.pipeline.given import LearnOptions as LearnOptions
    from seasoned.pipeline.importing import ImportOptions as ImportOptions
    from seasoned.pipeline.importing import import_traces as import_traces
    from seasoned.pipeline.learning import learn_from as learn_from
    from seasoned.pipeline.learning import learn_from_async as learn_from_async
    from seasoned.pipeline.reflexion.live import reflexion as reflexion
    from seasoned.pipeline.reflexion.live import reflexion_sync as reflexion_sync
    from seasoned.retrieve.skill_index import SkillIndex as SkillIndex
    from seasoned.store.store import Store as Store
    from seasoned.workspace.book import Book as Book
    from seasoned.workspace.live_run import LiveRun as LiveRun
    from seasoned.workspace.workspace import Workspace as Workspace
    from seasoned.workspace.workspace import open as open  # noqa: A004, as `seasoned.open`

_HOMES = {
    "Book": "workspace.book",
    "Budget": "llm.budget",
    "CompileConfig": "compile.config",
    "Evidence": "core.finding",
    "Finding": "core.finding",
    "ImportOptions": "pipeline.importing",
    "LearnOptions": "pipeline.given",
    "Learner": "learn.learner",
    "LiveRun": "workspace.live_run",
    "Model": "llm.model",
    "Outcome": "core.outcome",
    "Prompt": "core.prompt",
    "PromptClient": "agents.prompt_client",
    "Recorder": "llm.recording",
    "RecursiveConfig": "learn.recursive.config",
    "RecursiveLearner": "learn.recursive.learner",
    "ReplayModel": "llm.recording",
    "Request": "llm.model",
    "Review": "curate.review.sitting",
    "SeasonedError": "errors",
    "Selection": "core.prompt",
    "Situation": "core.scope",
    "Skill": "core.skill",
    "SkillIndex": "retrieve.skill_index",
    "Skillbook": "core.skillbook",
    "Step": "core.trace",
    "Store": "store.store",
    "Task": "core.trace",
    "TestModel": "llm.testing",
    "Trace": "core.trace",
    "Workspace": "workspace.workspace",
    "compile_prompt": "compile.compiler",
    "diff_prompts": "compile.diff",
    "find_patterns": "learn.patterns.find",
    "import_traces": "pipeline.importing",
    "learn_from": "pipeline.learning",
    "learn_from_async": "pipeline.learning",
    "learner_named": "learn.registry",
    "learner_names": "learn.registry",
    "open": "workspace.workspace",
    "reflexion": "pipeline.reflexion.live",
    "reflexion_sync": "pipeline.reflexion.live",
    "resolve": "llm.providers",
}


def __getattr__(name: str) -> object:
    """Load a public name from where it lives."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """The public names."""
    return sorted(_HOMES)
