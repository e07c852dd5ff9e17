"""What the documents say runs."""
