"""One suite for each protocol, which every implementation passes."""
