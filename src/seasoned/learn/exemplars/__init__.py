"""Filling the bank: which runs, and which parts of them, are worth showing."""
