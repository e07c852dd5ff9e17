"""The border to `inspect_ai`: what of it is used, and how one of its tasks is loaded.

A task in a file is loaded by running the file, as Inspect does; so a file is only loaded where the user names it.
Raises `ConfigError` where the package is missing or a task does not load, and `UsageError` where there is no such task.
"""

import contextlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from seasoned.errors import ConfigError, UsageError, boundary

INSTALL = "pip install 'seasoned[inspect]'"
FORMS = "Say inspect:FILE.py@TASK, or inspect:PACKAGE/TASK"


@dataclass(frozen=True, kw_only=True)
class Package:
    """What is used of the package; all of it is untyped."""

    version: str
    main: Any
    """The package's own module."""
    datasets: Any
    models: Any
    solvers: Any
    registry: Any


def require_inspect() -> None:
    """Raise `ConfigError` where the package is not installed; loads nothing."""
    if find_spec("inspect_ai") is None:
        raise ConfigError("the suite 'inspect' needs a package that is not installed", hint=f"Install it: {INSTALL}")


@cache
def load_inspect() -> Package:
    """The package, imported once.

    Raises:
        ConfigError: It is not installed, or does not load.
    """
    require_inspect()
    with boundary(ConfigError, "Inspect does not load"):
        main = import_module("inspect_ai")
        return Package(
            version=str(main.__version__),
            main=main,
            datasets=import_module("inspect_ai.dataset"),
            models=import_module("inspect_ai.model"),
            solvers=import_module("inspect_ai.solver"),
            registry=import_module("inspect_ai.util"),
        )


def load_task(package: Package, word: str, arguments: dict[str, Any]) -> Any:
    """A task of Inspect.

    Args:
        package: The package.
        word: `FILE.py@TASK`, `FILE.py` where the file has one task, or `PACKAGE/TASK`.
        arguments: What the task's function is called with.

    Raises:
        UsageError: There is no such file or task.
        ConfigError: Its code does not load.
    """
    file, _, name = word.partition("@")
    if file.endswith(".py"):
        return _from_file(package, Path(file), name, arguments)
    if "/" not in word:
        raise UsageError(f"{word!r} names no task of Inspect", hint=FORMS)
    try:
        made = package.registry.registry_create("task", word, **arguments)
    except LookupError as error:
        raise UsageError(
            f"Inspect knows no task {word!r}", why="its package is not installed, or has no such task", hint=FORMS
        ) from error
    except Exception as error:
        raise ConfigError("the task does not load", where=word, why=_told(error)) from error
    return made if isinstance(made, package.main.Task) else made(**arguments)


def _from_file(package: Package, path: Path, name: str, arguments: dict[str, Any]) -> Any:
    if not path.is_file():
        raise UsageError("there is no such file", where=str(path), hint=FORMS)
    spec = spec_from_file_location(f"seasoned_inspect_{path.stem}", path.resolve())
    if spec is None or spec.loader is None:
        raise UsageError("the file is no Python module", where=str(path), hint=FORMS)
    try:
        # Data that a task names by a relative path lies beside it, and so do modules that it imports.
        with contextlib.chdir(path.resolve().parent), _first_on_path(str(path.resolve().parent)):
            return _maker(_makers(package, spec), name, path)(**arguments)
    except UsageError:
        raise
    except Exception as error:
        raise ConfigError("the task does not load", where=str(path), why=_told(error)) from error


def _maker(makers: dict[str, Callable[..., Any]], name: str, path: Path) -> Callable[..., Any]:
    if name in makers:
        return makers[name]
    if not name and len(makers) == 1:
        return next(iter(makers.values()))
    what = f"the file has no task {name!r}" if name else "the file has not exactly one task"
    raise UsageError(what, where=str(path), hint=f"Its tasks: {', '.join(sorted(makers)) or 'none'}. {FORMS}")


def _makers(package: Package, spec: ModuleSpec) -> dict[str, Callable[..., Any]]:
    """The functions of a file that are decorated as tasks, by their names."""
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    if spec.loader is not None:
        spec.loader.exec_module(module)
    found: dict[str, Callable[..., Any]] = {}
    for name, value in vars(module).items():
        if not callable(value):
            continue
        with contextlib.suppress(ValueError):
            if package.registry.registry_info(value).type == "task":
                found[name] = value
    return found


@contextlib.contextmanager
def _first_on_path(folder: str) -> Any:
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(folder)


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]
