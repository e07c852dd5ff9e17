"""Tests of `seasoned.evaluate.statistics`."""
