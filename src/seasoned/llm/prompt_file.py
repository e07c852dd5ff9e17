"""Our own prompts: Markdown files with front matter (id, version, inputs), filled in strictly.

    ---
    id: recursive
    version: 1
    inputs: dialect, functions
    ---
    Text with {{dialect}} and {{functions}}.

There is no template language, and filled-in text is never looked at again, so what comes from a trace cannot place a
placeholder of its own. A missing or unknown input, and a file that does not declare what it uses, is a `ValueError`:
our own mistake, not the user's.
"""

import re
from importlib.resources import files

from seasoned.core.value import Value

_PLACEHOLDER = re.compile(r"\{\{([a-z_]+)\}\}")


class PromptFile(Value):
    """One prompt as its file has it."""

    id: str
    version: int
    inputs: frozenset[str]
    """Names of the placeholders, all of which must be filled in."""
    body: str

    def render(self, **inputs: str) -> str:
        """The text with every placeholder filled in; raises `ValueError` for a missing or an unknown input."""
        if inputs.keys() != self.inputs:
            missing, unknown = self.inputs - inputs.keys(), inputs.keys() - self.inputs
            raise ValueError(f"prompt {self.id!r}: missing inputs {sorted(missing)}, unknown inputs {sorted(unknown)}")
        return _PLACEHOLDER.sub(lambda found: inputs[found[1]], self.body)


def parse(text: str) -> PromptFile:
    """Read one prompt file; raises `ValueError` where it is not as the module says."""
    opening, _, rest = text.partition("---\n")
    front, closing, body = rest.partition("\n---\n")
    if opening or not closing:
        raise ValueError("a prompt file begins with front matter between two lines of ---")
    fields = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in front.splitlines())}
    if fields.keys() != {"id", "version", "inputs"}:
        raise ValueError(f"front matter holds id, version and inputs, not {sorted(fields)}")
    inputs = frozenset(name.strip() for name in fields["inputs"].split(",") if name.strip())
    used = frozenset(_PLACEHOLDER.findall(body))
    if used != inputs:
        raise ValueError(f"prompt {fields['id']!r} declares {sorted(inputs)} and uses {sorted(used)}")
    return PromptFile(id=fields["id"], version=int(fields["version"]), inputs=inputs, body=body.strip() + "\n")


def load(package: str, name: str) -> PromptFile:
    """The prompt `name.md` that stands in a package, beside the module that uses it."""
    return parse(files(package).joinpath(f"{name}.md").read_text(encoding="utf-8"))
