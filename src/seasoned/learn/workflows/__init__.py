"""Agent Workflow Memory: sub-routines that successful runs share."""
