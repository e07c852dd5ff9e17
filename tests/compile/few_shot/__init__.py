"""Cases as they are shown to agents."""
