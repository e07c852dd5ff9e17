"""tau2-bench as a suite (extra `tau2`): its own environments, simulated users and scorer, with our prompt."""
