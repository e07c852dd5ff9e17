"""Statistics in NumPy, each checked against another implementation in the tests; numbers in, numbers out."""
