"""Reflexion at work: around somebody else's live agent, and what is recalled for an agent's next attempt."""
