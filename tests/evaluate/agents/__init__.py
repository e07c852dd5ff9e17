"""Tests of `seasoned.evaluate.agents`."""
