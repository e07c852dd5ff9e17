"""Settings: flags, then `SEASONED_*` variables, then `./seasoned.toml`, then the user's own file, then defaults.

Flags are applied by the command line itself. Raises `ConfigError` for settings that do not parse.
"""

import os
import sys
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from seasoned.errors import ConfigError, boundary

SandboxName = Literal["monty", "cpython"]
"""`monty` is a subset of Python and runs everywhere; `cpython` is all of Python, on Linux, held by the kernel."""

STORE_FOLDER = ".seasoned"
STORE_FILE = "store.db"
TOKEN_VARIABLE = "SEASONED_TOKEN"  # noqa: S105, the variable's name, not a token
"""The server's token, for who serves and who asks; a secret is no setting, so that it stands in no file of ours."""


def user_file() -> Path:
    """The user's own settings file, where this system keeps such files."""
    if sys.platform == "darwin":
        home = Path.home() / "Library" / "Application Support"
    elif sys.platform == "win32":
        home = Path(os.environ.get("APPDATA", Path.home()))
    else:
        home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return home / "seasoned" / "seasoned.toml"


class Settings(BaseSettings):
    """What a user can set once instead of with every command."""

    model_config = SettingsConfigDict(env_prefix="SEASONED_", extra="forbid", frozen=True)

    store: str | None = None
    """SQLAlchemy URL or path of the store; None looks for the nearest `.seasoned` folder."""
    book: str = Field(default="default", min_length=1)
    """Name of the skillbook that commands work on."""
    model: str | None = None
    """`provider:model` that learns; None learns without a language model."""
    sub_model: str | None = None
    """`provider:model` that answers the learner's questions about pieces of runs; None means `model`."""
    embedder: str | None = None
    """`provider:model` that finds similar texts by meaning; None finds them by their words alone."""
    base_url: str | None = None
    """Address of an OpenAI-compatible server."""
    budget: str = "200calls"
    """What one run may spend, a hard stop: `2usd`, `200calls`, `500000tokens`, `10min`, or several."""
    redact: str = "secrets"
    """What is replaced before anything is stored or sent: `secrets`, `pii`, `off`, or types with commas between."""
    jobs: int | None = Field(default=None, ge=1)
    """At most so many processes read files at once; None means one for each usable core."""
    budget_tokens: int = Field(default=4000, ge=1)
    """Upper bound on a compiled prompt, the base prompt included."""
    keep_probability: float = Field(default=0.8, gt=0.0, le=1.0)
    """With which probability a skill is kept in the prompt of a live run where neither the skill nor its book has a
    rule; 1 keeps every skill in every run, and then nothing can be said of what single skills do."""
    measure_every: str = "off"
    """How often `seasoned serve` measures what skills do: `24h`, `7d`, or `off`."""
    sandbox: SandboxName = "monty"
    """Where code that a model writes runs."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Earlier sources win."""
        files = [TomlConfigSettingsSource(settings_cls, f) for f in (Path("seasoned.toml"), user_file())]
        return (init_settings, env_settings, dotenv_settings, *files, file_secret_settings)


def load() -> Settings:
    """The settings that hold in the present folder.

    Raises:
        ConfigError: A file does not parse, or a value is unknown or out of range.
    """
    try:
        return Settings()
    except ValidationError as cause:
        first = cause.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        hint = f"settings are {', '.join(Settings.model_fields)}, in seasoned.toml or as SEASONED_…"
        raise ConfigError(f"the setting {name!r} cannot be used", why=first["msg"], hint=hint) from cause
    except ValueError as cause:
        raise ConfigError(
            "a settings file does not parse", where=f"seasoned.toml or {user_file()}", why=str(cause)
        ) from (cause)


def origins() -> dict[str, str]:
    """Where each setting that is not at its default comes from: a variable, or a file.

    Raises:
        ConfigError: A file does not parse.
    """
    found: dict[str, str] = {}
    for file in (user_file(), Path("seasoned.toml")):
        if file.is_file():
            with boundary(ConfigError, "a settings file does not parse", where=str(file)):
                found |= dict.fromkeys(tomllib.loads(file.read_text(encoding="utf-8")), str(file))
    variables = {name.lower(): name for name in os.environ}
    prefix = Settings.model_config.get("env_prefix", "").lower()
    return found | {name: at for name in Settings.model_fields if (at := variables.get(prefix + name)) is not None}


def store_location(chosen: str | None, settings: Settings, folder: Path) -> str:
    """Where the store is: as chosen, as set, in the nearest `.seasoned` folder upward, else a new one here."""
    if chosen or settings.store:
        return chosen or settings.store or ""
    for candidate in (folder, *folder.parents):
        if (candidate / STORE_FOLDER).is_dir():
            return str(candidate / STORE_FOLDER / STORE_FILE)
    return str(folder / STORE_FOLDER / STORE_FILE)
