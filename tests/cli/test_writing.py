"""A skill in a person's own words: by options, in a file, and in an editor whose draft errors keep."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.cli.form import Written, form_of, parsed_form
from seasoned.core.operation import skill_id
from seasoned.core.scope import Scope
from seasoned.errors import UsageError
from tests.cli.conftest import Command

LATE = "When late, refuse."
LIMITS = ("--tenant", "acme", "--model", "gpt-5", "--model", "claude", "--tag", "eu", "--valid-until", "2026-12-31")


def skill(command: Command, identity: str) -> dict[str, object]:
    return json.loads(command("skills", "show", identity, "--json").out)


@pytest.fixture
def edits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Set an editor that puts this text in the place of the file's."""

    def set_editor(new: str) -> None:
        script = tmp_path / "editor.sh"
        (tmp_path / "new").write_text(new)
        script.write_text(f'cp "{tmp_path}/new" "$1"\n')
        monkeypatch.setenv("EDITOR", f"sh {script}")
        monkeypatch.delenv("VISUAL", raising=False)

    return set_editor


def test_options_say_where_a_skill_belongs_and_applies(command: Command) -> None:
    words = ("--section", "refunds", "--reason", "house rule", "--agent", "desk", "--tool", "refund")
    identity = command("skills", "add", LATE, *words, *LIMITS).out.strip()
    found = skill(command, identity)
    assert (found["section"], found["reason"]) == ("refunds", "house rule")
    assert found["scope"] == {
        "agent": "desk",
        "tools": ["refund"],
        "tenant": "acme",
        "models": ["claude", "gpt-5"],
        "tags": ["eu"],
        "valid_from": None,
        "valid_until": "2026-12-31",
    }
    shown = command("skills", "show", identity).out
    assert "tenant acme; models claude, gpt-5; tags eu; until 2026-12-31" in shown
    assert "written by hand, no evidence" in shown
    assert "written by hand, no evidence" in command("skills", "list").out


def test_an_edit_keeps_what_it_does_not_name(command: Command) -> None:
    identity = command("skills", "add", LATE, "--section", "refunds", *LIMITS).out.strip()
    command("skills", "edit", identity, "When late, ask.", "--tag", "us", "--tenant", "")
    found = skill(command, identity)
    assert (found["text"], found["section"]) == ("When late, ask.", "refunds")
    scope = Scope.model_validate(found["scope"])
    assert (scope.tenant, scope.tags, scope.models) == ("", ("us",), ("claude", "gpt-5"))
    assert command("skills", "edit", identity, "--section", "returns").code == 0
    assert skill(command, identity)["section"] == "returns"
    assert command("skills", "edit", identity, "--section", "returns").code == 2


@pytest.mark.parametrize("words", [("--valid-from", "tomorrow"), (*LIMITS, "--valid-from", "2027-01-01")])
def test_days_that_cannot_be_are_refused(command: Command, words: tuple[str, ...]) -> None:
    assert command("skills", "add", LATE, *words).code == 2


def test_an_editor_gets_a_form_and_what_it_leaves_is_the_skill(command: Command, edits: Callable[[str], None]) -> None:
    edits("# mine\nsection: refunds\ntags: eu, us\nvalid_from: 2026-01-31\n---\nWhen late, refuse.\n\n# And say why.\n")
    identity = command("skills", "add").out.strip()
    found = skill(command, identity)
    assert (found["section"], found["text"]) == ("refunds", "When late, refuse.\n\n# And say why.")
    assert Scope.model_validate(found["scope"]) == Scope(tags=("eu", "us"), valid_from=date(2026, 1, 31))
    edits("section: returns\n---\nWhen late, ask.\n")
    assert command("skills", "edit", identity).code == 0
    assert skill(command, identity)["text"] == "When late, ask."


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("sektion: x\n---\nWhen late, ask.", "line 1"),
        ("section: x\nno colon\n---\nWhen late, ask.", "line 2"),
        ("valid_from: soon\n---\nWhen late, ask.", "'soon' is no day"),
        ("valid_from: 2026-02-01\nvalid_until: 2026-01-01\n---\nWhen late, ask.", "before it begins"),
        ("section: x\nsection: y\n---\nWhen late, ask.", "is there twice"),
        ("When late, ask.", "has no line ---"),
        ("section: x\n---\n", "has no text"),
    ],
)
def test_a_form_that_does_not_parse_is_said_with_its_line_and_the_draft_is_kept(
    command: Command, edits: Callable[[str], None], form: str, said: str
) -> None:
    edits(form)
    done = command("skills", "add")
    assert done.code == 2
    assert said in done.err
    kept = re.search(r"--file (\S+)", done.err)
    assert kept is not None
    draft = Path(kept[1])
    assert draft.read_text() == form
    draft.write_text(f"section: refunds\n---\n{LATE}\n")
    assert command("skills", "add", "--file", str(draft)).out.strip() == skill_id(LATE)


def test_an_editor_that_changes_nothing_leaves_nothing_behind(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "true")
    monkeypatch.delenv("VISUAL", raising=False)
    done = command("skills", "add")
    assert done.code == 2
    assert "Your draft is kept" not in done.err


def test_without_text_and_without_an_editor_it_says_what_to_do(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.delenv("VISUAL", raising=False)
    done = command("skills", "add")
    assert done.code == 2
    assert "set EDITOR" in done.err


def test_a_text_that_is_a_document_is_refused(command: Command, tmp_path: Path) -> None:
    (tmp_path / "long.md").write_text("---\n" + "x" * 20_001)
    done = command("skills", "add", "--file", "long.md")
    assert done.code == 2
    assert "20,001 characters" in done.err
    assert command("skills", "add", "--file", "nowhere.md").code == 2


NAME = st.text("abcdefgh _-ÄÖ", min_size=1, max_size=8).map(str.strip).filter(bool)
NAMES = st.lists(NAME, max_size=3).map(lambda names: tuple(sorted(set(names))))
LINE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20).map(
    lambda text: " ".join(text.split())
)
SCOPES = st.builds(
    Scope,
    agent=LINE,
    tools=NAMES,
    tenant=LINE,
    models=NAMES,
    tags=NAMES,
    valid_from=st.none() | st.dates(max_value=date(2025, 1, 1)),
    valid_until=st.none() | st.dates(min_value=date(2025, 1, 1)),
)


@given(st.builds(Written, text=LINE, section=LINE.filter(bool), reason=LINE, scope=SCOPES))
def test_a_form_that_is_left_as_it_is_says_what_it_said(written: Written) -> None:
    assert parsed_form(form_of(written), where="it") == written


@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_form_or_a_clear_error(text: str) -> None:
    with suppress(UsageError):
        assert parsed_form(text, where="it").section


@given(st.text(st.characters(exclude_characters="\x00\r", exclude_categories=["Cs"]), max_size=60))
def test_whatever_stands_below_the_dashes_is_the_wording(text: str) -> None:
    assert parsed_form(f"---\n{text}", where="it").text == text.strip()
