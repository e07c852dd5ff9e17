"""From traces to findings: what went wrong or right, and why."""
