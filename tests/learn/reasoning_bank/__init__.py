"""Tests of ReasoningBank."""
