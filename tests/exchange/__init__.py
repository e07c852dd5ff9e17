"""Tests of seasoned.exchange."""
