"""What a wording says, as far as words show it: whether two word one rule, or one says the other's opposite.

Made for precision: two skills that stand side by side are seen by a reviewer, two rules that became one are not. So
numbers, negations, names of tools and words in capitals never count as the same when they differ, and the order of what
is to be done counts. English words of form are known; in other languages only equal words are equal. Pure; raises
nothing.
"""

import re
from functools import lru_cache
from typing import NamedTuple

MAX_SKILL_CHARS = 20_000
"""So long may the text of a skill be: what is longer is a document, which no prompt has room for."""

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|\w+(?:['\u2019]\w+)*|[<>≤≥=%$€£,;.:()]")
_NAME = re.compile(r"\b(?:[A-Za-z]\w*_\w+|[a-z]+[A-Z]\w*|[A-Za-z]\w*(?=\())")
_CALLED = re.compile(r"(?<!not )\bcall(?:s|ing)?\s+(?:the\s+|tool\s+)*`?([A-Za-z_]\w+)")
"""A tool that is to be called."""
_LITERAL = re.compile(r"\b[A-Z][A-Z\d]+(?:[ -][A-Z][A-Z\d]+)*\b|\"[^\"\n]{1,60}\"|“[^”\n]{1,60}”")
_SEPARATORS = frozenset(",;.:()")
_ENDS = _SEPARATORS | {"then"}
_TRIGGERS = frozenset({"when", "whenever", "if", "once", "where"})
_NEGATIONS = frozenset({"not", "never", "no", "without", "cannot", "nor", "neither", "unless", "except"})
_FORM = frozenset(
    re.findall(
        r"\w+",
        "a an the this that these those is are was were be been being it its their his her your you they he she i we "
        "our to of in on at for by with will would should must shall do does did has have had there as",
    )
)
_FILLERS = frozenset({"please", "politely", "kindly", "always", "instead", "simply", "just", "also", "directly", "so"})
_NUMBER_WORDS = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "twelve": "12", "fourteen": "14", "fifteen": "15", "twenty": "20", "thirty": "30", "forty": "40",
    "fifty": "50", "sixty": "60", "ninety": "90",
}  # fmt: skip
_SAME = {
    "client": "customer", "user": "customer",
    "declin": "refus", "deny": "refus", "deni": "refus", "reject": "refus",
    "approv": "accept", "grant": "accept", "allow": "accept",
    "verify": "check", "verifi": "check", "inform": "tel", "notify": "tel", "notifi": "tel",
    "expir": "over", "past": "over", "invok": "cal", "use": "cal", "using": "cal",
}  # fmt: skip
"""Words, without their endings, that mean the same in an instruction."""
_OPPOSITES = frozenset({"refus", "accept"})


class Terms(NamedTuple):
    """What must not get lost or change when a rule is worded anew."""

    numbers: frozenset[str]
    names: frozenset[str]
    """Of tools and fields: `snake_case`, `camelCase` or before a bracket."""
    literals: frozenset[str]
    """Words in capitals and quoted ones: the values that a condition compares with."""
    is_negated: bool


class _Clause(NamedTuple):
    is_trigger: bool
    words: tuple[str, ...]


@lru_cache(maxsize=20_000)
def terms(text: str) -> Terms:
    """The parts of a wording that carry its meaning whatever words stand around them."""
    tokens = _tokens(text)
    return Terms(
        numbers=frozenset(t for t in tokens if t[0].isdigit()),
        names=frozenset(_NAME.findall(text)),
        literals=frozenset(found.strip('"“”').casefold() for found in _LITERAL.findall(text)),
        is_negated=not _NEGATIONS.isdisjoint(tokens),
    )


@lru_cache(maxsize=20_000)
def plain(text: str) -> tuple[str, ...]:
    """The words in order without words of form, endings, case and punctuation: equal ones are one wording."""
    return tuple(_stem(token) for token in _tokens(text) if token not in _FORM and token not in _SEPARATORS)


def is_same_rule(one: str, other: str) -> bool:
    """Whether two wordings are one rule by the strict reading of words alone, for where no model can be asked.

    They must have the same triggers and, in the same order, the same things to do. Words of form, politeness, a few
    synonyms, and whether the trigger stands first or last make no difference.
    """
    return terms(one)[:3] == terms(other)[:3] and _clauses(one) == _clauses(other)


def is_opposed(one: str, other: str) -> str:
    """How two wordings contradict each other as far as words show it; empty if they do not.

    Only such as read the same but for a negation, for opposite verbs, or for their numbers.
    """
    if terms(one).names != terms(other).names or terms(one).literals != terms(other).literals:
        return ""
    mine, others = _words(one), _words(other)
    if mine == others or _without_polarity(mine) != _without_polarity(others):
        return ""
    if terms(one).numbers != terms(other).numbers:
        return "it reads the same but for the numbers"
    return "it reads the same but for a negation or an opposite"


def but_for_polarity(text: str) -> tuple[str, ...]:
    """The words that carry meaning, in order, negations left out and opposites alike.

    Equal where `is_opposed` finds but a negation or an opposite, so that such wordings are found among many without
    comparing all pairs.
    """
    return tuple("±" if word in _OPPOSITES else word for word in _words(text) if word not in _NEGATIONS)


def is_other_case(one: str, other: str) -> bool:
    """Whether each names a value that the other does not: rules about different cases, however alike they read."""
    mine, others = terms(one).literals, terms(other).literals
    return bool(mine - others) and bool(others - mine)


def likeness(one: str, other: str) -> float:
    """How many words two wordings share, in [0, 1]: twice the shared ones by all of them (Dice's coefficient)."""
    mine, others = content_words(one), content_words(other)
    n_words = len(mine) + len(others)
    return 2 * len(mine & others) / n_words if n_words else 0.0


def content_words(text: str) -> frozenset[str]:
    """The words that `likeness` compares: without words of form, by what they mean."""
    return frozenset(_words(text))


def lost(old: str, new: str) -> str:
    """What of an old wording a new one leaves out that must stay, in words; empty if nothing."""
    before, after = terms(old), terms(new)
    missing = sorted((before.numbers - after.numbers) | (before.names - after.names))
    missing += sorted(word for word in before.literals if word not in new.casefold())
    if missing:
        return f"it drops {', '.join(missing)}"
    return "it drops a negation" if before.is_negated and not after.is_negated else ""


def clash(one: str, other: str) -> str:
    """Why two wordings cannot be one rule, in words; empty if nothing speaks against it."""
    if opposed := is_opposed(one, other):
        return opposed
    if is_other_case(one, other):
        return "they are about different cases"
    mine, others = terms(one), terms(other)
    calls = [frozenset(_CALLED.findall(each)) for each in (one, other)]
    kinds = [("numbers", mine.numbers, others.numbers), ("calls", calls[0], calls[1])]
    # Two wordings of one rule call the same tools, or share most names if they do not say what to call; a field or a
    # tool that is not to be called may stand in one of them alone.
    is_same_call = bool(calls[0]) and calls[0] == calls[1]
    if not is_same_call and 2 * len(mine.names & others.names) <= min(len(mine.names), len(others.names)):
        kinds.append(("names", mine.names, others.names))
    for what, a, b in kinds:
        if a - b and b - a:
            return f"they differ in {what}: {', '.join(sorted(a - b))} and {', '.join(sorted(b - a))}"
    return ""


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    for token in _TOKEN.findall(text.replace("\u2019", "'").replace("n't", " not").replace("prior to", "before")):
        word: str = token.casefold().removesuffix("'s")
        found.append(_NUMBER_WORDS.get(word, word))
    return found


def _stem(word: str) -> str:
    """The word without a simple English ending; names with an underscore and numbers stay whole."""
    if "_" in word or not word.isalpha() or len(word) < 4:
        return word
    for ending, by in (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("s", "")):
        stem = word.removesuffix(ending) + by
        if word.endswith(ending) and len(stem) >= 3 and not word.endswith("ss"):
            word = stem
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] != "s":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word


def _meaning(word: str) -> str:
    stem = _stem(word)
    return _SAME.get(stem, stem)


@lru_cache(maxsize=20_000)
def _words(text: str) -> tuple[str, ...]:
    left_out = _FORM | _FILLERS | _SEPARATORS | _TRIGGERS | {"and", "then"}
    return tuple(_meaning(token) for token in _tokens(text) if token not in left_out)


def _without_polarity(words: tuple[str, ...]) -> tuple[str, ...]:
    kept = (("±" if word in _OPPOSITES else word) for word in words if word not in _NEGATIONS)
    return tuple("#" if word[0].isdigit() else word for word in kept)


@lru_cache(maxsize=20_000)
def _clauses(text: str) -> tuple[_Clause, ...]:
    """The triggers, sorted, then what is to be done, in order."""
    found: list[_Clause] = []
    words: list[str] = []
    is_trigger = False

    def close() -> None:
        if words:
            found.append(_Clause(is_trigger, tuple(words)))
            words.clear()

    for word in _tokens(text):
        if word in _ENDS or (word == "and" and not is_trigger):
            close()
            is_trigger = False
        elif word in _TRIGGERS:
            close()
            is_trigger = True
        elif word not in _FORM and word not in _FILLERS:
            words.append(_meaning(word))
    close()
    return (*sorted(c for c in found if c.is_trigger), *(c for c in found if not c.is_trigger))
