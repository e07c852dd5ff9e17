"""Graders: how a trial ended, and in what its end state differs from the reference."""
