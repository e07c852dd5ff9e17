"""Tests of `seasoned.core`."""
