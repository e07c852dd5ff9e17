"""A world's tools served on this machine, for agents in another process."""
