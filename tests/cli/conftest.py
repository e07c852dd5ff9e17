"""Running commands as a user does, in an empty folder with no settings of one's own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from seasoned.cli.main import app, main


@dataclass(frozen=True)
class Done:
    """What a command came to."""

    code: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `seasoned` with these words in a folder of its own."""
    for name in ("STORE", "BOOK", "MODEL", "BASE_URL", "BUDGET", "BUDGET_TOKENS", "REDACT", "JOBS"):
        monkeypatch.delenv(f"SEASONED_{name}", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    # The console of help pages keeps the width that it began with.
    monkeypatch.setattr(app, "console", None)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Done:
        capsys.readouterr()
        app.console = Console()
        try:
            main(list(words))
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0
        shown = capsys.readouterr()
        return Done(code, shown.out, shown.err)

    return run
