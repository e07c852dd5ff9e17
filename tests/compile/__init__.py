"""Tests of compilation."""
