"""Figures drawn as SVG in one style, for pages and for files of their own."""
