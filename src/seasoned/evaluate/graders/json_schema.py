"""The answer is JSON that fits a JSON schema (drafts 4 to 2020-12), needs the extra `jsonschema`.

The schema comes from the settings, as JSON text or as a file, or from the reference. A `$ref` that points outside of it
is refused: nothing is fetched. Its patterns match in linear time, so they have no look-around and no back-references.

Source: json-schema.org, as jsonschema-rs implements it. Raises `UsageError` for a schema in the settings that is none,
and `ConfigError` for a task without a schema, or with one that is none, and where the extra is not installed.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from pydantic import JsonValue
from pydantic_core import from_json

from seasoned.core.ids import canonical_json, sha256_hex
from seasoned.core.text import shortened
from seasoned.core.value import Value
from seasoned.errors import ConfigError, UsageError, boundary
from seasoned.evaluate.attempt import Attempted, Grade, GradedTask
from seasoned.evaluate.graders.configured import Configured
from seasoned.evaluate.graders.expected import check, lacking, wanted
from seasoned.plugins import configured

if TYPE_CHECKING:
    from jsonschema_rs import Validator

NAME = "json_schema"
_FENCED = re.compile(r"```(?:json)?[ \t]*\n(.*)\n[ \t]*```", re.DOTALL)
_WHY_CHARS = 200


class JsonSchemaConfig(Value):
    """Where the schema is."""

    schema_text: str = ""
    """JSON text of the schema."""
    file: str = ""
    """File that holds it."""
    field: str = ""
    """Where in the reference it stands, with dots between names; empty is the reference itself."""


class JsonSchema(Configured[JsonSchemaConfig]):
    """Checks an answer's shape."""

    def __init__(self, config: JsonSchemaConfig) -> None:
        """Read the schema, if the settings name one.

        Raises:
            UsageError: It is none.
        """
        super().__init__(NAME, config)
        self._schema = _schema(config)
        if self._schema is not None:
            with boundary(UsageError, f"the schema of the grader {NAME!r} is none", where=config.file or None):
                _validator(self._schema)

    @property
    def identity(self) -> dict[str, JsonValue]:
        """The schema's content, or where the reference has it."""
        content = "" if self._schema is None else sha256_hex(canonical_json(self._schema))
        return {"grader": NAME, "schema": content, "field": self._config.field}

    async def grade(self, task: GradedTask, attempted: Attempted) -> Grade:
        """Passes where the answer, alone or in one fence, is JSON that fits."""
        schema = wanted(task, self._config.field, NAME) if self._schema is None else self._schema
        try:
            validator = _validator(schema)
        except ValueError as error:
            raise lacking(task, NAME, f"its schema is none: {_why(error)}") from None
        text = attempted.answer.strip()
        fenced = _FENCED.fullmatch(text)
        try:
            answer = from_json(fenced[1] if fenced else text, allow_inf_nan=False)
        except ValueError:
            return check(NAME, False, "the answer is no JSON")
        wrong = next(iter(validator.iter_errors(answer)), None)
        # What the schema asks for may be the reference: only the place is named, which is the answer's own.
        where = "" if wrong is None else shortened("/".join(map(str, wrong.instance_path)), _WHY_CHARS)
        return check(NAME, wrong is None, f"the answer does not have the expected shape{where and f' at {where}'}")


def _schema(config: JsonSchemaConfig) -> JsonValue:
    if config.schema_text and config.file:
        raise UsageError(f"the grader {NAME!r} takes one schema", why="both `schema_text` and `file` are set")
    if not config.schema_text and not config.file:
        return None
    with boundary(UsageError, f"the schema of the grader {NAME!r} cannot be read", where=config.file or None):
        return from_json(config.schema_text or Path(config.file).read_text(encoding="utf-8"))


def _validator(schema: JsonValue) -> "Validator":
    """Raises `ValueError` where the schema is none, or refers to something outside of it."""
    try:
        from jsonschema_rs import RegexOptions, validator_for
    except ImportError:
        raise ConfigError(
            f"the grader {NAME!r} needs a package that is not installed",
            hint="Install it: pip install 'seasoned[jsonschema]'",
        ) from None
    if not isinstance(schema, (dict, bool)):
        raise ValueError("a schema is an object")  # noqa: TRY004, a value from outside, like all that is wrong with it
    return validator_for(schema, retriever=_refused, pattern_options=RegexOptions())


def _refused(uri: str) -> NoReturn:
    raise ValueError(f"{uri} is not in it, and nothing is fetched")


def _why(error: ValueError) -> str:
    return shortened(str(error).partition("\n")[0], _WHY_CHARS)


def make(settings: Mapping[str, str]) -> JsonSchema:
    """The grader with these settings."""
    return JsonSchema(configured(JsonSchemaConfig, settings, f"grader {NAME!r}"))
