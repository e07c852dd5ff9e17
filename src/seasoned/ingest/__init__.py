"""Bytes -> Trace: detect the format, read it within bounded memory, redact secrets, yield values.

Knows nothing of the store: `importing.read_paths` yields what there is to keep and leaves keeping it to the caller.
"""
