"""A plan for one task, from the skills that were approved."""
