"""Tests of the loop's parts."""
