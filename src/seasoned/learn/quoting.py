"""Text from outside within a request: between our tags, where it cannot close them or pose as something that we say.

Pure; raises nothing.
"""

import re

_TAGS = re.compile(r"<(?=\s*/?\s*(?:output|value|error|data|question)\b)", re.IGNORECASE)


def block(tag: str, text: str) -> str:
    """Text from outside between our tags, where it cannot close them or open one of its own."""
    return f"<{tag}>\n{_TAGS.sub('&lt;', text).rstrip()}\n</{tag}>"
