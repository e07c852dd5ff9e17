"""A returns desk: a small closed world with a policy, a database, tools, tickets, and a reward of the end state."""
