"""The placebo: as many items of the same length that say nothing, to tell what skills do from what length does.

The sentences stand in `placebo.md`; they are well formed, ask for nothing and have nothing to do with any book. Which
of them stand where follows from the seed and the lengths alone. Pure. Raises `PromptError` where no sentences come
near enough to the length of the skills.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import permutations

from seasoned.compile.layout import Entry, Layout
from seasoned.core.ids import content_id, sha256_hex
from seasoned.errors import PromptError
from seasoned.llm.prompt_file import load

TOLERANCE = 0.02
"""A placebo's tokens differ by at most this share from those of the prompt in whose place it stands."""
TRIES = 12
"""So often the last items are drawn anew to come nearer to the length."""


def as_placebo(
    layout: Layout, entries: Sequence[Entry], seed: int, budget_tokens: int
) -> tuple[Layout, tuple[Entry, ...]]:
    """Neutral items in the place of skills.

    Args:
        layout: Of the prompt.
        entries: The skills in it, at least one.
        seed: Which sentences are drawn.
        budget_tokens: For the whole prompt.

    Returns:
        The layout, its sections named neutrally, and as many entries, whose ids are no skill's.

    Raises:
        PromptError: The length cannot be met, since the skills are shorter than any sentence.
    """
    goal = layout.tokenizer.count(layout.text(entries))
    names = {section: f"part {number}" for number, section in enumerate(layout.sections, start=1)}
    neutral = replace(layout, sections=tuple(names.values()))
    pool = _Pool(neutral, seed)
    ordered = sorted(entries, key=lambda e: (layout.sections.index(e.section) if e.section else 0, e.place))
    drawn: list[Entry] = []
    owed = 0
    for entry in ordered:
        drawn.append(pool.draw(replace(entry, section=names.get(entry.section, "")), entry.n_tokens + owed))
        owed += entry.n_tokens - drawn[-1].n_tokens
    for number in range(TRIES):
        n_tokens = neutral.tokenizer.count(neutral.text(drawn))
        if n_tokens <= budget_tokens and abs(n_tokens - goal) <= TOLERANCE * goal:
            return neutral, tuple(drawn)
        place = -1 - number % len(drawn)
        drawn[place] = pool.draw(drawn[place], drawn[place].n_tokens + goal - n_tokens)
    raise PromptError(
        "no placebo of the same length can be made",
        why=f"the prompt takes {goal} tokens and the nearest placebo {neutral.tokenizer.count(neutral.text(drawn))}",
        hint="the skills are shorter than any sentence that says nothing; compile more of them, or without --placebo",
    )


@dataclass(slots=True)
class _Pool:
    """Sentences, drawn by a seed."""

    layout: Layout
    seed: int
    n_drawn: int = 0
    by_size: dict[int, list[str]] = field(init=False)

    def __post_init__(self) -> None:
        self.by_size = _by_size(self.layout)

    def draw(self, entry: Entry, n_tokens: int) -> Entry:
        """An entry in the place of another, as near to so many tokens as the sentences allow."""
        made = best = self._made(entry, n_tokens)
        aim = n_tokens
        for _ in range(TRIES):
            if best.n_tokens == n_tokens:
                break
            # Sentences behind one another count a little less or more than each as an item of its own.
            aim += n_tokens - made.n_tokens
            made = self._made(entry, aim)
            best = min(best, made, key=lambda each: abs(each.n_tokens - n_tokens))
        return best

    def _made(self, entry: Entry, n_tokens: int) -> Entry:
        self.n_drawn += 1
        sizes: list[int] = []
        left = n_tokens
        while left > max(self.by_size):
            # By halves, so that no remainder is smaller than the smallest sentence.
            sizes.append(self._nearest(left // 2))
            left -= sizes[-1]
        sizes.append(self._nearest(left))
        text = self.layout.rendering.item(" ".join(self._one_of(size, n) for n, size in enumerate(sizes)))
        n_text = self.layout.tokenizer.count(text)
        return replace(entry, id=content_id("placebo", [self.n_drawn, text]), text=text, n_tokens=n_text)

    def _nearest(self, n_tokens: int) -> int:
        return min(self.by_size, key=lambda size: (abs(size - n_tokens), size))

    def _one_of(self, size: int, part: int) -> str:
        texts = self.by_size[size]
        return texts[int(sha256_hex(f"{self.seed} {self.n_drawn} {part}".encode()), 16) % len(texts)]


def _by_size(layout: Layout) -> dict[int, list[str]]:
    """Sentences, and two of them behind one another, by the tokens that they take as an item."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    for text in _texts():
        found[layout.tokenizer.count(layout.rendering.item(text))].append(text)
    return found


@cache
def _texts() -> tuple[str, ...]:
    sentences = [line.removeprefix("- ") for line in load("seasoned.compile", "placebo").body.splitlines()]
    return (*sentences, *(f"{one} {other}" for one, other in permutations(sentences, 2)))
