"""Tests of GEPA."""
