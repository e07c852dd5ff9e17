"""What a label may be called."""

import pytest

from seasoned.core.label import label_name
from seasoned.errors import UsageError


@pytest.mark.parametrize("name", ["production", "a", "0", "eu-1_v2.0", "x" * 64])
def test_short_plain_names_are_labels(name: str) -> None:
    assert label_name(name) == name


@pytest.mark.parametrize("name", ["", "Production", "x" * 65, "a b", "a/b", "..", "-x", "é", "a\n"])
def test_others_are_not(name: str) -> None:
    with pytest.raises(UsageError, match="no label can be called"):
        label_name(name)


def test_a_label_is_never_mistaken_for_the_id_of_a_prompt() -> None:
    with pytest.raises(UsageError, match="not with 'prompt-'"):
        label_name("prompt-0123456789abcdef")
