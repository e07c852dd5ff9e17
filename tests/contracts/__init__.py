"""One suite per protocol, passed by every implementation."""
