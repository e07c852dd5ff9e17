"""Vectors in the store, and exact or approximate search among them."""
