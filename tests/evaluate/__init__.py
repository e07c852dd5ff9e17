"""Tests of the comparison of recorded runs."""
