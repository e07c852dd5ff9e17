"""Tests of the judged pass."""
