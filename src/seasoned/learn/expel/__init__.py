"""ExpeL: rules across tasks, from pairs of runs that ended differently and from groups of successes."""
