"""Embedders that run on this machine, each the value of an entry point in the group `seasoned.embedders`."""
