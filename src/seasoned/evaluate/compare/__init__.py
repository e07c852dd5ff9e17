"""Recorded runs as arms of trials, compared paired by task. Pure."""
