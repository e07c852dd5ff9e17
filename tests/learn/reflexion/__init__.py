"""Tests of Reflexion."""
