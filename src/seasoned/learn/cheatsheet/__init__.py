"""Dynamic Cheatsheet: one sheet of entries, kept from run to run."""
