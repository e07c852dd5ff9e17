"""Tests of the checks that a doctor makes."""
