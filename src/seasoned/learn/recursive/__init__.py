"""The Recursive Reflector: a model reads traces with code it writes."""
