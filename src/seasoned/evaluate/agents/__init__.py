"""Agents under test: how each kind is called."""
