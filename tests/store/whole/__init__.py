"""Tests of `seasoned.store.whole`."""
