"""The rates of a book's skills, from what is stored about them. Raises `StoreError`."""

from seasoned.core.counters import Counters, Rate, rate
from seasoned.core.skillbook import Skillbook
from seasoned.core.value import Value
from seasoned.store.store import Store


class Standing(Value):
    """How one skill has done."""

    counters: Counters
    """Of its wording as it stands."""
    rate: Rate


def standings(store: Store, book: Skillbook) -> dict[str, Standing]:
    """How every skill of a book has done, by skill id."""
    counters = store.ratings.counters(book)
    return {i: Standing(counters=counters[i], rate=rate(counters[i], s.confidence)) for i, s in book.skills.items()}


def rates_of(store: Store, book: Skillbook) -> dict[str, Rate]:
    """The rate of every skill of a book, by skill id."""
    return {skill_id: standing.rate for skill_id, standing in standings(store, book).items()}
