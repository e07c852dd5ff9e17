"""Rules of review as a TOML file, and what they let the policy itself approve.

    agreement = "evidence only"          # or "widens"

    [[rules]]
    name = "payments takes two"
    sections = ["payments"]
    approvals = 2

Raises `ConfigError` for a file that says what no policy can, with its place.
"""

import json
import tomllib
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from seasoned.core.change import Ground, rule_for, tried
from seasoned.core.operation import Author, Operation
from seasoned.core.policy import ReviewPolicy, ReviewRule
from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook
from seasoned.errors import ConfigError
from seasoned.store.books.books import Books


def parsed_policy(text: str, *, where: str) -> ReviewPolicy:
    """The policy that a TOML text holds.

    Args:
        text: The TOML.
        where: Its file, for errors.

    Raises:
        ConfigError: It is no TOML, or a key or a value is not known.
    """
    try:
        found: dict[str, Any] = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as cause:
        raise ConfigError("the policy does not parse", where=where, why=str(cause), hint="it is a TOML file") from cause
    try:
        policy = ReviewPolicy.model_validate(found)
    except ValidationError as cause:
        first = cause.errors()[0]
        raise ConfigError(
            "the policy cannot be used",
            where=f"{where}, {_place(first['loc'], found)}",
            why=_what(first["type"], first["msg"]),
            hint=_known(first["loc"]),
        ) from cause
    names = [rule.name for rule in policy.rules]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigError("the policy cannot be used", where=where, why=f"two rules are called {twice[0]!r}")
    return policy


def printed_policy(policy: ReviewPolicy) -> str:
    """The policy as TOML, which `parsed_policy` reads back as the same policy."""
    lines = [f"agreement = {_toml(policy.agreement)}"]
    for rule in policy.rules:
        lines += ["", "[[rules]]", *(f"{key} = {_toml(value)}" for key, value in _said(rule).items())]
    return "\n".join(lines) + "\n"


def approvable(book: Skillbook) -> tuple[tuple[Skill, ReviewRule], ...]:
    """The proposals that the policy itself may approve, each with the rule that says so.

    Never one that is tainted, in conflict or to be removed, and none that a person has decided on before: whoever took
    a verdict back, or rejected the skill once, is asked again.
    """
    found = ((skill, rule_for(book.policy, skill)) for skill in book.with_status("proposed"))
    return tuple((skill, rule) for skill, rule in found if rule.approvals == 0 and _may(skill, rule, book))


def apply_policy(books: Books, name: str) -> tuple[Skill, ...]:
    """Approve what the book's own rules let the policy approve; returns those skills, as they were before."""
    approved: list[Skill] = []

    def decide(book: Skillbook) -> Sequence[Operation]:
        found = approvable(book)
        approved[:] = [skill for skill, _ in found]
        return [_approval(skill, rule) for skill, rule in found]

    if any(rule.approvals == 0 for rule in books.read(name).policy.rules):
        books.change(name, decide)
    return tuple(approved)


def approvals_so_far(skill: Skill, policy: ReviewPolicy) -> str:
    """How far the approval of a proposal is, where it takes several persons: `1 of 2 approvals (ada)`; else empty."""
    rule = rule_for(policy, skill)
    if skill.status != "proposed" or rule.approvals < 2:
        return ""
    names = f" ({', '.join(skill.approvals)})" if skill.approvals else ""
    return f"{len(skill.approvals)} of {rule.approvals} approvals{names}, by the rule {rule.name!r}"


def _may(skill: Skill, rule: ReviewRule, book: Skillbook) -> bool:
    if skill.removal is not None or any(decision.author.kind == "person" for decision in skill.decisions):
        return False
    return tried(Ground.present(book.skills, book.policy), _approval(skill, rule), book.revision + 1) is not None


def _approval(skill: Skill, rule: ReviewRule) -> Operation:
    author = Author(kind="policy", name=rule.name)
    return Operation(
        kind="APPROVE", skill_id=skill.id, author=author, text=skill.text, reason=f"the rule {rule.name!r}"
    )


def _said(rule: ReviewRule) -> dict[str, str | int | float | list[str]]:
    """What a rule says, without what holds anyway."""
    return {"name": rule.name, **rule.model_dump(mode="json", exclude_defaults=True), "approvals": rule.approvals}


def _toml(value: str | float | list[str]) -> str:
    # A JSON string is a TOML string but for the one control character that JSON leaves as it is.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _place(loc: tuple[int | str, ...], found: dict[str, Any]) -> str:
    """A place in words: `rule 2 ('payments'), approvals`."""
    if loc[0] != "rules" or len(loc) < 2 or not isinstance(loc[1], int):
        return ".".join(str(part) for part in loc)
    rule: Any = found["rules"][loc[1]]
    name = f" ({rule['name']!r})" if isinstance(rule, dict) and "name" in rule else ""
    return ", ".join([f"rule {loc[1] + 1}{name}", *(str(part) for part in loc[2:3])])


def _what(kind: str, message: str) -> str:
    said = {
        "extra_forbidden": "there is no such key",
        "missing": "it must be there",
        "tuple_type": "it must be a list",
        "model_type": "it must be a table, [[rules]]",
    }
    return said.get(kind, message[:1].lower() + message[1:])


def _known(loc: tuple[int | str, ...]) -> str:
    keys = ReviewRule.model_fields if loc[0] == "rules" and len(loc) > 1 else ReviewPolicy.model_fields
    what = "a rule" if keys is ReviewRule.model_fields else "a policy"
    return f"{what} has {', '.join(keys)}"
