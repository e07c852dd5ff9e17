"""What a label may be called. Pure; raises `UsageError`."""

import re

from seasoned.errors import UsageError

_LABEL = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_OF_IDS = "prompt-"
"""What the ids of prompts begin with."""


def label_name(name: str) -> str:
    """The name, if a label may have it.

    A name begins with a letter or a digit, so that it is neither an option nor a step in a path, and never as the id of
    a prompt does, so that a whole id always means that prompt.

    Raises:
        UsageError: No label can be called so.
    """
    if _LABEL.fullmatch(name) and not name.startswith(_OF_IDS):
        return name
    raise UsageError(
        f"no label can be called {name!r}",
        why=f"a name is 1 to 64 of a-z, 0-9, '.', '_' and '-', begins with a letter or digit, and not with {_OF_IDS!r}",
        hint="such as production or staging",
    )
