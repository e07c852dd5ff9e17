"""Tests of `seasoned.curate.review`."""
