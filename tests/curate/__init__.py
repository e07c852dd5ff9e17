"""Tests of `seasoned.curate`."""
