"""A skillbook's bank of exemplars at work: filled from runs, embedded, shown to agents."""
