"""The tests of ExpeL."""
