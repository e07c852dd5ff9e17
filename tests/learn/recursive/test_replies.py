"""What is taken from a model's reply, whatever it looks like."""

import pytest

from seasoned.learn.recursive.replies import code_of
from seasoned.llm.model import Reply


def found(text: str) -> str | None:
    return code_of(Reply(content=text))[0]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Look.\n```python\nx = 1\n```\nDone.", "x = 1\n"),
        ("  ```PY  \nx = 1\n  ```  ", "x = 1\n"),
        ("```\n\n```", "\n"),
        ("```python\ns = '```'\n```", "s = '```'\n"),
        ("<think>```python\nx = 0\n```</think>\n```python3\nx = 1\n```", "x = 1\n"),
        ("<Thinking>a</thinking>b<think>c</think>\n```python\nx = 1\n```", "x = 1\n"),
        ("<think>no end\n```python\nx = 1\n```", "x = 1\n"),
        ("```python\nx = 1\n```\n```python\nx = 2\n```", "x = 1\n"),
        ("```python\nx = 1", None),
        ("```json\n{}\n```", None),
        ("x = 1", None),
    ],
)
def test_the_code_is_what_stands_in_the_first_block(text: str, code: str | None) -> None:
    assert found(text) == code


@pytest.mark.parametrize(
    "flood",
    ["```python\n", "<think>", "<think>\n```python\n", "``` \t", "\n```" + " " * 99],
    ids=["openings", "thoughts", "both", "spaces", "lines"],
)
def test_a_flood_of_beginnings_is_read_in_one_go(flood: str) -> None:
    # Read from each beginning to the end, this would take hours.
    assert found(flood * (3_000_000 // len(flood)) + "x") in (None, flood[:0])
    assert found("```" + " " * 3_000_000 + "x") is None
