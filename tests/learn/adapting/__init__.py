"""Cases reworded for new tasks."""
