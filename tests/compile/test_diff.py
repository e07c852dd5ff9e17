"""The change between two prompts, for a person to read."""

from hypothesis import given
from hypothesis import strategies as st

from seasoned.compile.compiler import compile_prompt
from seasoned.compile.diff import diff_prompts
from seasoned.core.prompt import Prompt
from seasoned.core.skill import Skill
from tests.compile.building import book, skill

KEPT, OLD, NEW = skill("When a, b."), skill("When old, go.", born=2), skill("When new, come.", born=3)
REWORDED = skill("When c:\n1. do d", born=4)


def compiled(*skills: Skill, base: str = "Base.") -> Prompt:
    return compile_prompt(book(*skills), base, budget_tokens=10_000)


def test_what_came_went_and_changed_then_the_lines() -> None:
    changed = REWORDED.model_copy(update={"text": "When c:\n1. do e"})
    a, b = compiled(KEPT, OLD, REWORDED), compiled(KEPT, NEW, changed)
    assert diff_prompts(a, b) == (
        f"came: {NEW.id}\n"
        f"went: {OLD.id}\n"
        f"changed: {REWORDED.id}\n"
        f"--- {a.id} (desk, revision 3, {a.n_tokens} tokens)\n"
        f"+++ {b.id} (desk, revision 3, {b.n_tokens} tokens)\n"
        "@@ -7,6 +7,6 @@\n"
        " ### general\n"
        " \n"
        " - When a, b.\n"
        "-- When old, go.\n"
        "+- When new, come.\n"
        " - When c:\n"
        "-  1. do d\n"
        "+  1. do e\n"
    )


def test_the_same_prompt_has_no_difference() -> None:
    assert diff_prompts(compiled(KEPT), compiled(KEPT)) == ""


def test_a_changed_base_prompt_is_a_difference_without_changed_skills() -> None:
    text = diff_prompts(compiled(KEPT), compiled(KEPT, base="Another base.\nLonger."))
    assert text.startswith("--- ")
    assert "-Base.\n+Another base.\n+Longer.\n" in text


_books = st.lists(st.sampled_from([KEPT, OLD, NEW, REWORDED]), unique_by=lambda s: s.id)


@given(_books, _books)
def test_what_comes_one_way_goes_the_other(first: list[Skill], second: list[Skill]) -> None:
    a, b = compiled(*first), compiled(*second)
    there, back = diff_prompts(a, b).split("\n"), diff_prompts(b, a).split("\n")
    came = {line.removeprefix("came: ") for line in there if line.startswith("came: ")}
    assert came == {line.removeprefix("went: ") for line in back if line.startswith("went: ")}
    assert came == {s.id for s in second} - {s.id for s in first}
