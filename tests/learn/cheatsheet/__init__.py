"""Tests of Dynamic Cheatsheet."""
