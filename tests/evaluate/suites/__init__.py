"""Tests of `seasoned.evaluate.suites`."""
