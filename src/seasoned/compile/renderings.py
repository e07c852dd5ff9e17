"""Renderings: how sections and skills look in a prompt, for models that read one form better than another.

    markdown  headings and list items; what most models are trained on
    xml       elements, every sign of markup in them escaped; Anthropic asks for it in its prompting guide
    compact   one line for each skill in order of approval, no sections: the fewest tokens, the longest common prefix

All make skill text inert by `compile.render`, all begin with our heading and introduction, by which learners know our
text in traces, and in all of them every line of an item after its first is indented by two spaces, which is how a
difference of two prompts finds its end. Pure; they know nothing of budgets and raise nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from xml.sax.saxutils import escape

from seasoned.compile.render import indented, inert, item, section_heading, section_name
from seasoned.compile.value import birth, entry
from seasoned.core.prompt import HEADING, INTRODUCTION, RenderingName
from seasoned.core.skill import Skill

_QUOTED = {'"': "&quot;"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """What stands around and between the skills."""

    name: RenderingName
    opening: str
    """Before all skills; our heading begins a line of it."""
    closing: str = ""
    """Behind all of them."""
    section: Callable[[str], tuple[str, str]]
    """What stands before and behind the skills of a section; two empty texts where sections are not shown."""
    place: Callable[[Skill], tuple[int, str]] = birth
    """Where a skill stands among those of its section."""
    item: Callable[[str], str]
    """One skill's text, from the line break before it on; empty where the text is blank."""


def _xml_section(section: str) -> tuple[str, str]:
    return f'\n<section name="{escape(section_name(section), _QUOTED)}">', "\n</section>"


def _xml_item(text: str) -> str:
    body = indented(inert(text))
    return f"\n<skill>{escape(body)}</skill>" if body else ""


def _compact_item(text: str) -> str:
    line = " ".join(part.strip() for part in inert(text))
    return f"\n- {line}" if line else ""


MARKDOWN = Rendering(
    name="markdown",
    opening=f"{HEADING}\n\n{INTRODUCTION}",
    section=lambda section: (section_heading(section_name(section)), ""),
    item=item,
)
XML = Rendering(
    name="xml",
    opening=f"<skills>\n{HEADING}\n\n{INTRODUCTION}",
    closing="\n</skills>",
    section=_xml_section,
    item=_xml_item,
)
COMPACT = Rendering(
    name="compact",
    opening=f"{HEADING}\n{INTRODUCTION}",
    section=lambda _: ("", ""),
    place=entry,
    item=_compact_item,
)
RENDERINGS: dict[RenderingName, Rendering] = {each.name: each for each in (MARKDOWN, XML, COMPACT)}

_XML_FAMILIES = ("claude",)


def rendering_for(model_id: str) -> RenderingName:
    """The rendering that a model's family reads best: XML for Claude, markdown for all others and for none.

    Args:
        model_id: `provider:model` or the model's name alone; empty: not known.
    """
    name = model_id.rpartition(":")[2].rpartition("/")[2].casefold()
    return "xml" if any(family in name for family in _XML_FAMILIES) else "markdown"
