"""Tests of vectors in the store; what holds for every index is in tests/contracts."""
