"""The built-in formats, one file each, registered through the entry-point group like anyone else's."""
