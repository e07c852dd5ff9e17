"""Suites: tasks that agents work anew, found by name."""
