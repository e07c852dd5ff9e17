"""GEPA: a better base prompt, by reflection and a Pareto front (extra `gepa`)."""
