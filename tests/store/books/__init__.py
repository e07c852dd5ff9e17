"""Tests of `seasoned.store.books`."""
