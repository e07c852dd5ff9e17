"""A prompt without some of its skills: the others, the examples and everything else stay as they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.compile.compiler import compile_prompt
from seasoned.compile.config import DEFAULTS, CompileConfig
from seasoned.compile.reduced import laid_out, reduced
from seasoned.compile.renderings import RENDERINGS
from seasoned.compile.template import Template
from seasoned.core.cutting import cut
from seasoned.core.prompt import HEADING, Prompt, RenderingName
from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook
from seasoned.errors import PromptError
from seasoned.learn.injected import WITHHELD, HandedOut
from tests.cases import case_of, parcels
from tests.compile.building import book, skill
from tests.make import make_trace

LATE = skill("When a parcel is late, ask the depot for its number before you answer.", section="parcels")
RUDE = skill("When somebody is rude, stay calm and repeat the offer once.", born=2, section="tone")
LOST = skill("When a parcel is lost, open a claim\nand say its number.", born=3, section="parcels")
DESK = book(LATE, RUDE, LOST)
CASES = (case_of(), *parcels(1))
PLENTY = 100_000
BASES = ("", "Be kind.", "Be kind.\n", "Be kind.\n\n## Skills\n")
TEMPLATES = (None, Template("{{base}}\n<ours>{{skills}}</ours>\nEnd."), Template("{{skills}}\n{{base}}"))


def compiled(
    of: Skillbook = DESK, base: str = "Be kind.", budget: int = PLENTY, config: CompileConfig = DEFAULTS
) -> Prompt:
    return compile_prompt(of, base, budget_tokens=budget, config=config)


def without(of: Skillbook, left_out: set[str]) -> Skillbook:
    """The same book in which some skills were retired, which changes no other skill's place."""
    skills = {
        i: each.model_copy(update={"status": "retired"}) if i in left_out else each for i, each in of.skills.items()
    }
    return of.model_copy(update={"skills": skills})


def a_skill(words: str, born: int, section: str) -> Skill:
    return skill(f"When {words}, do {born}.", born=born, section=section)


books = st.lists(
    st.tuples(st.text(max_size=30), st.sampled_from(["general", "tone", "a < b", "## x"])), min_size=1, max_size=6
).map(lambda made: book(*(a_skill(words, n, section) for n, (words, section) in enumerate(made, 1))))


@given(
    books,
    st.sets(st.integers(0, 5)),
    st.sampled_from(BASES),
    st.sampled_from(list(RENDERINGS)),
    st.sampled_from(TEMPLATES),
    st.booleans(),
)
def test_it_reads_as_if_only_the_other_skills_had_been_approved(
    of: Skillbook, places: set[int], base: str, rendering: RenderingName, template: Template | None, examples: bool
) -> None:
    left_out = {skill_id for place, skill_id in enumerate(of.skills) if place in places}
    how = CompileConfig(rendering=RENDERINGS[rendering], template=template, cases=CASES if examples else ())
    wanted = compiled(without(of, left_out), base, config=how)
    made = reduced(compiled(of, base, config=how), of, left_out)
    assert made.text == wanted.text
    assert (made.block, made.n_tokens, made.included) == (wanted.block, wanted.n_tokens, wanted.included)
    assert (made.examples, made.examples_block) == (wanted.examples, wanted.examples_block)


def test_nothing_moves_up_into_the_room_that_became_free() -> None:
    tight = compiled(budget=compiled(book(LATE, RUDE)).n_tokens)
    assert LOST.id in {each.skill_id for each in tight.skipped}
    made = reduced(tight, DESK, {LATE.id})
    assert [cost.skill_id for cost in made.included] == [RUDE.id]
    assert made.skipped == tight.skipped


def test_with_nothing_left_out_it_is_the_prompt_itself() -> None:
    prompt = compiled(config=CompileConfig(cases=CASES))
    assert reduced(prompt, DESK, ()) == prompt
    assert reduced(prompt, DESK, {"skill-of-another-book"}) == prompt


def test_with_every_skill_left_out_no_heading_of_ours_remains() -> None:
    made = reduced(compiled(), DESK, set(DESK.skills))
    assert (made.text, made.included) == ("Be kind.", ())
    assert HEADING not in made.text


def test_what_another_tokenizer_counted_is_taken_off() -> None:
    class Words:
        name = "words"

        def count(self, text: str) -> int:
            return len(text.split())

    prompt = compiled(config=CompileConfig(tokenizer=Words()))
    made = reduced(prompt, DESK, {RUDE.id})
    cost = next(each.n_tokens for each in prompt.included if each.skill_id == RUDE.id)
    assert made.n_tokens == prompt.n_tokens - cost


def test_our_text_is_found_again_in_a_run_that_had_only_part_of_it() -> None:
    prompt = compiled()
    handed = reduced(prompt, DESK, {RUDE.id})
    run = make_trace(("system", handed.text), ("assistant", "I will look."))
    shown = HandedOut([prompt.skills_text]).shown(run, 0)
    assert shown.removeprefix("Be kind.").strip("#. \n") == WITHHELD


@pytest.mark.parametrize(
    ("prompt", "of", "why"),
    [
        (compiled(), DESK.model_copy(update={"revision": 9}), "at revision 3, not 9"),
        (compiled(config=CompileConfig(placebo_seed=1)), DESK, "a placebo holds no skill"),
        (compiled(), book(LATE, RUDE, skill("Other.", born=3)), "do not give its text"),
    ],
)
def test_a_prompt_that_cannot_be_taken_apart_is_refused(prompt: Prompt, of: Skillbook, why: str) -> None:
    with pytest.raises(PromptError, match=why):
        reduced(prompt, of, ())


@given(
    books,
    st.sampled_from(BASES),
    st.sampled_from(list(RENDERINGS)),
    st.sampled_from(TEMPLATES),
    st.booleans(),
    st.data(),
)
def test_cutting_its_pieces_out_of_the_text_gives_the_same_to_the_byte(
    of: Skillbook, base: str, rendering: RenderingName, template: Template | None, examples: bool, data: st.DataObject
) -> None:
    how = CompileConfig(rendering=RENDERINGS[rendering], template=template, cases=CASES if examples else ())
    prompt = compiled(of, base, config=how)
    laid = laid_out(prompt, of)
    for left_out in (set[str](), set(of.skills), data.draw(st.sets(st.sampled_from(list(of.skills))))):
        assert cut(prompt.text, laid.cuts(), left_out) == laid.without(left_out).text


def test_a_prompt_without_skills_has_no_pieces() -> None:
    assert laid_out(compiled(book()), book()).cuts() == ()
