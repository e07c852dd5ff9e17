"""One HTML page that needs nothing else: its style is in it, it has no script, and it may load nothing.

Whatever is no `Html` is text and is escaped, so that a name from a file cannot become markup by being forgotten. Pure;
raises nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from seasoned.core.text import visible
from seasoned.evaluate.reports.figures.plot import STYLE, Figure
from seasoned.evaluate.reports.words import plain

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""What a browser may do with the page: use its own style, and nothing else."""
MAX_ROWS = 200
"""Rows of a table."""
_CSS = Path(__file__).with_name("page.css").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Html:
    """Markup that this package wrote."""

    code: str


Content = Html | str


def element(tag: str, *content: Content, **attributes: str) -> Html:
    """An element. In attributes' names `_` stands for `-`, and for nothing at the end: `class` is a word of Python."""
    named = {name.rstrip("_").replace("_", "-"): visible(value) for name, value in attributes.items()}
    said = "".join(f" {name}={quoteattr(value)}" for name, value in named.items())
    return Html(f"<{tag}{said}>{''.join(map(_code, content))}</{tag}>")


def joined(parts: Iterable[Html]) -> Html:
    """Parts one after the other."""
    return Html("\n".join(part.code for part in parts))


def section(heading: str, *content: Html) -> Html:
    """A heading and what stands under it."""
    return element("section", element("h2", heading), *content)


def figure(drawn: Figure) -> Html:
    """A figure that can be moved sideways where the page is narrow, by keyboard too."""
    title = plain(drawn.title, 400)
    return element("figure", element("figcaption", title), _movable(title, Html(drawn.svg())))


def table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Html:
    """A table whose first column heads its rows.

    Args:
        caption: What it shows.
        columns: Heads; one that begins with `#` holds numbers, one that begins with `!` ids.
        rows: Cells as long as `columns`; of more than `MAX_ROWS` the first are shown, and that is said.
    """
    kinds = [{"#": "number", "!": "code"}.get(column[:1], "") for column in columns]
    heads = [
        element("th", column.lstrip("#!"), scope="col", **({"class_": "number"} if kind == "number" else {}))
        for column, kind in zip(columns, kinds, strict=True)
    ]
    body = [
        element(
            "tr",
            element("th", row[0], scope="row"),
            *(
                element("td", cell, **({"class_": kind} if kind else {}))
                for cell, kind in zip(row[1:], kinds[1:], strict=True)
            ),
        )
        for row in rows[:MAX_ROWS]
    ]
    whole = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *heads)),
        element("tbody", joined(body)),
    )
    parts = [_movable(caption, whole)]
    if len(rows) > MAX_ROWS:
        parts.append(element("p", f"The first {MAX_ROWS} of {len(rows):,} rows; --json has all.", class_="soft"))
    return joined(parts)


def page(title: str, *content: Html) -> str:
    """A whole document."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{_code(title)}</title>\n<style>\n{STYLE}{_CSS}</style>\n</head>\n<body>\n<main>\n"
        f"{element('h1', title).code}\n{joined(content).code}\n</main>\n</body>\n</html>\n"
    )


def _movable(label: str, content: Html) -> Html:
    return element("div", content, class_="wide", role="region", tabindex="0", aria_label=label)


def _code(content: Content) -> str:
    return content.code if isinstance(content, Html) else escape(visible(content))
