"""`seasoned skills export` and `import`: skillbooks out of the store and into it."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from rich.text import Text

from seasoned.cli.output import emit_json, emit_table, note, say
from seasoned.cli.place import Open, Place, opened, require_book
from seasoned.core.skill import SkillStatus
from seasoned.core.skillbook import Skillbook
from seasoned.core.text import plural
from seasoned.curate.review.person import this_person
from seasoned.errors import SkillbookError, UsageError, boundary
from seasoned.exchange import agent_skills, markdown, section
from seasoned.exchange.agent_skills import OnePer
from seasoned.exchange.brought import FormatName, LeftOut
from seasoned.exchange.exporting import Choice, Chosen, as_json, chosen, for_agents
from seasoned.exchange.files import read_bytes, refuse_unreadable, replace, target_of
from seasoned.exchange.folders import write
from seasoned.exchange.importing import Imported, ImportOptions, import_skills
from seasoned.exchange.reading import read

ExportFormat = Literal["json", "markdown", "agent-skills", "section"]
MOST_SHOWN = 10


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Leaving:
    """What leaves the book."""

    status: tuple[SkillStatus, ...] = ()
    """Only skills that stand so; can be given several times."""
    tag: tuple[str, ...] = ()
    """Only skills with one of these tags; can be given several times."""
    no_history: bool = False
    """Only json: leave the log out, and write the skills as they stand."""
    one_per: OnePer = "section"
    """Only agent-skills: what gets a folder of its own."""
    remove: bool = False
    """Only section: take the section out of the file again."""


def export(
    *,
    form: Annotated[ExportFormat, Parameter(name="--format")] = "json",
    output: Path | None = None,
    leaving: Leaving | None = None,
    place: Place | None = None,
) -> None:
    """Write a skillbook to standard output, a file or a folder.

    Args:
        form: json holds everything and comes back as it was; markdown is for a person to read, edit and import;
            agent-skills writes a folder with a SKILL.md for each section; section keeps the skills between two marks of
            a file such as AGENTS.md and leaves the rest of it alone. The last two hold approved skills only.
        output: File to write, or folder for agent-skills; without it standard output.
        leaving: Which skills, and how.
        place: Where to look.
    """
    leaving = leaving or Leaving()
    _refuse_unfit(form, output, leaving)
    if leaving.remove and output is not None:
        _remove(output)
        return
    with opened(place) as here:
        require_book(here)
        book = here.store.books.read(here.book)
        choice = Choice(statuses=leaving.status, tags=leaving.tag)
        today = datetime.now(UTC).date()
        found = for_agents(book, choice, today) if form in ("agent-skills", "section") else chosen(book, choice)
        _write(here, book, found, form, output, leaving)
        where = "standard output" if output is None else output.name
        detail = {"format": form, "file": where, "revision": book.revision, "skills": len(found.skills)}
        here.store.audit.record(this_person().name, "export", here.book, detail)
    _tell_left_out(found.left_out)
    to = "" if output is None else f" to {output}"
    note(f"{plural(len(found.skills), 'skill')} of {book.name!r}, revision {book.revision}, written{to}")


def import_(
    path: Path,
    /,
    *,
    form: Annotated[Literal["auto"] | FormatName, Parameter(name="--format")] = "auto",
    keep_status: bool = False,
    update: bool = False,
    dry_run: bool = False,
    json: bool = False,
    place: Place | None = None,
) -> None:
    """Bring skills into a skillbook: all that the file holds at once, or nothing.

    A json export with its history makes a book that is not there yet what it was. Everything else comes in as proposals
    of yours; skills that the book has already stay as they are and get the evidence that they did not have.

    Args:
        path: An export in json or markdown, a text file with a section, a SKILL.md or a folder of Agent Skills, or a
            file of Kayba's ACE or of the ACE paper.
        form: Format of the file; auto finds it by the content.
        keep_status: Decide on new skills as the file does; what is tainted still waits for a person.
        update: Reword skills that are there as the file does, by their ids.
        dry_run: Only say what would come of it.
        json: Print one JSON document.
        place: Where to bring them.
    """
    source = read(path, None if form == "auto" else form)
    with opened(place, may_create=not dry_run) as here:
        options = ImportOptions(keep_status=keep_status, update=update, is_dry=dry_run)
        imported = import_skills(here.store, here.book, source, this_person(), options)
    if json:
        emit_json(imported)
    else:
        rows = [(each.skill_id, each.what, each.status, each.where, each.note) for each in imported.skills]
        emit_table(("id", "what", "status", "where", "remarks"), rows, empty="The file brings no skill in.")
    _tell(imported)


def _refuse_unfit(form: ExportFormat, output: Path | None, leaving: Leaving) -> None:
    if form == "agent-skills" and output is None:
        raise UsageError("Agent Skills are folders", hint="name the folder that is to hold them with --output")
    if leaving.remove and (form != "section" or output is None):
        raise UsageError("only a section can be taken out of a file", hint="give --format section and --output FILE")


def _write(
    here: Open, book: Skillbook, found: Chosen, form: ExportFormat, output: Path | None, leaving: Leaving
) -> None:
    name, revision, skills = book.name, book.revision, found.skills
    if form == "agent-skills" and output is not None:
        done = write(output, agent_skills.rendered(name, revision, skills, one_per=leaving.one_per), name)
        note(f"{plural(len(done.folders), 'folder')}: {', '.join(done.folders) or 'none'}")
        if done.removed:
            note(f"taken away, as no skill is left in them: {', '.join(done.removed)}")
    elif form == "section" and output is not None:
        before = _bytes_of(output)
        replace(output, section.written(before, name, revision, skills, str(output)))
    else:
        text = _text(here, book, found, form, leaving)
        refuse_unreadable(text.encode(), "standard output" if output is None else str(output))
        if output is None:
            sys.stdout.write(text)
            sys.stdout.flush()
        else:
            replace(output, text.encode())


def _text(here: Open, book: Skillbook, found: Chosen, form: ExportFormat, leaving: Leaving) -> str:
    if form == "markdown":
        return markdown.rendered(book.name, book.revision, found.skills)
    if form == "section":
        return section.content(book.name, book.revision, found.skills) + "\n"
    is_whole = not leaving.status and not leaving.tag
    if not is_whole and not leaving.no_history:
        note("The history is left out, as not all skills were chosen.")
    events = tuple(here.store.books.events(book.name)) if is_whole and not leaving.no_history else None
    return as_json(book, found.skills, events)


def _remove(output: Path) -> None:
    before = _bytes_of(output)
    if before is None:
        raise SkillbookError("there is no such file", where=str(output))
    after = section.removed(before, str(output))
    if after is None:
        with boundary(SkillbookError, "the file cannot be removed", where=str(output)):
            target_of(output).unlink()
        note(f"{output} held nothing but the section and is removed")
    else:
        replace(output, after)
        note(f"the section is taken out of {output}")


def _bytes_of(output: Path) -> bytes | None:
    return read_bytes(output) if target_of(output).exists() else None


def _tell(imported: Imported) -> None:
    would = "would come in" if imported.is_dry else "came in"
    note(f"{imported.path}: {imported.format}, as {imported.why}")
    parts = {
        "new": imported.n("added"),
        "as they were": imported.n("restored"),
        "reworded": imported.n("reworded"),
        "with more evidence": imported.n("agreed"),
        "known already": imported.n("known"),
        "left out": len(imported.left_out),
    }
    said = ", ".join(f"{count:,} {word}" for word, count in parts.items() if count) or "nothing"
    note(f"{would}: {said}; {imported.book!r} at revision {imported.revision}")
    _tell_left_out(imported.left_out)
    if tainted := [each for each in imported.skills if each.taints and each.what != "known"]:
        say(Text(f"{plural(len(tainted), 'skill')} to be read with care:", style="yellow"))
        for each in tainted[:MOST_SHOWN]:
            note(f"  {each.skill_id} ({each.status}): {'; '.join(each.taints)}")
    if imported.n_unknown_traces:
        note(f"evidence of {plural(imported.n_unknown_traces, 'trace')} that this store does not have: not checked")
    if counted := [each for each in imported.skills if each.helpful is not None or each.harmful is not None]:
        helpful, harmful = sum(each.helpful or 0 for each in counted), sum(each.harmful or 0 for each in counted)
        note(f"counted there: helpful {helpful:,}, harmful {harmful:,}; kept in the reasons, not as ratings")


def _tell_left_out(left_out: Iterable[LeftOut]) -> None:
    all_of_them = tuple(left_out)
    for each in all_of_them[:MOST_SHOWN]:
        note(f"  left out  {each.where}: {each.why}")
    if len(all_of_them) > MOST_SHOWN:
        note(f"  … and {len(all_of_them) - MOST_SHOWN} more; --json lists all that an import leaves out")
