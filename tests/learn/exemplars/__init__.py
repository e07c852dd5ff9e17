"""Filling the bank."""
