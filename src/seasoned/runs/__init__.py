"""Holding a durable job while it works."""
