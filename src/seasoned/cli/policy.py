"""`seasoned policy`: the rules of review of a skillbook, as a TOML file."""

from pathlib import Path

from pydantic import JsonValue

from seasoned.cli.output import emit_json, emit_table, note, out, safe
from seasoned.cli.place import Place, opened, require_book
from seasoned.core.change import rule_for
from seasoned.core.operation import Operation
from seasoned.core.policy import ONE_PERSON, ReviewPolicy, ReviewRule
from seasoned.core.skillbook import Skillbook
from seasoned.core.text import plural
from seasoned.curate.review.person import this_person
from seasoned.curate.review.policies import apply_policy, approvable, parsed_policy, printed_policy
from seasoned.errors import UsageError, boundary


def show(*, json: bool = False, place: Place | None = None) -> None:
    """Print the skillbook's rules as TOML, as `seasoned policy set` reads them.

    Args:
        json: Print one JSON document instead.
        place: Where to look.
    """
    with opened(place) as here:
        require_book(here)
        policy = here.store.books.read(here.book).policy
    if json:
        emit_json(policy)
        return
    out.print(safe(printed_policy(policy).rstrip("\n")), soft_wrap=True)
    if not policy.rules:
        note("There is no rule: one person approves each skill.")


def set_(file: Path, /, *, reason: str = "", place: Place | None = None) -> None:
    """Give the skillbook the rules of a file; the change is in its log.

    Args:
        file: The TOML file.
        reason: Why the rules are so.
        place: Where to work.
    """
    policy = _read(file)
    operation = Operation(kind="POLICY", author=this_person(), policy=policy, reason=reason)
    with opened(place, may_create=True) as here:
        if here.store.books.read(here.book).policy == policy:
            note(f"{here.book!r} has these rules already.")
            return
        done = here.store.books.append(here.book, [operation])
        book = here.store.books.read(here.book)
    note(f"{book.name!r} has {plural(len(policy.rules), 'rule')} from revision {done.revision} on.")
    if n := len(approvable(book)):
        note(f"`seasoned policy apply` approves {plural(n, 'proposal')} by them.")


def check(file: Path, /, *, json: bool = False, place: Place | None = None) -> None:
    """Say whether a file can be used, and what its rules would do with the proposals of the skillbook.

    Args:
        file: The TOML file.
        json: Print one JSON document.
        place: Where to look.
    """
    policy = _read(file)
    with opened(place, may_create=False) as here:
        book = here.store.books.read(here.book).model_copy(update={"policy": policy})
    rows = [(rule, _fitting(book, rule), _by_itself(book, rule)) for rule in (*policy.rules, ONE_PERSON)]
    if json:
        rules: list[JsonValue] = [
            {**rule.model_dump(mode="json"), "proposals": [*fit], "approved_by_itself": [*own]}
            for rule, fit, own in rows
        ]
        emit_json({"book": book.name, "agreement": policy.agreement, "rules": rules})
        return
    cells = [(str(r.approvals), str(len(fit)), str(len(own)), r.name) for r, fit, own in rows]
    emit_table(("#approvals", "#proposals", "#approved by itself", "rule"), cells, empty="")
    note(f"{file} can be used; the first rule that fits a proposal counts.")


def apply(*, dry_run: bool = False, json: bool = False, place: Place | None = None) -> None:
    """Approve what the skillbook's rules with `approvals = 0` let the policy itself approve.

    Never what is tainted, in conflict, or was decided on by a person before.

    Args:
        dry_run: Say what would be approved; approve nothing.
        json: Print one JSON document.
        place: Where to work.
    """
    with opened(place) as here:
        require_book(here)
        book = here.store.books.read(here.book)
        may = approvable(book)
        approved = [skill for skill, _ in may] if dry_run else list(apply_policy(here.store.books, here.book))
    done = "would be approved" if dry_run else "approved"
    if json:
        emit_json({"book": book.name, "dry_run": dry_run, "approved": [skill.id for skill in approved]})
    for skill in approved:
        note(f"{done} {skill.id} by {rule_for(book.policy, skill).name!r}")
    note(f"{plural(len(approved), 'proposal')} {done} by the rules of {book.name!r}.")


def _read(file: Path) -> ReviewPolicy:
    with boundary(UsageError, "the policy cannot be read", where=str(file)):
        text = file.read_text(encoding="utf-8")
    return parsed_policy(text, where=str(file))


def _fitting(book: Skillbook, rule: ReviewRule) -> list[str]:
    return [skill.id for skill in book.with_status("proposed") if rule_for(book.policy, skill) == rule]


def _by_itself(book: Skillbook, rule: ReviewRule) -> list[str]:
    return [skill.id for skill, by in approvable(book) if by == rule]
