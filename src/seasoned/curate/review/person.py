"""Who is at the keyboard: the author of what a person does here. Raises nothing."""

import getpass

from seasoned.core.operation import Author


def this_person() -> Author:
    """The person at the keyboard, by the name of their account."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = "unknown"
    return Author(kind="person", name=name)
