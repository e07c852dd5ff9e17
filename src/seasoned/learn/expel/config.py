"""How ExpeL works: its own parameters, under its own names.

Source: A. Zhao et al., "ExpeL: LLM Agents Are Experiential Learners", AAAI 2024, arXiv 2308.10144, and the
configurations of the authors' code at LeapLabTHU/ExpeL.
"""

from pydantic import Field

from seasoned.learn.tempered import Sampling

NAME = "expel"


class ExpelConfig(Sampling):
    """How the learner works; all of it is part of a run's identity."""

    max_num_rules: int = Field(default=20, ge=1)
    """Rules that may be born in one fold before a call is asked to remove first (the paper's runs: 10 and 8)."""
    success_critique_num: int = Field(default=8, ge=1)
    """Successes in one question (the paper's: 8, for WebShop 4)."""
    max_reflection_depth: int = Field(default=3, ge=1)
    """Failures of one task that are compared with each of its successes: the first ones, as recorded."""
    k_folds: int = Field(default=2, ge=1)
    """Parts of the tasks that are learned from apart, at the same time."""
    seed: int = 42
    """Of the folds and of the groups of successes."""
    starts_empty: bool = False
    """Begin with an empty list, as the paper does, and not with the skills that the book has."""
    max_rules_shown: int = Field(default=60, ge=1)
    """Rules in one question: those born in the fold, then the book's that are nearest to the tasks."""
