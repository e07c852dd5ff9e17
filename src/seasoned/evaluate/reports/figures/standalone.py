"""A figure as a file of its own. Pure; raises nothing."""

from seasoned.evaluate.reports.figures.plot import STYLE, Figure


def standalone(figure: Figure) -> str:
    """An SVG document with its style, for light, dark and print."""
    return figure.svg(STYLE) + "\n"
