"""Tests of graders."""
