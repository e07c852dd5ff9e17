"""The page on skillbooks in and out: its commands exist and its limits are those of the code."""

import re
import shlex
from pathlib import Path

import pytest

from seasoned.cli.main import app
from seasoned.curate.wording import MAX_SKILL_CHARS
from seasoned.exchange.brought import MAX_SECTION_CHARS
from seasoned.exchange.document import MAX_DEPTH
from seasoned.exchange.files import MAX_FILE_BYTES
from seasoned.exchange.markdown import parsed

PAGE = (Path(__file__).parents[2] / "docs" / "skillbook-format.md").read_text(encoding="utf-8")
COMMANDS = [re.sub(r" *#.*|\[|\]", "", line) for line in re.findall(r"^(seasoned skills .*)$", PAGE, re.MULTILINE)]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_parses(command: str) -> None:
    _, bound, _ = app.parse_args(shlex.split(command)[1:], exit_on_error=False, print_error=False)
    assert bound is not None


def test_there_are_commands_to_check() -> None:
    assert len(COMMANDS) >= 6


def test_the_limits_are_those_of_the_code() -> None:
    limits = (
        f"Limits: {MAX_FILE_BYTES >> 20} MiB a file, {MAX_SKILL_CHARS:,} characters for a skill's text and for its "
        f"reason, {MAX_SECTION_CHARS} for its section, {MAX_DEPTH} levels of JSON."
    )
    assert limits in " ".join(PAGE.split())


def test_the_example_of_an_edited_file_is_read() -> None:
    (example,) = re.findall(r"```markdown\n(## .*?)```", PAGE, re.DOTALL)
    (skill,) = parsed(example, "page").skills
    assert (skill.status, skill.section, skill.scope.tags) == ("approved", "refunds", ("shop", "mail"))
