"""Tests of `seasoned.evaluate.suites.returns_desk`."""
