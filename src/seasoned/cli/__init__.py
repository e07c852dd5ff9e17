"""The command line: data on standard output, progress on standard error."""
