"""The Python face: a store and its skillbooks by the same nouns as the commands.

Thin on purpose: what it does is done by the parts below, which the commands call too.
"""
