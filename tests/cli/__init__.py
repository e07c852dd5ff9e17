"""Tests of `seasoned.cli`."""
