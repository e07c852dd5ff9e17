"""What graders that are a name and some settings have in common. Raises nothing."""

from typing import Generic, TypeVar

from pydantic import JsonValue

from seasoned.core.value import Value

Config = TypeVar("Config", bound=Value)


class Configured(Generic[Config]):
    """A grader that is known by its name and its settings; it grades in a class of its own."""

    def __init__(self, name: str, config: Config) -> None:
        """Grade under this name, by these settings."""
        self._name, self._config = name, config

    @property
    def name(self) -> str:
        """As `--grader` takes it."""
        return self._name

    @property
    def identity(self) -> dict[str, JsonValue]:
        """Its settings."""
        return {"grader": self._name, **self._config.model_dump(mode="json")}
