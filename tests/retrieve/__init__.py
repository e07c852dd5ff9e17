"""Tests of finding what is similar."""
