"""Reflexion around somebody else's live agent: trials, reflections between them, and what plain retries would do."""
