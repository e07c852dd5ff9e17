"""Tests of evaluation runs, and what they build on."""
