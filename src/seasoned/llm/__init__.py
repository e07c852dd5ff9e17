"""Talking to language models: one protocol, many providers, every call accounted for."""
