"""What single skills do."""
