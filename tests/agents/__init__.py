"""Tests of `seasoned.store`."""
