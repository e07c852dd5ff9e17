r"""Making text inert: a skill becomes one list item whose text can be read but cannot act.

Skill text comes from traces and models, so it is hostile. Whatever it holds, it renders as one item: every line after
the first is indented, so no line of it can begin an item or a heading of ours; line separators of all kinds become line
breaks; characters that a reader cannot see or that turn the direction of text are written out as `<U+202E>`; headings,
rules and code fences lose their meaning by a backslash; closing tags, comments, the control tokens of chat
templates and the marks of examples are broken up by a space. There is no template engine that it could speak to.

Pure functions; they know nothing of budgets and raise nothing.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from seasoned.core.marks import without_marks
from seasoned.core.text import visible

MAX_SECTION_CHARS = 60
_INDENT = "  "
_MAX_INNER_INDENT = 6

_LINE_BREAKS = re.compile("\r\n|[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_SPACES = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")

_PLAIN = re.compile(r"[A-Za-z](?:[ -Z\\\]-{}~]*[!-Z\\\]-{}~])?")
"""One line that begins with a letter and holds nothing that the rules below could change; most skills are so."""

_BLOCK_MARK = re.compile(r"^((?: |[-*+>] |\d+[.)] )*+)(#{1,6}(?: |$)|`{3}|~{3})")
_RULE = re.compile(r"^( *)(?=[-*_=])(?:[-*_=] *)+$")
_CONTROL_TOKEN = re.compile(
    r"<(?=[|\uff5c/]|!--)|[|\uff5c](?=>)|<(?=< ?SYS)|\[(?=/?INST\])"
    r"|<(?=(?:s|bos|eos|start_of_turn|end_of_turn|system|user|assistant|tool)\b[^<>]*>)",
    re.IGNORECASE,
)


def inert(text: str) -> tuple[str, ...]:
    """The lines of a hostile text, made harmless; blank lines are left out.

    Returns:
        Lines without line breaks, tabs, control and invisible characters; none for a blank text.
    """
    if _PLAIN.fullmatch(text) and "<" not in text:
        return (text,)
    lines = (_harmless(line) for line in _LINE_BREAKS.split(text))
    return tuple(line for line in lines if line.strip())


@lru_cache(maxsize=1024)
def section_name(section: str) -> str:
    """A section's name on one line, at most `MAX_SECTION_CHARS` long; `general` where nothing is left of it."""
    name = " ".join(" ".join(inert(section)).split()).lstrip("\\#-*_=`~ ")
    return name[:MAX_SECTION_CHARS].strip() or "general"


def section_heading(name: str) -> str:
    """The heading of a section, from the line break before it on."""
    return f"\n\n### {name}\n"


def item(text: str) -> str:
    """A skill's text as a list item, from the line break before it on; empty where the text is blank."""
    body = indented(inert(text))
    return f"\n- {body}" if body else ""


def indented(lines: Sequence[str]) -> str:
    """Lines as one text, every line after the first indented; no line of it can begin anything of ours."""
    first, rest = "".join(lines[:1]).strip(), lines[1:]
    return first + "".join(f"\n{_INDENT}{_indented(line)}" for line in rest)


def without_control_tokens(text: str) -> str:
    """Text for a message of its own: what is invisible is written out, tags and control tokens are broken up.

    Its lines stay as they are, as nothing of ours stands beside them.
    """
    return _CONTROL_TOKEN.sub(r"\g<0> ", visible(_LINE_BREAKS.sub("\n", text)))


def _indented(line: str) -> str:
    body = line.lstrip(" ")
    return " " * min(len(line) - len(body), _MAX_INNER_INDENT) + body


def _harmless(line: str) -> str:
    plain = without_marks(visible(_SPACES.sub(" ", line))).rstrip()
    if not plain:
        return ""
    unmarked = _BLOCK_MARK.sub(r"\1\\\2", _CONTROL_TOKEN.sub(r"\g<0> ", plain))
    return _RULE.sub(lambda rule: f"{rule[1]}\\{rule[0].lstrip(' ')}", unmarked)
