"""Where agents live: what they import to be handed what was learned. Knows the core, never the store or a model."""
