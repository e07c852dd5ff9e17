"""Tests of Reflexion around live agents."""
