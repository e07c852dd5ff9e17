"""`seasoned skills add` and `edit`: a skill in a person's own words, by options or in an editor."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from cyclopts import Parameter

from seasoned.cli.form import Written, form_of, listed, parsed_form, scope_with
from seasoned.cli.keys import drafted, edited_text, has_editor, is_at_terminal
from seasoned.cli.output import note, out
from seasoned.cli.place import Place, opened
from seasoned.core.skill import Skill
from seasoned.curate.review.sitting import Review
from seasoned.errors import UsageError, boundary

_LISTS = {"tool": "tools", "model": "models", "tag": "tags"}


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class About:
    """What is said of a skill besides its wording; an empty text takes away what was said before."""

    section: str | None = None
    """Heading that it belongs under."""
    reason: str | None = None
    """Why it holds."""
    agent: str | None = None
    """The agent that it is for."""
    tool: tuple[str, ...] | None = None
    """A tool that the agent must have; may be given several times."""
    tenant: str | None = None
    """The customer or tenant that alone gets it."""
    model: tuple[str, ...] | None = None
    """A family of models that it is for, such as gpt-5; may be given several times."""
    tag: tuple[str, ...] | None = None
    """A free label; may be given several times."""
    valid_from: date | None = None
    """First day on which it applies, such as 2026-01-31."""
    valid_until: date | None = None
    """Last day on which it applies."""
    file: Path | None = None
    """A filled in form, as an editor gets it, instead of the text and the options."""


def add(text: str = "", /, *, about: About | None = None, place: Place | None = None) -> None:
    """Add a skill by hand; it carries no evidence and says so, and waits for review like any other.

    Args:
        text: The instruction: "When …, do …". Without it your editor opens with a form.
        about: Where it belongs and applies.
        place: Where to add it.
    """
    about = about or About()
    start = _with(Written(text=text), about)
    with _written(start, about, is_whole=bool(text)) as written, opened(place, may_create=True) as here:
        parts = {"reason": written.reason, "section": written.section}
        identity = Review(here.store, here.book).add(written.text, **parts, scope=written.scope)
    out.print(identity)


def edit(skill: str, text: str = "", /, *, about: About | None = None, place: Place | None = None) -> None:
    """Reword a skill, or say anew where it belongs and applies; the earlier wording stays in its history.

    Args:
        skill: The skill's id, or enough of its beginning.
        text: The new wording. Without it, and without options, your editor opens with a form.
        about: Where it belongs and applies.
        place: Where to look.
    """
    about = about or About()
    with opened(place) as here:
        review = Review(here.store, here.book)
        found = review.book().find(skill)
        before = _of(found)
        after = _with(before.model_copy(update={"text": text or before.text}), about)
        with _written(after, about, is_whole=bool(text) or after != before) as written:
            _change(review, found, written)
    note(f"reworded {found.id}")


def edit_at_terminal(review: Review, skill: Skill) -> None:
    """Let a reviewer change a skill: in their editor as a form, without one its wording on one line."""
    if not (has_editor() and is_at_terminal()):
        review.edit(skill.id, edited_text(skill.text))
        return
    with drafted(form_of(_of(skill))) as (text, where):
        _change(review, skill, parsed_form(text, where=where))


def _change(review: Review, skill: Skill, written: Written) -> None:
    is_as_it_was = written.reason == _of(skill).reason
    reason = "" if is_as_it_was else written.reason
    review.edit(skill.id, written.text, reason=reason, section=written.section, scope=written.scope)


def _of(skill: Skill) -> Written:
    reason = " ".join(skill.reason.split())
    return Written(text=skill.text, section=skill.section, reason=reason, scope=skill.scope)


@contextmanager
def _written(start: Written, about: About, *, is_whole: bool) -> Generator[Written]:
    """What is to be written down: as said by options, in a file, or else in an editor, whose draft errors keep."""
    if about.file is not None:
        with boundary(UsageError, "the form cannot be read", where=str(about.file)):
            text = about.file.read_text(encoding="utf-8")
        yield parsed_form(text, where=str(about.file))
    elif is_whole:
        yield start
    elif has_editor():
        with drafted(form_of(start)) as (text, where):
            yield parsed_form(text, where=where)
    else:
        hint = 'give it after the command, as "When …, do …", name a form with --file, or set EDITOR'
        raise UsageError("the skill has no text", why="no editor is set", hint=hint)


def _with(written: Written, about: About) -> Written:
    said = {name: value for name, value in asdict(about).items() if value is not None and name != "file"}
    own = {name: said.pop(name) for name in ("section", "reason") if name in said}
    for name, field in _LISTS.items():
        if name in said:
            said[field] = listed(list(said.pop(name)))
    scope = scope_with(written.scope, said, where="the options") if said else written.scope
    if "section" in own:
        own["section"] = own["section"].strip() or "general"
    return written.model_copy(update={**own, "scope": scope})
