"""Traces, what is said about them, how they arrive and how they are erased."""
