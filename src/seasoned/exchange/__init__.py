"""Skillbooks in and out: whole, as text that a person edits, and in the forms that agents and other programs keep."""
