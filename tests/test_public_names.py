"""What `import seasoned` promises."""

import ast
from pathlib import Path

import pytest

import seasoned


@pytest.mark.parametrize("name", dir(seasoned))
def test_every_public_name_can_be_had(name: str) -> None:
    assert getattr(seasoned, name).__name__ == name


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse(Path(seasoned.__file__).read_text(encoding="utf-8"))
    imported = {a.asname for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for a in node.names if a.asname}
    assert imported == set(dir(seasoned))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = seasoned.nothing  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
