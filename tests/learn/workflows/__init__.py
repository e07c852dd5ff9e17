"""Tests of Agent Workflow Memory."""
