"""What single skills do, from runs that were handed them at random. Pure."""
