"""A pattern is found in the answer.

Patterns are those of Rust's `regex`, which pydantic brings along: they match in time linear in the answer, whatever the
pattern, so that no answer can hang a grader as it can with Python's own. For that they have no look-around and no
back-references. `(?i)`, `(?s)` and `(?m)` stand at the beginning of a pattern as in Python.

Raises `UsageError` for a pattern in the settings that does not parse, and `ConfigError` for a task without a pattern,
or with one that does not parse.
"""

from collections.abc import Mapping

from pydantic_core import SchemaError, SchemaValidator, ValidationError
from pydantic_core.core_schema import str_schema

from seasoned.core.value import Value
from seasoned.errors import UsageError
from seasoned.evaluate.attempt import Attempted, Grade, GradedTask
from seasoned.evaluate.graders.configured import Configured
from seasoned.evaluate.graders.expected import answers_of, check, lacking
from seasoned.plugins import configured

NAME = "regex"
_HINT = "patterns match in linear time: they have no look-around and no back-references"


class RegexConfig(Value):
    """Which pattern, and where it has to be found."""

    pattern: str = ""
    """Empty takes it from the reference; of several one has to be found."""
    field: str = ""
    """Where in the reference it stands, with dots between names; empty is the reference itself."""
    ignore_case: bool = False
    whole: bool = False
    """The pattern has to match the whole answer, but for space around it."""


class Regex(Configured[RegexConfig]):
    """Looks for patterns."""

    def __init__(self, config: RegexConfig) -> None:
        """Look by these settings.

        Raises:
            UsageError: The pattern does not parse.
        """
        super().__init__(NAME, config)
        try:
            self._patterns = (self._parsed(config.pattern),) if config.pattern else ()
        except SchemaError as error:
            raise UsageError(
                f"the pattern of the grader {NAME!r} does not parse", where=config.pattern, why=_why(error), hint=_HINT
            ) from None

    async def grade(self, task: GradedTask, attempted: Attempted) -> Grade:
        """Passes where a pattern is found."""
        found = any(_is_found(pattern, attempted.answer.strip()) for pattern in self._patterns or self._of(task))
        return check(NAME, found, "the answer does not have the expected form")

    def _of(self, task: GradedTask) -> tuple[SchemaValidator, ...]:
        try:
            return tuple(self._parsed(pattern) for pattern in answers_of(task, self._config.field, NAME))
        except SchemaError as error:
            raise lacking(task, NAME, f"its pattern does not parse: {_why(error)}", _HINT) from None

    def _parsed(self, pattern: str) -> SchemaValidator:
        cased = f"(?i:{pattern})" if self._config.ignore_case else pattern
        anchored = rf"\A(?:{cased})\z" if self._config.whole else cased
        return SchemaValidator(str_schema(pattern=anchored, regex_engine="rust-regex"))


def _is_found(pattern: SchemaValidator, answer: str) -> bool:
    try:
        pattern.validate_python(answer)
    except ValidationError:
        return False
    return True


def _why(error: SchemaError) -> str:
    """The last line of what the parser says; those before draw the pattern."""
    return str(error).strip().splitlines()[-1].removeprefix("error: ").strip()


def make(settings: Mapping[str, str]) -> Regex:
    """The grader with these settings."""
    return Regex(configured(RegexConfig, settings, f"grader {NAME!r}"))
