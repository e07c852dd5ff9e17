"""`seasoned eval`: evaluations, comparisons and what stands between a prompt and a label, at the command line."""
