"""Tests of `seasoned.evaluate.reports`."""
