"""Adapting: what of an earlier case carries over to a new task, worded by a model and checked."""
