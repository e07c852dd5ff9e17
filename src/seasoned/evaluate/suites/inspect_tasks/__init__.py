"""Tasks of Inspect (inspect_ai) as a suite (extra `inspect`): its own solvers and scorers, with our prompt in front."""
