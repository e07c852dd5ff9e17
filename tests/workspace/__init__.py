"""The Python face does what the commands do, by the same parts."""
