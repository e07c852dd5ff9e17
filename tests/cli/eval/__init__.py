"""Tests of `seasoned eval`."""
