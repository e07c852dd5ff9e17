"""Tests of `seasoned.evaluate.compare`."""
