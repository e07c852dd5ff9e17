"""What is imported before it is needed: a plain command or import must not pay for arrays, weights or providers."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "fastembed",
    "gepa",
    "inspect_ai",
    "jsonschema_rs",
    "mcp",
    "numpy",
    "openai",
    "pydantic_ai",
    "tau2",
    "uvicorn",
    "wordllama",
)

RUN = f"""
import sys
from seasoned.cli.main import main
sys.argv = ["seasoned", *sys.argv[1:]]
try:
    main()
finally:
    print("imported:", *sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)
"""


def imported(code: str, *args: str, cwd: Path | None = None) -> list[str]:
    """The heavy libraries that are imported in the end, in a process of its own."""
    done = subprocess.run([sys.executable, "-c", code, *args], check=False, cwd=cwd, capture_output=True, text=True)
    last = done.stderr.splitlines()[-1]
    assert last.startswith("imported:"), done.stderr
    return last.split()[1:]


@pytest.mark.parametrize(
    "statement",
    [
        "import seasoned",
        "import seasoned; [getattr(seasoned, name) for name in dir(seasoned)]",
        "import seasoned.cli.main",
    ],
)
def test_an_import_brings_nothing_heavy(statement: str) -> None:
    code = f"{statement}\nimport sys; print('imported:', *sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    assert imported(code) == []


@pytest.mark.parametrize(
    "command",
    [
        "--help",
        "learn --help",
        "exemplars --help",
        "eval --help",
        "eval compare --help",
        "eval grade --help",
        "eval run --help",
        "eval traces --help",
        "eval uplift --help",
        "prompt canary --help",
        "skills backtest --help",
    ],
)
def test_help_brings_nothing_heavy(command: str) -> None:
    assert imported(RUN, *command.split()) == []


def test_learning_without_a_model_brings_nothing_heavy(tmp_path: Path) -> None:
    ask = {"role": "user", "content": "Where is my parcel?"}
    say = {"role": "assistant", "content": "It is on its way."}
    runs = [{"messages": [ask, say], "task_id": f"t{n}", "success": n % 2 == 0} for n in range(4)]
    (tmp_path / "runs.jsonl").write_text("".join(json.dumps(run) + "\n" for run in runs), encoding="utf-8")
    assert imported(RUN, "learn", "runs.jsonl", "--store", "s.db", cwd=tmp_path) == []


def test_a_heavy_library_would_be_seen() -> None:
    assert imported("import numpy, sys; print('imported:', *({'numpy'} & set(sys.modules)), file=sys.stderr)") == [
        "numpy"
    ]
