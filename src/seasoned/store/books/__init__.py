"""The logs of skillbooks and what they fold to; what is kept of skills beside the logs."""
