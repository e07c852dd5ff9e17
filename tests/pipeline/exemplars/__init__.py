"""Tests of the bank of exemplars at work."""
