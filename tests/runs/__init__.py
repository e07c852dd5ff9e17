"""Tests of `seasoned.runs`."""
