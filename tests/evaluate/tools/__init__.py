"""Tests of a world's tools in the hands of an agent in another process."""
