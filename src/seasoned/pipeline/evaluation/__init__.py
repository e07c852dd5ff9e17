"""The parts of an evaluation run: what it is given, what it refuses, one trial, how a trial is kept."""
