"""The judged pass: a model reads a run that was handed skills and says how each of them did."""
