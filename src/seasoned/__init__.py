"""Seasoned: the learning layer for AI agents."""
