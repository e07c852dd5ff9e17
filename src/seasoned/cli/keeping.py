"""`seasoned skills keep`: in which share of live runs skills are kept in the prompt, so that their effect shows."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number
from pydantic import JsonValue
from rich.text import Text

from seasoned.cli.output import emit_json, emit_table, note
from seasoned.cli.place import Open, Place, opened, require_book
from seasoned.core.skillbook import Skillbook
from seasoned.core.text import plural, shortened
from seasoned.curate.review.person import this_person
from seasoned.errors import UsageError
from seasoned.store.keeping import ALWAYS, BOOK, ON_TRIAL, KeepingRule

_SHOWN_CHARS = 100
Probability = Annotated[float | None, Parameter(validator=Number(gt=0, lte=1))]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Kept:
    """How skills are kept; one of them."""

    on_trial: bool = False
    """In half of all runs, which shows soonest what a skill does."""
    always: bool = False
    """In every run, for what no run may lack; then nothing can be estimated."""
    probability: Probability = None
    """In this share of runs, above 0 and at most 1."""
    as_the_book: bool = False
    """As the book's other skills are; the skill's own rule goes."""
    book_default: Probability = None
    """Without skills: in which share of runs all that have no rule of their own are kept."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was said."""
        return self == Kept()

    def said(self) -> float | None:
        """The one probability said of skills; None: the book's. Raises `UsageError` for none or several."""
        words: list[float | None] = [*[ON_TRIAL] * self.on_trial, *[ALWAYS] * self.always]
        words += [self.probability] if self.probability is not None else []
        words += [None] if self.as_the_book else []
        if len(words) != 1 or self.book_default is not None:
            raise UsageError(
                "one thing is said of how skills are kept",
                hint="give one of --on-trial, --always, --probability and --as-the-book; --book-default takes no skill",
            )
        return words[0]


def keep(
    *skills: str, kept: Kept | None = None, reason: str = "", json: bool = False, place: Place | None = None
) -> None:
    """Say in which share of live runs skills are kept in the prompt; without anything said, list that.

    Runs differ in which skills they were handed, by chance alone, so that `seasoned eval uplift` can tell what each
    skill does. A skill without a rule is kept as its book says, a book without one as SEASONED_KEEP_PROBABILITY, 0.8.

    Args:
        skills: Ids, or enough of their beginnings.
        kept: How they are kept.
        reason: Why.
        json: Print one JSON document: the rules as they stand then.
        place: Where to look.
    """
    kept = kept or Kept()
    with opened(place) as here:
        require_book(here)
        book = here.store.books.read(here.book)
        if skills or not kept.is_empty:
            _say(here, book, skills, kept, reason)
        rules = here.store.keeping.of(here.book).rules
    if json:
        emit_json(_document(here, rules))
    elif not skills and kept.is_empty:
        _list(here, book, rules)


def _say(here: Open, book: Skillbook, skills: tuple[str, ...], kept: Kept, reason: str) -> None:
    by, keeping = this_person().name, here.store.keeping
    if not skills:
        if kept.book_default is None or kept != Kept(book_default=kept.book_default):
            raise UsageError("no skill was named", hint="name skills, or give --book-default alone")
        keeping.keep(here.book, [BOOK], kept.book_default, by=by, reason=reason)
        note(f"skills of {here.book!r} without a rule of their own are kept in {_share(kept.book_default)}")
        return
    ids = [*dict.fromkeys(book.find(typed).id for typed in skills)]
    probability = kept.said()
    if probability is None:
        gone = keeping.keep_as_the_book(here.book, ids, by=by, reason=reason)
        note(f"{plural(len(gone), 'rule')} taken away; the skills are kept as the book's others are")
        return
    keeping.keep(here.book, ids, probability, by=by, reason=reason)
    note(f"{plural(len(ids), 'skill')} kept in {_share(probability)}")
    if probability == ALWAYS:
        note("  Nothing can be estimated of what they do.", "dim")


def _share(probability: float) -> str:
    return "every run" if probability == ALWAYS else f"{100 * probability:g} % of runs, by chance"


def _document(here: Open, rules: tuple[KeepingRule, ...]) -> dict[str, JsonValue]:
    return {
        "book": here.book,
        "otherwise": here.settings.keep_probability,
        "rules": [rule.model_dump(mode="json") for rule in rules],
    }


def _list(here: Open, book: Skillbook, rules: tuple[KeepingRule, ...]) -> None:
    def row(rule: KeepingRule) -> tuple[str | Text, ...]:
        text = book.skills[rule.skill_id].text if rule.skill_id in book.skills else "all without a rule of their own"
        name = rule.skill_id or Text(f"(the book {rule.book})", "dim")
        when = f"{rule.at:%Y-%m-%d %H:%M}"
        return name, f"{rule.probability:g}", when, rule.by, shortened(rule.reason, 60), shortened(text, _SHOWN_CHARS)

    otherwise = _share(here.settings.keep_probability)
    empty = f"No rule in {here.book!r}: every skill is kept in {otherwise}, as SEASONED_KEEP_PROBABILITY says."
    emit_table(("skill", "#kept", "since", "by", "why", "text"), [row(rule) for rule in rules], empty=empty)
    if rules and all(rule.skill_id != BOOK for rule in rules):
        note(f"All others are kept in {otherwise}.", "dim")
