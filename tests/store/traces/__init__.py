"""Tests of `seasoned.store.traces`."""
