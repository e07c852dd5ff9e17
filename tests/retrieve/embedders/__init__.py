"""Tests of the embedders that run on this machine; what every embedder does is in tests/contracts."""
