"""A store as a whole: copied, backed up, brought back, compared, measured."""
