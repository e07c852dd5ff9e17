"""Review: what waits, in which order, by which rules, and what a person decides."""
